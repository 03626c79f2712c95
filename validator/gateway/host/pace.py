"""When to try again: resting until woken, and backing off from what fails."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

_MOST_DOUBLINGS = 30


class Pace:
    """The waiting of one loop.

    Args:
        sleep: Waits so many seconds.
        jitter: Returns a number from 0 to 1, so that not all come back at the same moment.
        first_s: Seconds of the first back-off, before jitter; doubles with each failure.
        most_s: Longest back-off in seconds.
    """

    def __init__(
        self,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
        first_s: float = 1.0,
        most_s: float = 60.0,
    ) -> None:
        self._sleep = sleep
        self._jitter = jitter
        self._first_s = first_s
        self._most_s = most_s
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """End the present rest, or the next one if there is none now."""
        self._woken.set()

    async def rest(self, seconds: float) -> None:
        """Wait, but not beyond the next `wake`."""
        if not self._woken.is_set():
            waits = [
                asyncio.ensure_future(self._sleep(seconds)),
                asyncio.ensure_future(self._woken.wait()),
            ]
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()
        self._woken.clear()

    async def wait(self, seconds: float) -> None:
        """Wait all of it, whoever wakes: the other side asked for it."""
        await self._sleep(seconds)

    def backoff_s(self, failures: int) -> float:
        """Return how long to wait after so many failures in a row, 1 or more.

        Returns:
            Half to all of `first_s` doubled with each failure, at most `most_s`.
        """
        doublings = min(max(failures, 1) - 1, _MOST_DOUBLINGS)
        return float(min(self._first_s * 2**doublings, self._most_s)) * (0.5 + self._jitter() / 2)
