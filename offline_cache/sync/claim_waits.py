"""Claims on their way to the gateway, and how much patience they still deserve."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from validator.clock import Clock
from validator.model import CheckInId, Verdict
from validator.wire.messages import ClaimRequest

TIMEOUTS = 3
"""So many in a row, and no guest waits any longer."""

REMEMBERED = 256
"""Claims whose late answer is still looked at."""


class ClaimWaits:
    """Asks the gateway and waits a bounded time for its answer.

    After three time-outs in a row nobody waits: claims are still sent, and the first that is
    answered in time brings the patience back. A quick answer to a clock measurement brings back
    one try.

    Args:
        clock: Its boot clock measures.
        wait_s: Longest wait, in seconds.
    """

    def __init__(self, clock: Clock, wait_s: float) -> None:
        self._clock = clock
        self._wait_s = wait_s
        self._waiting: dict[CheckInId, asyncio.Future[Verdict | None]] = {}
        self._late: dict[CheckInId, float] = {}
        self._timeouts = 0

    async def ask(
        self, request: ClaimRequest, post: Callable[[ClaimRequest], None]
    ) -> Verdict | None:
        """Send a claim and wait for its answer.

        Args:
            request: The claim.
            post: Sends it.

        Returns:
            The gateway's verdict; None = none in time, go on alone.
        """
        id = request.scan.id
        if self._timeouts >= TIMEOUTS:
            self._miss(id)
            post(request)
            return None
        answer: asyncio.Future[Verdict | None] = asyncio.get_running_loop().create_future()
        self._waiting[id] = answer
        post(request)
        try:
            async with asyncio.timeout(self._wait_s):
                verdict = await answer
        except TimeoutError:
            self._timeouts += 1
            return None
        finally:
            del self._waiting[id]
        if verdict is not None:
            self._timeouts = 0
        return verdict

    def answered(self, id: CheckInId, verdict: Verdict) -> None:
        """Take in an answer; one that comes too late is of use to measure only."""
        waiting = self._waiting.get(id)
        if waiting is not None and not waiting.done():
            waiting.set_result(verdict)
            return
        asked_s = self._late.pop(id, None)
        if asked_s is not None and self._clock.boot_s() - asked_s <= self._wait_s:
            self._timeouts = 0

    def quick(self, round_trip_s: float) -> None:
        """Take in how long the gateway took to answer something else, in seconds."""
        if round_trip_s <= self._wait_s:
            self._timeouts = min(self._timeouts, TIMEOUTS - 1)

    def begin(self) -> None:
        """Begin a connection with full patience."""
        self._timeouts = 0
        self._late.clear()

    def end(self) -> None:
        """Let everybody go on alone: the connection is lost."""
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_result(None)

    def _miss(self, id: CheckInId) -> None:
        self._late[id] = self._clock.boot_s()
        while len(self._late) > REMEMBERED:
            del self._late[next(iter(self._late))]
