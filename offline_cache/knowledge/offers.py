"""What the device gives back to a gateway that was restored: the sealed frames that it keeps."""

from __future__ import annotations

from dataclasses import dataclass

from offline_cache.file.database import Store
from offline_cache.knowledge.intake import Intake
from validator.feed import MAX_PARTS
from validator.wire.messages import Recall

OFFER_BYTES = 512 * 1024
"""Most bytes of frames in one offer, unless one frame has more."""

BEGINNING = (0, -1, -1)
"""Before the first frame of the first stream."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Frames of one offer.

    Args:
        frames: In the order in which they came.
        after: Where the next batch goes on.
        last: There are no more.
    """

    frames: tuple[bytes, ...]
    after: tuple[int, int, int]
    last: bool


class Offers:
    """Reads the kept frames, and remembers whether they were offered.

    Args:
        store: The device's file.
        intake: Enters a new epoch only once everything was offered.
    """

    def __init__(self, store: Store, intake: Intake) -> None:
        self._store = store
        self._intake = intake

    def made(self, made: bool) -> None:
        """Note whether this link's gateway was offered everything that it asked for."""
        self._intake.offered = made

    def batch(self, recall: Recall, after: tuple[int, int, int] = BEGINNING) -> Batch:
        """Return the next frames that a gateway lacks, the catalogue's first.

        Args:
            recall: What it knows.
            after: From the batch before.

        Raises:
            CacheError: The disk can't be read.
        """
        known = {(at.stream, at.counter, at.random): at.sequence for at in recall.positions}
        found: list[bytes] = []
        size = 0
        with self._store.reading() as db:
            streams = db.execute(
                "SELECT id, name, counter, random FROM streams WHERE stage = 'live'"
                " ORDER BY name <> 'catalogue', name"
            ).fetchall()
            for place, (stream, name, counter, random) in enumerate(streams):
                if place < after[0]:
                    continue
                # A snapshot may stand at sequence 0.
                past = (known.get((name, counter, int.from_bytes(random, "big")), -1), MAX_PARTS)
                if place == after[0]:
                    past = max(past, after[1:])
                rows = db.execute(
                    "SELECT sequence, part, sealed FROM frames WHERE stream = ? AND counter = ?"
                    " AND random = ? AND (sequence, part) > (?, ?) ORDER BY sequence, part",
                    (stream, counter, random, *past),
                )
                for sequence, part, sealed in rows:
                    if found and size + len(sealed) > OFFER_BYTES:
                        return Batch(tuple(found), (place, sequence, part - 1), last=False)
                    found.append(sealed)
                    size += len(sealed)
        return Batch(tuple(found), BEGINNING, last=True)
