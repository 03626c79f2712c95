"""The keys that sign our tickets, and the serials that they sign."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from validator.boxoffice.database import Database, Transaction
from validator.disk.private_files import write_private
from validator.errors import FixConfig
from validator.keys import SigningKey
from validator.model import KeyState, Serial, Tariff
from validator.token import Claims, issue

_SEED_BYTES = 32
_LAST_SERIAL = (1 << 32) - 1

SKIP_SERIALS = 1 << 16
"""Serials of one block; a page of the set of cancelled ones holds as many."""

SKIP_BLOCKS = 4_096
"""Most blocks that a restore leaves out."""


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
        with database.read() as transaction:
            kid: int | None = transaction.value(
                "SELECT kid FROM issuer_keys WHERE state = 'active'"
            )
        held = None if kid is None else self._load(kid)
        if kid is None or held is None:
            self.rotate()
        else:
            self._kid, self._key = kid, held

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

    def rotate(self, ahead: int = 1) -> None:
        """Make a new active key and retire the one before, whose tickets stay good.

        Args:
            ahead: How far its number lies above the highest one.

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
        self._kid, self._key = kid, key

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
        return IssuedToken(self._kid, Serial(scope, serial), issue(self._key, self._kid, claims))

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
