"""Follows a ticketing system: what it says is new goes into the ledger."""

from __future__ import annotations

import logging
from typing import Protocol

from validator.clock import Clock
from validator.gateway.host.retry_loop import BackOff, RetryLoop
from validator.ports import Changes, Upstream

_log = logging.getLogger(__name__)

_PERIOD_S = 2.0


class AppliesChanges(Protocol):
    """What the poller needs of the ledger."""

    async def cursor(self, source: str) -> str:
        """Return the cursor that was stored with the last changes; empty = none yet."""
        ...

    async def apply(self, source: str, changes: Changes) -> None:
        """Store changes and their cursor in one transaction."""
        ...


class Poller:
    """Asks one upstream for ever.

    Args:
        upstream: Whom to ask.
        ledger: Takes the changes.
        clock: Tells how long the upstream has been out of reach.
        period_s: Seconds between passes; `wake` cuts them short.
        back_off: Waits and backs off.
    """

    def __init__(
        self,
        upstream: Upstream,
        ledger: AppliesChanges,
        clock: Clock,
        period_s: float = _PERIOD_S,
        back_off: BackOff | None = None,
    ) -> None:
        self._upstream = upstream
        self._ledger = ledger
        self._clock = clock
        self._period_s = period_s
        # A wake-up is the upstream's own: then it is back, and need not be waited for.
        self._loop = RetryLoop(self._pass, self._failed, back_off or BackOff(), impatient=True)
        self._heard_s = clock.boot_s()

    @property
    def trouble(self) -> str | None:
        """Why the last pass failed, a sentence; None = it didn't."""
        return self._loop.trouble

    def wake(self) -> None:
        """Ask at once."""
        self._loop.wake()

    async def run(self) -> None:
        """Poll for ever; cancel to stop."""
        await self._loop.run()

    async def _pass(self) -> float:
        source = self._upstream.source
        cursor = await self._ledger.cursor(source)
        more = True
        while more:
            changes = await self._upstream.changes(cursor)
            await self._ledger.apply(source, changes)
            cursor, more = changes.cursor, changes.more
        if self._loop.failures:
            _log.warning("%s is followed again.", source)
        self._heard_s = self._clock.boot_s()
        return self._period_s

    def _failed(self, why: str, _: int) -> None:
        _log.error(
            "Cancellations of %s are not followed, for %.0f s now: %s",
            self._upstream.source,
            self._clock.boot_s() - self._heard_s,
            why,
        )
