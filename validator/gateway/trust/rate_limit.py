"""How often somebody may try."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from validator.errors import NotAllowed, RetryLater

_WINDOW_S = 60.0
_LONGEST_WAIT_S = 5.0


class TooOften(RetryLater):
    """Too many tries: wait."""


class RateLimit:
    """Tries of the last minute by caller, and the pace at which all of them are looked at.

    A guess is counted before it is looked at, right or wrong; one that was right is given back.
    While so many of a caller are being looked at that all might be wrong, its next one waits.

    What all callers have together slows and shuts nobody out: beyond a minute's worth, guesses are
    looked at one after the other, at the same pace. Who has been wrong finds the line full sooner
    than who has not. An enrolment secret has 40 bits and lives a day: at 150 a minute for all
    addresses, guessing finds one of ten open codes with a chance of 2 in a million a day.

    Args:
        what: What is tried, for people.
        now_s: Seconds on a clock that never jumps.
        each: Tries a minute of one caller: an address, or a role and a name.
        altogether: Guesses a minute of all of them; None = as many as there are callers.
        sleep: Waits so many seconds.
    """

    def __init__(
        self,
        what: str,
        now_s: Callable[[], float],
        each: int,
        altogether: int | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._what = what
        self._now_s = now_s
        self._each = each
        self._pace_s = _WINDOW_S / altogether if altogether else 0.0
        self._sleep = sleep
        self._counted: dict[str, list[float]] = {}
        self._looking: Counter[str] = Counter()
        self._settled = asyncio.Event()
        self._taken_until_s = 0.0

    def check(self, caller: str) -> None:
        """Refuse a caller who has tried too often already, before anything of it is read.

        Raises:
            TooOften: Not now.
        """
        tries = self._tries(caller)
        if len(tries) >= self._each:
            raise self._too_often(tries[0] + _WINDOW_S - self._now_s())

    def take(self, caller: str) -> None:
        """Let a try through and count it, whatever comes of it.

        Raises:
            TooOften: Not now; nothing was looked at.
        """
        self.check(caller)
        self._count(caller)

    @asynccontextmanager
    async def guess(self, caller: str) -> AsyncIterator[None]:
        """Look at a guess inside, in its turn; a `NotAllowed` says that it was wrong.

        Raises:
            TooOften: Not now; nothing was looked at.
        """
        while self._looking[caller] and self._spoken_for(caller) >= self._each:
            await self._settled.wait()
        self.check(caller)
        wait_s = self._line_up(caller)
        self._looking[caller] += 1
        wrong = False
        try:
            if wait_s > 0:
                await self._sleep(wait_s)
            yield
        except NotAllowed:
            wrong = True
            self._count(caller)
            raise
        finally:
            if not wrong:
                self._taken_until_s -= self._pace_s
            self._looking -= Counter((caller,))
            self._settled.set()
            self._settled = asyncio.Event()

    def _tries(self, caller: str) -> list[float]:
        since_s = self._now_s() - _WINDOW_S
        return [at_s for at_s in self._counted.get(caller, ()) if at_s > since_s]

    def _count(self, caller: str) -> None:
        now_s = self._now_s()
        self._counted[caller] = [*self._tries(caller), now_s]
        for other in [o for o, tries in self._counted.items() if tries[-1] <= now_s - _WINDOW_S]:
            del self._counted[other]

    def _spoken_for(self, caller: str) -> int:
        return self._looking[caller] + len(self._tries(caller))

    def _line_up(self, caller: str) -> float:
        """Take the next place of all callers; return the seconds until it is due."""
        now_s = self._now_s()
        taken_until_s = max(self._taken_until_s, now_s) + self._pace_s
        wait_s = taken_until_s - now_s - _WINDOW_S
        if wait_s > _LONGEST_WAIT_S / (1 + self._spoken_for(caller)):
            raise self._too_often(wait_s)
        self._taken_until_s = taken_until_s
        return wait_s

    def _too_often(self, wait_s: float) -> TooOften:
        return TooOften(f"Too many {self._what}. Wait a minute and try again.", wait_s)
