"""Another key seals the streams: lanes are told before they see its seal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from validator.gateway.feeds.backlog import Backlog
from validator.gateway.feeds.lanes import Lanes
from validator.gateway.host.feed_keys import FeedKeys
from validator.wire.messages import Seals


class FeedKeyChange:
    """Changes the key while lanes are linked.

    Args:
        feed: The keys.
        lanes: Who is connected; others are told when they come.
        backlog: Forgets what it sealed before.
        entropy: Random bytes.
    """

    def __init__(
        self, feed: FeedKeys, lanes: Lanes, backlog: Backlog, entropy: Callable[[int], bytes]
    ) -> None:
        self._feed = feed
        self._lanes = lanes
        self._backlog = backlog
        self._entropy = entropy
        self._turn = asyncio.Lock()

    async def change(self, ends: bool) -> None:
        """Have a new key seal from now on.

        Args:
            ends: Seals of the keys before are taken no more: one of them was stolen.

        Raises:
            FixConfig: The data folder can't be written.
            FixRequest: There were too many already.
        """
        async with self._turn:
            change = await asyncio.to_thread(self._feed.prepare, self._entropy, ends)
            self._lanes.appoint(Seals(change.ring.successors))
            self._feed.use(change)
            self._backlog.clear()
