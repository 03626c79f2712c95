"""The keys that sign our tickets, and the serials that they sign."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from validator.boxoffice.database import Database, Transaction
from validator.disk.private_files import write_private
from validator.errors import FixConfig, FixRequest
from validator.keys import SigningKey
from validator.model import KeyState, Serial, Tariff
from validator.token import Claims, issue

_SEED_BYTES = 32
_LAST_SERIAL = (1 << 32) - 1

SKIP_SERIALS = 1 << 16
"""Serials of one block; a page of the set of cancelled ones holds as many."""

SKIP_BLOCKS = 4_096
"""Most blocks that a restore leaves out."""

_SERIALS = 5_000
"""Serials that are looked up at once."""


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token just signed.

    Args:
        kid: Key that signed it.
        serial: Scope and serial.
        text: What is printed.
    """

    kid: int
    serial: Serial
    text: str


def zone_bits(zone: int | None) -> int:
    """Return a zone as tokens and the feed name it: a set of bits, empty for all zones."""
    return 0 if zone is None else 1 << zone


class Issuer:
    """Signs tokens with the active key; each key is a file `issuer-KID.key`, mode 0600.

    Args:
        database: Holds the public halves and the next serials.
        folder: Holds the private halves.
        entropy: Returns so many random bytes.

    Raises:
        FixConfig: A key file is there but can't be read.
    """

    def __init__(self, database: Database, folder: Path, entropy: Callable[[int], bytes]) -> None:
        self._database = database
        self._folder = folder
        self._entropy = entropy
        self._held: dict[int, SigningKey] = {}
        with database.read() as transaction:
            kid = _active(transaction)
        held = None if kid is None else self._load(kid)
        if kid is None or held is None:
            self.rotate()
        else:
            self._held[kid] = held

    def start_after_restore(self) -> None:
        """Leave out what may have been issued after the backup that this store comes from.

        Each scope goes on 1 to 4,096 blocks of 65,536 serials later, at random. A new key signs,
        under a number that a key made after the backup hardly has.

        Raises:
            FixConfig: The serials of a scope are used up.
        """
        with self._database.write() as transaction:
            for row in transaction.rows("SELECT scope, next_serial FROM performances"):
                left = (_LAST_SERIAL - row["next_serial"]) // SKIP_SERIALS
                if left < 1:
                    raise FixConfig(f"Performance {row['scope']} has no serials left.")
                drawn = int.from_bytes(self._entropy(8), "big") % min(SKIP_BLOCKS, left)
                transaction.run(
                    "UPDATE performances SET next_serial = next_serial + ? WHERE scope = ?",
                    (1 + drawn) * SKIP_SERIALS,
                    row["scope"],
                )
        self.rotate(2 + self._entropy(1)[0])

    def rotate(self, ahead: int = 1) -> int:
        """Make a new active key and retire the one before, whose tickets stay good.

        Args:
            ahead: How far its number lies above the highest one.

        Returns:
            Its number.

        Raises:
            FixConfig: The data directory can't be written.
        """
        with self._database.write() as transaction:
            kid: int = transaction.value("SELECT ifnull(max(kid), 0) + ? FROM issuer_keys", ahead)
            # A file without a row is of a newer backup, or of a crash: leave it its number.
            while self._path(kid).exists():
                kid += 1
            key = self._make(kid)
            for row in transaction.rows("SELECT kid FROM issuer_keys WHERE state = 'active'"):
                transaction.run(
                    "UPDATE issuer_keys SET state = ? WHERE kid = ?", KeyState.RETIRED, row["kid"]
                )
                transaction.append_change("key", row["kid"])
            transaction.run(
                "INSERT INTO issuer_keys (kid, public, state) VALUES (?, ?, ?)",
                kid,
                key.public,
                KeyState.ACTIVE,
            )
            transaction.append_change("key", kid)
            self._held[kid] = key
        return kid

    def compromise(self, kid: int) -> None:
        """Mark a key as stolen: of what it signed only sold tickets pass from now on.

        If it is the active one, a new key signs first. It is for ever.

        Args:
            kid: Number of the key.

        Raises:
            FixRequest: There is none with this number.
            FixConfig: The data directory can't be written.
        """
        with self._database.write() as transaction:
            state = transaction.value("SELECT state FROM issuer_keys WHERE kid = ?", kid)
            if state is None:
                raise FixRequest(f"The box office has no key {kid}. See: entrance-gateway keys")
            if state == KeyState.ACTIVE:
                self.rotate()
            if state != KeyState.COMPROMISED:
                transaction.run(
                    "UPDATE issuer_keys SET state = ? WHERE kid = ?", KeyState.COMPROMISED, kid
                )
                transaction.append_change("key", kid)

    def states(self) -> dict[int, KeyState]:
        """Return the state of each key, by number."""
        with self._database.read() as transaction:
            rows = transaction.rows("SELECT kid, state FROM issuer_keys ORDER BY kid")
            return {row["kid"]: KeyState(row["state"]) for row in rows}

    def sold(self, kid: int) -> Iterator[tuple[Serial, ...]]:
        """Yield what a key signed for tickets that are valid, without replaced codes."""
        scope = serial = 0
        while True:
            with self._database.read() as transaction:
                rows = transaction.rows(
                    "SELECT scope, serial FROM codes WHERE kid = ? AND (scope, serial) > (?, ?)"
                    " AND replaced_at IS NULL AND EXISTS (SELECT 1 FROM tickets"
                    " WHERE number = codes.ticket AND state = 'valid')"
                    " ORDER BY scope, serial LIMIT ?",
                    kid,
                    scope,
                    serial,
                    _SERIALS,
                )
                found = tuple(Serial(row["scope"], row["serial"]) for row in rows)
            if not found:
                return
            yield found
            scope, serial = found[-1]

    def issue(
        self, transaction: Transaction, scope: int, tariff: Tariff, zone: int | None, admits: int
    ) -> IssuedToken:
        """Sign a token with the scope's next serial.

        Args:
            transaction: Takes the serial; if it is taken back, so is the token.
            scope: A performance that exists.
            tariff: Tells whether staff must look at something.
            zone: Bit number 0 to 31; None = all zones.
            admits: 1 to 255.
        """
        kid = _active(transaction)
        assert kid is not None
        serial = transaction.value(
            "UPDATE performances SET next_serial = next_serial + 1 WHERE scope = ?"
            " RETURNING next_serial - 1",
            scope,
        )
        claims = Claims(
            scope=scope,
            serial=serial,
            tariff=tariff.id,
            zones=zone_bits(zone),
            admits=admits,
            attention=bool(tariff.attention),
        )
        return IssuedToken(kid, Serial(scope, serial), issue(self._held[kid], kid, claims))

    def _path(self, kid: int) -> Path:
        return self._folder / f"issuer-{kid}.key"

    def _load(self, kid: int) -> SigningKey | None:
        path = self._path(kid)
        try:
            seed = bytes.fromhex(path.read_text("ascii").strip())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise FixConfig(
                f"The issuer key {path.name} can't be read. Restore it from the backup, or move it"
                " away: the box office then makes a new one."
            ) from error
        if len(seed) != _SEED_BYTES:
            raise FixConfig(f"The issuer key {path.name} is damaged. Restore it from the backup.")
        return SigningKey.from_seed(seed)

    def _make(self, kid: int) -> SigningKey:
        seed = self._entropy(_SEED_BYTES)
        path = self._path(kid)
        try:
            write_private(path, f"{seed.hex()}\n".encode())
        except OSError as error:
            raise FixConfig(f"The issuer key {path.name} can't be written ({error}).") from error
        return SigningKey.from_seed(seed)


def _active(transaction: Transaction) -> int | None:
    kid: int | None = transaction.value("SELECT kid FROM issuer_keys WHERE state = 'active'")
    return kid
