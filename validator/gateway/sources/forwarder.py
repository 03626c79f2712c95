"""Hands check-ins on to a ticketing system: nothing is dropped, nothing blocks the rest.

Each ticket's check-ins go in their order, and a check-in may arrive twice (the other side keeps
one by its id). When a batch fails, its tickets are tried one by one. A ticket that fails while
another one passes is set aside for a while; if none passes, the system itself is down: the
circuit is open. From then on two tickets at most are tried after each back-off, and the first
that passes closes it again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Protocol

from validator.clock import Clock
from validator.errors import NotAllowed, RetryLater, place_of
from validator.gateway.host.aside import Aside
from validator.gateway.host.retry_loop import BackOff, Gathering, RetryLoop
from validator.gateway.ledger.committer import Committed
from validator.model import CheckInId
from validator.ports import Outcome, Report, Upstream

_log = logging.getLogger(__name__)

GATHER_S = 0.05
"""How long check-ins are gathered before they are delivered."""

_BATCH = 200
_IDLE_S = 30.0
_MISSES_TO_STOP = 2
_MOST_WIDENINGS = 6
_MOST_RETRIES = 20
_ASIDE_S, _ASIDE_MOST_S = 60.0, 3600.0

_Group = tuple[Report, ...]
"""A ticket's check-ins, in order."""


class OwesCheckIns(Protocol):
    """What the forwarder needs of the ledger."""

    async def owed(
        self, source: str, limit: int, since: CheckInId | None = None
    ) -> tuple[Report, ...]:
        """Return the oldest check-ins that a source is owed, of all or from one of them on."""
        ...

    async def settle(self, source: str, outcomes: Sequence[Outcome]) -> None:
        """Store what became of them; a refused one is kept with its answer."""
        ...


class Forwarder:
    """Delivers what one upstream is owed, for ever.

    Args:
        upstream: Who gets it.
        ledger: Holds the durable outbox.
        clock: Tells when a ticket that was set aside is tried again.
        back_off: Waits and backs off.
    """

    def __init__(
        self,
        upstream: Upstream,
        ledger: OwesCheckIns,
        clock: Clock,
        back_off: BackOff | None = None,
    ) -> None:
        self._upstream = upstream
        self._ledger = ledger
        self._loop = RetryLoop(self._step, self._failed, back_off or BackOff())
        self._soon = Gathering(self.wake, GATHER_S)
        self._aside: Aside[str, CheckInId] = Aside(clock, _ASIDE_S, _ASIDE_MOST_S)

    @property
    def trouble(self) -> str | None:
        """Why nothing can be delivered now, a sentence; None = nothing is known to be wrong."""
        return self._loop.trouble

    def committed(self, what: Committed) -> None:
        """Deliver what a commit has put in the outbox, with what comes in the next moment."""
        if what.owes:
            self._soon()

    def wake(self) -> None:
        """Deliver at once, unless the system is out of reach: something is owed."""
        self._loop.wake()

    async def run(self) -> None:
        """Deliver for ever; cancel to stop."""
        await self._loop.run()

    async def _step(self) -> float:
        """Deliver one batch.

        Returns:
            Seconds to rest; 0 = something was settled, so that there may be more.

        Raises:
            RetryLater: The system is down, or asks to wait.
            NotAllowed: It does not accept our key.
        """
        fresh = await self._fresh()
        settled = bool(fresh) and await self._deliver(fresh)
        for key, first in self._aside.due(_MOST_RETRIES):
            settled = await self._retry(key, first) or settled
        return 0 if settled else _IDLE_S

    async def _fresh(self) -> list[_Group]:
        """Return the tickets to deliver of the oldest page that has some."""
        # Look further after a failure: one bad ticket may fill a whole batch.
        limit = _BATCH << min(self._loop.failures, _MOST_WIDENINGS)
        since: CheckInId | None = None
        while True:
            reports = await self._ledger.owed(self._upstream.source, limit, since)
            fresh = [group for key, group in _by_ticket(reports) if key not in self._aside]
            if fresh or len(reports) < limit:
                return fresh
            since = reports[-1].check_in.id

    async def _deliver(self, groups: Sequence[_Group]) -> bool:
        whole = not self._loop.failures
        if whole and await self._send([report for group in groups for report in group]):
            return True
        # Begin elsewhere after each failure: several bad tickets may stand side by side.
        turn = self._loop.failures % len(groups)
        return await self._sift([*groups[turn:], *groups[:turn]], until_found=whole)

    async def _sift(self, groups: Sequence[_Group], until_found: bool) -> bool:
        """Deliver tickets one by one, to tell bad ones from a system that is down.

        Args:
            groups: Tickets.
            until_found: There is a bad one among them: go on until it stands out; else stop as
                soon as one passes, batches are faster.
        """
        suspects: list[_Group] = []
        passed = False
        for group in groups:
            if await self._send(group):
                for suspect in suspects:
                    self._set_aside(suspect)
                passed = True
                if suspects or not until_found:
                    return True
            else:
                suspects.append(group)
                if len(suspects) == _MISSES_TO_STOP:
                    break
        if suspects:
            raise RetryLater(f"{self._upstream.source} takes no check-ins now.")
        return passed

    async def _retry(self, key: str, first: CheckInId) -> bool:
        """Try a ticket that was set aside, from its first check-in on."""
        reports = await self._ledger.owed(self._upstream.source, _BATCH, first)
        if not reports or reports[0].check_in.id != first:
            self._aside.drop(key)
            return True
        group = dict(_by_ticket(reports))[key]
        if await self._send(group):
            self._aside.drop(key)
            return True
        self._set_aside(group)
        return False

    async def _send(self, reports: Sequence[Report]) -> bool:
        """Deliver and settle; false if it failed for a reason that may lie in these reports.

        Raises:
            RetryLater: The other side asks to wait so many seconds.
            NotAllowed: It does not accept our key.
        """
        try:
            outcomes = await self._upstream.report(reports)
        except NotAllowed:
            raise
        except RetryLater as error:
            if error.after_s is not None:
                raise
            return False
        except Exception as error:
            _log.error(
                "%s failed on check-ins (%s, %s).",
                self._upstream.source,
                type(error).__name__,
                place_of(error),
            )
            return False
        if {outcome.id for outcome in outcomes} != {report.check_in.id for report in reports}:
            _log.error("%s answered for other check-ins.", self._upstream.source)
            return False
        refused = sum(not outcome.accepted for outcome in outcomes)
        if refused:
            _log.error(
                "%s refused %d check-ins for good; the outbox keeps them with the answer.",
                self._upstream.source,
                refused,
            )
        await self._ledger.settle(self._upstream.source, outcomes)
        return True

    def _set_aside(self, group: _Group) -> None:
        first = group[0]
        wait_s = self._aside.put(_key(first), first.check_in.id)
        _log.error(
            "%s fails on check-in %s; its ticket is tried again in %.0f s, the others go on.",
            self._upstream.source,
            first.check_in.id,
            wait_s,
        )

    def _failed(self, why: str, failures: int) -> None:
        _log.error(
            "Check-ins for %s are kept, delivery failed %d times: %s",
            self._upstream.source,
            failures,
            why,
        )


def _by_ticket(reports: Sequence[Report]) -> Iterable[tuple[str, _Group]]:
    groups: dict[str, list[Report]] = {}
    for report in reports:
        groups.setdefault(_key(report), []).append(report)
    return ((key, tuple(group)) for key, group in groups.items())


def _key(report: Report) -> str:
    check_in = report.check_in
    return check_in.ticket or report.number or check_in.of or check_in.id
