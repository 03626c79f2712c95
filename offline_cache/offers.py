"""What the device gives back to a gateway that was restored: the sealed frames that it keeps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from offline_cache.intake import Intake
from offline_cache.store import Store
from validator.feed import MAX_PARTS
from validator.wire.messages import Message, Offer, Recall, Taken

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


class Offering:
    """Answers a recall over one connection.

    Args:
        offers: What there is.
        post: Sends a message.
    """

    def __init__(self, offers: Offers, post: Callable[[Message], None]) -> None:
        self._offers = offers
        self._post = post
        self._recalled: asyncio.Queue[Recall] = asyncio.Queue(1)
        self._taken = asyncio.Event()

    def hear(self, message: Recall | Taken) -> None:
        """Take in what the gateway says."""
        if isinstance(message, Taken):
            self._taken.set()
        elif not self._recalled.full():
            self._recalled.put_nowait(message)

    async def run(self) -> None:
        """Offer whenever the gateway asks; cancel to stop.

        Raises:
            CacheError: The disk can't be read.
        """
        while True:
            recall = await self._recalled.get()
            self._offers.made(False)
            batch = Batch((), BEGINNING, last=False)
            while not batch.last:
                batch = await asyncio.to_thread(self._offers.batch, recall, batch.after)
                self._taken.clear()
                if batch.last:
                    # What follows may be the first frame of the new epoch.
                    self._offers.made(True)
                self._post(Offer(batch.frames, batch.last))
                await self._taken.wait()
