"""Port of the store: who went through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from validator.clock import Instant
from validator.model import CheckInId, TicketId, Use

MOST_USES = 2_000
"""Uses of one ticket that are looked at: no ticket has as many, unless a device makes them up."""


@dataclass(frozen=True, slots=True)
class UseRow:
    """A use and what the counts want to know of it.

    Args:
        use: As on the stream.
        ref: Stream key of the serial or code that it was made with; None = by number.
        tariff: Tariff, None if unknown.
        distributor: Reseller, empty = the organiser.
        origin: Source that reported it; None = our own journal.
    """

    use: Use
    ref: bytes | None = None
    tariff: int | None = None
    distributor: str = ""
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """What an event of the journal means for the uses.

    Args:
        sequence: Of the event.
        id: The check-in that it is or is about, which let people through; None = there is none.
        ticket: Entitlement of that check-in, as the gateway resolves it.
        performance: Scope that it was judged for, 0 = none was known.
        gate: Where.
        at: Its corrected time.
        use: What counts of it now; None = nothing.
    """

    sequence: int
    id: CheckInId | None
    ticket: TicketId | None
    performance: int
    gate: str
    at: Instant
    use: Use | None


@dataclass(frozen=True, slots=True)
class Tally:
    """People who went one way with one kind of ticket."""

    performance: int
    gate: str
    direction: str
    tariff: int | None
    distributor: str
    people: int


class Uses(Protocol):
    """Who went through: the fold of the journal and of what other systems report."""

    def put(self, row: UseRow) -> None:
        """Add or replace a use."""
        ...

    def find(self, id: CheckInId) -> UseRow | None:
        """Return a use."""
        ...

    def passages(self, sequence: int, limit: int) -> tuple[Passage, ...]:
        """Return what the journal's events mean, in order, those after a sequence."""
        ...

    def remove(self, id: CheckInId) -> None:
        """Take a use back."""
        ...

    def of_ticket(self, ticket: TicketId) -> tuple[Use, ...]:
        """Return a ticket's uses in order of (time, id), the first `MOST_USES` of them."""
        ...

    def rekey(self, ref: bytes, old: TicketId, new: TicketId) -> tuple[Use, ...]:
        """Put the uses that were made with a serial under another ticket; return those."""
        ...

    def held(self) -> tuple[Use, ...]:
        """Return the uses that wait for their guest's passage, oldest first."""
        ...

    def tallies(self) -> tuple[Tally, ...]:
        """Count people."""
        ...

    def strays(self) -> Mapping[int, int]:
        """Count by performance the people who left and had not come in, as `model.inside` does."""
        ...
