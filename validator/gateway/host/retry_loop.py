"""Work that goes on for ever: it backs off while it fails, and says why."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from validator.errors import RetryLater, ValidatorError
from validator.gateway.host.pace import Pace


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


class Loop:
    """One piece of work, done again and again.

    Args:
        step: Does a piece; returns how many seconds to rest, 0 = go on at once.
        failed: Told of each failure: why, a sentence, and how many there were in a row.
        pace: Waits and backs off.
        impatient: A wake-up ends a back-off too, since it comes from whoever was out of reach.

    Attributes:
        failures: How many there were in a row until now.
        trouble: Why the last piece failed, a sentence; None = it didn't.
    """

    def __init__(
        self,
        step: Callable[[], Awaitable[float]],
        failed: Callable[[str, int], None],
        pace: Pace,
        impatient: bool = False,
    ) -> None:
        self.failures = 0
        self.trouble: str | None = None
        self._step = step
        self._told = failed
        self._pace = pace
        self._impatient = impatient

    def wake(self) -> None:
        """End the present rest, or the next one if there is none now."""
        self._pace.wake()

    async def run(self) -> None:
        """Work for ever; cancel to stop."""
        while True:
            try:
                rest_s = await self._step()
            except RetryLater as error:
                self._failed(str(error))
                if error.after_s is not None:
                    await self._pace.wait(error.after_s)
                    continue
            except ValidatorError as error:
                self._failed(str(error))
            except Exception as error:
                # A fault of ours must not end the loop: cancellations come through it. Its text
                # may hold a code or a name, so only its kind is told.
                self._failed(f"fault in the gateway ({type(error).__name__})")
            else:
                self.failures, self.trouble = 0, None
                if rest_s:
                    await self._pace.rest(rest_s)
                continue
            wait = self._pace.rest if self._impatient else self._pace.wait
            await wait(self._pace.backoff_s(self.failures))

    def _failed(self, why: str) -> None:
        self.failures += 1
        self.trouble = why
        self._told(why, self.failures)
