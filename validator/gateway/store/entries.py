"""Port of the store, first half: what happened at the doors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from validator.clock import Instant
from validator.model import CheckIn, CheckInId, Conflict, DeviceId, TicketId, Use, Verdict


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the gateway's journal.

    Args:
        check_in: As the lane wrote it.
        stored_at: When it came.
        ref: Stream key of the serial or code that it was made with; None = by number.
        ticket: Entitlement, as the gateway resolves it.
        tariff: Its tariff, for the counts.
        judged: The gateway itself had granted this entry.
        device_sequence: Row of the device's journal; None = reported without one.
        conflict: The fold gives REFUSE for it.
        sequence: Set by the store, from 1.
    """

    check_in: CheckIn
    stored_at: Instant
    ref: bytes | None
    ticket: TicketId | None
    tariff: int | None
    judged: bool
    device_sequence: int | None = None
    conflict: bool = False
    sequence: int = 0


class Journal(Protocol):
    """The gateway's own events, append-only and hash-chained."""

    def find(self, id: CheckInId) -> Event | None:
        """Return an event."""
        ...

    def append(self, event: Event) -> None:
        """Chain an event on; its sequence is given here."""
        ...

    def naming(self, id: CheckInId) -> tuple[Event, ...]:
        """Return the events that are about another one (undo, confirm, release, resumed)."""
        ...

    def dispute(self, conflict: Conflict, devices: Iterable[DeviceId]) -> None:
        """Flag an event as a conflict, which these devices are to hear of."""
        ...

    def clear(self, id: CheckInId) -> None:
        """Take back an event's conflict."""
        ...

    def after(self, sequence: int, limit: int) -> tuple[Event, ...]:
        """Return events in order, those after a sequence."""
        ...

    def last(self) -> int:
        """Return the sequence of the latest event, 0 = there is none."""
        ...

    def last_stored(self) -> Instant | None:
        """Return when the latest event came; None = there is none."""
        ...

    def rekey(self, ref: bytes, old: TicketId, new: TicketId) -> None:
        """Put the events that were made with a serial under another ticket."""
        ...

    def broken(self) -> int | None:
        """Recompute the chain; return the first sequence that does not fit, None if all do."""
        ...


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One row of a device's journal, as it arrived.

    Args:
        device: Whose journal.
        sequence: Its place there, from 1.
        hash: As sent.
        previous: As sent.
        chained: It continues the device's chain.
        check_in: Its id, None if it could not be read.
        accepted: It was taken.
        why: Else, why not.
        quarantined: It came from a revoked device and counts nowhere.
        body: Kept where no event holds it.
    """

    device: DeviceId
    sequence: int
    hash: bytes
    previous: bytes
    chained: bool
    check_in: CheckInId | None
    accepted: bool
    why: str = ""
    quarantined: bool = False
    body: bytes | None = None


class DeviceRows(Protocol):
    """The devices' journals: heads of their chains, and what was rejected."""

    def head(self, device: DeviceId) -> tuple[int, bytes]:
        """Return the last chained sequence and its hash; (0, `GENESIS`) for none."""
        ...

    def find(self, device: DeviceId, sequence: int, hash: bytes) -> DeviceRow | None:
        """Return a row that has arrived before."""
        ...

    def keep(self, row: DeviceRow) -> None:
        """Store a row."""
        ...


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
        """Return a ticket's uses in order of (time, id)."""
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


@dataclass(frozen=True, slots=True)
class Shown:
    """How often a verdict was shown."""

    decision: str
    reason: str
    assurance: str
    times: int


class Answers(Protocol):
    """Answers to the API's check-ins, by their id."""

    def unheard(self, id: CheckInId) -> bool:
        """Tell whether no answer, event or claim has this id, and no event is about it."""
        ...

    def find(self, id: CheckInId) -> tuple[bytes, Verdict] | None:
        """Return the request's digest and the answer."""
        ...

    def put(self, id: CheckInId, request: bytes, verdict: Verdict) -> None:
        """Keep an answer."""
        ...


class Records(Protocol):
    """Totals over the journal."""

    def shown(self) -> tuple[Shown, ...]:
        """Count verdicts."""
        ...

    def conflicts(self) -> int:
        """Count the events that are conflicts now."""
        ...

    def conflicts_of(self, device: DeviceId) -> tuple[Conflict, ...]:
        """Return the conflicts of now that a device has to do with."""
        ...

    def ticket_events(self, ticket: TicketId, limit: int) -> tuple[Event, ...]:
        """Return a ticket's events, oldest first."""
        ...
