"""Port of the store: sums over the journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from validator.gateway.store.journal import Event
from validator.model import Conflict, DeviceId, TicketId


@dataclass(frozen=True, slots=True)
class VerdictTotal:
    """How often a verdict was shown."""

    decision: str
    reason: str
    assurance: str
    times: int


class Totals(Protocol):
    """Totals over the journal."""

    def shown(self) -> tuple[VerdictTotal, ...]:
        """Count verdicts."""
        ...

    def attempts(self) -> Mapping[DeviceId, int]:
        """Count by device how often it spoke of, or used, the id of another's check-in.

        Of two devices that used one id, both count: who was first proves nothing.
        """
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
