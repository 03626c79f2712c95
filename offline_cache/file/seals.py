"""The keys of the gateway's feed that this device knows: the one it pinned, and its successors."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from offline_cache.file.database import Store
from validator.errors import FrameRefused
from validator.feed import SealRing, Successor


class Seals:
    """The table `seals`, and what memory holds of it.

    Args:
        store: The device's file.
        pinned: The key that enrolment gave, 32 bytes. If the device enrolled again since, the file
            may hold successors of another one; what leads on from this one counts.

    Attributes:
        ring: The keys that are known.

    Raises:
        CacheError: The disk can't be read.
    """

    def __init__(self, store: Store, pinned: bytes) -> None:
        self._store = store
        self.ring = SealRing(pinned)
        with store.reading() as db:
            rows = db.execute("SELECT before, key, ends, signature FROM seals ORDER BY place")
            kept = [Successor(before, key, ends == 1, sign) for before, key, ends, sign in rows]
        with suppress(FrameRefused):
            self.ring = self.ring.grown(kept)

    def take(self, successors: Iterable[Successor]) -> None:
        """Learn keys: on disk first.

        Args:
            successors: As the gateway tells them, over a link that its authority vouches for.

        Raises:
            FrameRefused: They are not to be believed; nothing was learned.
            CacheError: They are not on disk; nothing was learned.
        """
        ring = self.ring.grown(successors)
        if ring == self.ring:
            return
        with self._store.changing() as db:
            db.execute("DELETE FROM seals")
            db.executemany(
                "INSERT INTO seals (before, key, ends, signature) VALUES (?, ?, ?, ?)",
                [(each.before, each.key, each.ends, each.signature) for each in ring.successors],
            )
        self.ring = ring
