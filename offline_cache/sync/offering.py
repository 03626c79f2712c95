"""The frames that a restored gateway asks back, sent in portions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from offline_cache.knowledge.offers import BEGINNING, Batch, Offers
from offline_cache.sync.ports import Offload
from validator.wire.messages import Message, Offer, Recall, Taken


class Offering:
    """Answers a recall over one connection.

    Args:
        offers: What there is.
        post: Sends a message.
        offload: Does the disk work.
    """

    def __init__(self, offers: Offers, post: Callable[[Message], None], offload: Offload) -> None:
        self._offers = offers
        self._post = post
        self._offload = offload
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
                batch = await self._offload(self._offers.batch, recall, batch.after)
                self._taken.clear()
                if batch.last:
                    # What follows may be the first frame of the new epoch.
                    self._offers.made(True)
                self._post(Offer(batch.frames, batch.last))
                await self._taken.wait()
