"""A ticketing system in memory; passes the same contract suite as the real ones."""

from __future__ import annotations

from collections.abc import Sequence

from validator.clock import Instant
from validator.errors import ValidatorError
from validator.model import (
    CheckInId,
    Entry,
    Listing,
    Revocation,
    RevocationKind,
    Serial,
    Ticket,
    TicketId,
)
from validator.ports import Changes, Outcome, Report, SetAside

Step = Entry | Listing | Revocation | TicketId
"""A thing that is new, or a ticket whose revocations are lifted."""


class FakeUpstream:
    """A log of steps, read in pages; everything that was reported is kept.

    Args:
        page: Steps of one answer.
        now: Its clock.
    """

    def __init__(self, page: int = 100, now: int = 0) -> None:
        self.now = Instant(now)
        self.trouble: ValidatorError | None = None
        self.poison: set[CheckInId] = set()
        self.spoiled: set[TicketId] = set()
        self.asked: list[str] = []
        self.deliveries: list[tuple[CheckInId, ...]] = []
        self.kept: dict[CheckInId, Report] = {}
        self._page = page
        self._log: list[Step] = []

    @property
    def source(self) -> str:
        """Its id."""
        return "fake"

    def put(self, entry: Entry) -> None:
        """Add to the catalogue."""
        self._log.append(entry)

    def sell(self, serial: Serial) -> TicketId:
        """List a ticket of our own."""
        self._log.append(Listing(serial, Ticket(serial.ticket(), serial.scope, 1, self.source)))
        return serial.ticket()

    def cancel(self, ticket: TicketId) -> None:
        """Revoke a ticket."""
        self._log.append(Revocation(ticket, RevocationKind.CANCELLED, Instant(0)))

    def take_back(self, ticket: TicketId) -> None:
        """Take the cancellation back."""
        self._log.append(ticket)

    def spoil(self, ticket: TicketId) -> None:
        """Make a ticket's row one that nobody can read."""
        self.spoiled.add(ticket)

    def mend(self, ticket: TicketId) -> None:
        """Make it readable again, and tell it."""
        self.spoiled.discard(ticket)
        self._log.append(next(row for row in self._sold() if row.ticket.id == ticket))

    def _sold(self) -> list[Listing]:
        return [step for step in self._log if isinstance(step, Listing)]

    async def changes(self, cursor: str) -> Changes:
        """Return the next page."""
        self.asked.append(cursor)
        if self.trouble:
            raise self.trouble
        known = cursor.isdigit() and int(cursor) <= len(self._log)
        since = int(cursor) if known else 0
        steps = self._log[since : since + self._page]
        through = since + len(steps)
        complete = through == len(self._log)
        seen = {row.ticket.id for row in self._log[:through] if isinstance(row, Listing)}
        aside = tuple(
            SetAside(f"ticket {id}", "It is spoiled.") for id in sorted(seen & self.spoiled)
        )
        revoked = {step.target: step for step in steps if isinstance(step, Revocation)}
        lifted: set[TicketId] = set()
        for step in steps:
            if isinstance(step, str):
                lifted.add(step)
                revoked.pop(step, None)
            elif isinstance(step, Revocation) and isinstance(step.target, str):
                lifted.discard(TicketId(step.target))
        return Changes(
            cursor=str(through),
            as_of=self.now if complete and not aside else None,
            more=not complete,
            entries=tuple(
                step for step in steps if not isinstance(step, Listing | Revocation | str)
            ),
            listings=tuple(
                step
                for step in steps
                if isinstance(step, Listing) and step.ticket.id not in self.spoiled
            ),
            revocations=tuple(revoked.values()),
            lifted=tuple(lifted),
            aside=aside,
        )

    async def report(self, reports: Sequence[Report]) -> Sequence[Outcome]:
        """Keep check-ins of tickets that were sold, each id once."""
        self.deliveries.append(tuple(report.check_in.id for report in reports))
        if self.trouble:
            raise self.trouble
        if self.poison & {report.check_in.id for report in reports}:
            raise RuntimeError("a fault that no adapter foresaw")
        return [self._keep(report) for report in reports]

    def _keep(self, report: Report) -> Outcome:
        id, ticket = report.check_in.id, report.check_in.ticket
        sold = {row.ticket.id for row in self._sold()}
        if ticket is not None and ticket not in sold:
            return Outcome(id, accepted=False, why="This ticket was not sold here.")
        if self.kept.setdefault(id, report) != report:
            return Outcome(id, accepted=False, why="Another check-in has this id.")
        return Outcome(id, accepted=True)
