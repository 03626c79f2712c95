"""Rows of the journal whose time is over are dropped, every hour."""

from __future__ import annotations

import asyncio

from offline_cache.journal.retention import Retention
from offline_cache.sync.ports import Offload
from validator.clock import DAY_MS, Clock, Instant
from validator.wire.messages import Welcome

_EVERY_S = 3600.0


class RetentionLoop:
    """Forgets, while a connection lasts, what its gateway says is old.

    Args:
        retention: Does it.
        clock: Its boot clock carries the gateway's time on; the wall clock is not asked.
        welcome: Says the gateway's time, and for how long rows are kept.
        offload: Does the disk work.
    """

    def __init__(
        self, retention: Retention, clock: Clock, welcome: Welcome, offload: Offload
    ) -> None:
        self._retention = retention
        self._clock = clock
        self._welcome = welcome
        self._offload = offload
        self._since_s = clock.boot_s()

    async def run(self) -> None:
        """Look every hour; cancel to stop.

        Raises:
            CacheError: The disk can't be read or written.
        """
        while True:
            passed_ms = round((self._clock.boot_s() - self._since_s) * 1000)
            now = Instant(self._welcome.now + passed_ms)
            if days := self._welcome.keep_days:
                before = Instant(now - days * DAY_MS)
                await self._offload(self._retention.forget, before, now)
            await asyncio.sleep(_EVERY_S)
