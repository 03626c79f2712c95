"""Signed heads: this device's own, and the gateway's, which it keeps as a witness."""

from __future__ import annotations

from offline_cache.file.database import Store
from offline_cache.file.seals import Seals
from offline_cache.identity.identity import Identity
from offline_cache.journal.journal import ACKNOWLEDGED, REJECTED, Journal
from validator.clock import Instant
from validator.errors import WireError
from validator.keys import SigningKey
from validator.wire.head import Head, genuine, signed
from validator.wire.messages import Telemetry


class Heads:
    """Signs how far the delivered journal goes, and keeps what the gateway has signed.

    Args:
        store: The device's file.
        identity: With the key to sign with.
        seals: Keys of the gateway's feed, to check with.
    """

    def __init__(self, store: Store, identity: Identity, seals: Seals) -> None:
        self._store = store
        self._device = identity.device
        self._key = SigningKey.from_seed(identity.seed) if identity.seed else None
        self._seals = seals
        self._heard: Head | None = None

    def telemetry(self, now: Instant, offset_ms: int | None) -> Telemetry:
        """Return how the device is, with both heads.

        Args:
            now: Device's wall clock.
            offset_ms: Measured clock offset, None = not measured.

        Raises:
            CacheError: The disk can't be read or written.
        """
        with self._store.reading() as db:
            backlog = Journal().backlog(db)
        return Telemetry(backlog, None, offset_ms, self.mine(now), self.witness())

    def mine(self, now: Instant) -> Head | None:
        """Sign the last row before the first one that is owed; None = no key, or no such row.

        Args:
            now: Device's wall clock.

        Raises:
            CacheError: The disk can't be read.
        """
        if self._key is None:
            return None
        with self._store.reading() as db:
            row = db.execute(
                "SELECT sequence, hash FROM journal WHERE state IN (?, ?) AND sequence <"
                " coalesce((SELECT min(sequence) FROM journal WHERE state = 0), 9e18)"
                " ORDER BY sequence DESC LIMIT 1",
                (ACKNOWLEDGED, REJECTED),
            ).fetchone()
        return signed(Head(self._device, row[0], row[1], now), self._key) if row else None

    def hear(self, head: Head) -> None:
        """Take the gateway's head; `witness` writes it down.

        Raises:
            WireError: It is not the gateway's.
        """
        if len(head.hash) != 32 or not genuine(head, *self._seals.ring.accepted):
            raise WireError("A journal's head is not signed by this venue's gateway.")
        self._heard = head

    def witness(self) -> Head | None:
        """Return the furthest head of the gateway's journal that this device ever heard.

        Raises:
            CacheError: The disk can't be read or written.
        """
        heard, self._heard = self._heard, None
        if heard is not None:
            with self._store.changing() as db:
                db.execute(
                    "INSERT INTO witness VALUES (?, ?, ?, ?, ?) ON CONFLICT (journal) DO UPDATE"
                    " SET sequence = excluded.sequence, hash = excluded.hash, at = excluded.at,"
                    " signature = excluded.signature WHERE excluded.sequence > sequence",
                    (heard.journal, heard.sequence, heard.hash, heard.at, heard.signature),
                )
        return furthest(self._store)


def furthest(store: Store) -> Head | None:
    """Return the furthest head of the gateway's journal that is written down.

    Raises:
        CacheError: The disk can't be read.
    """
    with store.reading() as db:
        row = db.execute("SELECT * FROM witness ORDER BY at DESC LIMIT 1").fetchone()
    return Head(row[0], row[1], row[2], Instant(row[3]), row[4]) if row else None
