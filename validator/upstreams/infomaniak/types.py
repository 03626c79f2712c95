"""What the shop tells of, once it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from validator.clock import Instant


class TicketState(StrEnum):
    """What the status of a ticket means at the door."""

    VALID = "valid"
    CANCELLED = "cancelled"
    USED = "used"


@dataclass(frozen=True, slots=True)
class Event:
    """A dated performance.

    Args:
        date: Its number, unique in the shop; the scope of its tickets.
        event: Number of its event.
        name: For people.
        doors: When guests may come in.
        start: When it begins.
        end: First instant at which nobody is let in any more.
    """

    date: int
    event: int
    name: str
    doors: Instant
    start: Instant
    end: Instant


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone of an event, and what its categories are called.

    Args:
        id: Its number.
        categories: Names by number.
    """

    id: int
    categories: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class PassKind:
    """A subscription that can be bought.

    Args:
        id: Its number.
        name: For people.
        limit: Entries in total; None = no limit.
        per_day: Entries a day; None = no limit.
        per_performance: Entries per performance; None = no limit.
        dates: Performances that it opens; none = all of the shop.
    """

    id: int
    name: str
    limit: int | None
    per_day: int | None
    per_performance: int | None
    dates: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sold:
    """A ticket, a pass or an imported ticket. Customers are not read.

    Args:
        kind: `ticket`, `pass` or `imported`.
        id: Its number among those.
        code: By which it is scanned.
        number: As printed.
        status: The service's word.
        date: Number of its performance; None = only the event is named.
        event: Number of its event; None for a pass.
        category: Number of its tariff, or of the pass's kind.
        category_name: For people; may be empty.
        zone: Number of its zone.
        seat: As printed.
        distributor: Reseller; empty = the organiser.
        used_at: When it was scanned, if that is told, as it is written.
    """

    kind: str
    id: int
    code: str
    number: str
    status: str
    date: int | None
    event: int | None
    category: int
    category_name: str
    zone: int | None
    seat: str | None
    distributor: str
    used_at: str

    @property
    def key(self) -> str:
        """Its name in the shop, such as `ticket-17`."""
        return f"{self.kind}-{self.id}"
