"""Port of the store: the journal of the doors, and the rows of the devices' own journals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from validator.clock import Instant
from validator.model import CheckIn, CheckInId, Conflict, DeviceId, TicketId


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
