"""Work that goes on for ever: it backs off while it fails, and says why."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

from validator.errors import RetryLater, ValidatorError, place_of

_MOST_DOUBLINGS = 30


class BackOff:
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


class Gathering:
    """Calls something once, a moment after the first of many reasons to.

    Args:
        call: What is called, in the event loop.
        after_s: How long further reasons are gathered.
    """

    def __init__(self, call: Callable[[], None], after_s: float) -> None:
        self._call = call
        self._after_s = after_s
        self._timer: asyncio.TimerHandle | None = None

    def __call__(self) -> None:
        """Have a reason."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._after_s, self._now)

    def _now(self) -> None:
        self._timer = None
        self._call()


class RetryLoop:
    """One piece of work, done again and again.

    Args:
        step: Does a piece; returns how many seconds to rest, 0 = go on at once.
        failed: Told of each failure: why, a sentence, and how many there were in a row.
        back_off: Waits and backs off.
        impatient: A wake-up ends a back-off too, since it comes from whoever was out of reach.

    Attributes:
        failures: How many there were in a row until now.
        trouble: Why the last piece failed, a sentence; None = it didn't.
    """

    def __init__(
        self,
        step: Callable[[], Awaitable[float]],
        failed: Callable[[str, int], None],
        back_off: BackOff,
        impatient: bool = False,
    ) -> None:
        self.failures = 0
        self.trouble: str | None = None
        self._step = step
        self._told = failed
        self._back_off = back_off
        self._impatient = impatient

    def wake(self) -> None:
        """End the present rest, or the next one if there is none now."""
        self._back_off.wake()

    async def run(self) -> None:
        """Work for ever; cancel to stop."""
        while True:
            try:
                rest_s = await self._step()
            except RetryLater as error:
                self._failed(str(error))
                if error.after_s is not None:
                    await self._back_off.wait(error.after_s)
                    continue
            except ValidatorError as error:
                self._failed(str(error))
            except Exception as error:
                # A fault of ours must not end the loop: cancellations come through it. Its text
                # may hold a code or a name, so only its kind and its place are told.
                self._failed(f"fault in the gateway ({type(error).__name__}, {place_of(error)})")
            else:
                self.failures, self.trouble = 0, None
                if rest_s:
                    await self._back_off.rest(rest_s)
                continue
            wait = self._back_off.rest if self._impatient else self._back_off.wait
            await wait(self._back_off.backoff_s(self.failures))

    def _failed(self, why: str) -> None:
        self.failures += 1
        self.trouble = why
        self._told(why, self.failures)
