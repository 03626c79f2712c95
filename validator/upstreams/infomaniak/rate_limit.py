"""Sixty requests a minute, shared in fixed parts."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from types import TracebackType

from validator.clock import Clock
from validator.upstreams.infomaniak.assumed_api import LIMIT, WINDOW_S

POLLING = LIMIT // 3
"""Requests a minute that follow tickets; the others hand check-ins over."""


class Share:
    """One part of the rate limit: `async with share:` around each request.

    A request keeps its slot from before it is sent until a minute after its answer (or failure).
    Whenever it arrived, it arrived in between: so there is no minute, by the other side's clock,
    with more requests than there are slots, however long they were under way.

    Args:
        slots: Requests a minute, >= 1.
        clock: Its boot clock counts.
        sleep: Waits so many seconds.
        busy_s: All slots are taken for so long: another run of this program used them.
    """

    def __init__(
        self,
        slots: int,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]],
        busy_s: float = 0.0,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._free_at = deque([clock.boot_s() + busy_s] * slots)
        self._not_before = 0.0
        self._turn = asyncio.Lock()

    def pause(self, seconds: float) -> None:
        """Send nothing for a while: the other side asked for it."""
        self._not_before = max(self._not_before, self._clock.boot_s() + seconds)

    async def __aenter__(self) -> None:
        """Wait for a slot; one request of a share is under way at a time."""
        await self._turn.acquire()
        try:
            while True:
                wait_s = max(self._free_at[0], self._not_before) - self._clock.boot_s()
                if wait_s <= 0:
                    break
                await self._sleep(wait_s)
        except BaseException:
            self._turn.release()
            raise
        self._free_at.popleft()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Begin the minute after which the slot is free again."""
        self._free_at.append(self._clock.boot_s() + WINDOW_S)
        self._turn.release()


class ApiRateLimit:
    """The whole of it; what one part does not use, the other one does not get.

    A third follows tickets: a complete look at 60,000 of them takes 6 minutes. Two thirds hand
    check-ins over: 5,000 take 125 minutes.

    Args:
        clock: Its boot clock counts.
        sleep: Waits so many seconds.
        busy_s: Nothing is sent for so long, 0 to 60: another run of this program has sent.
    """

    def __init__(
        self,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        busy_s: float = 0.0,
    ) -> None:
        self.polling = Share(POLLING, clock, sleep, busy_s)
        self.check_ins = Share(LIMIT - POLLING, clock, sleep, busy_s)

    def pause(self, seconds: float) -> None:
        """Send nothing at all for a while."""
        self.polling.pause(seconds)
        self.check_ins.pause(seconds)
