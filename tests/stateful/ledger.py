"""What must be true of an evening, worked out from what the lanes wrote, with plain dicts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stateful.house import ADMITS, TICKET_OF
from validator.model import Assurance, CheckIn, CheckInId, Decision, DeviceId, Direction, Kind

WITHDRAWN = (Kind.UNDO, Kind.RELEASE)


@dataclass(frozen=True, slots=True)
class Use:
    """People who went through."""

    event: CheckIn
    count: int
    held: bool


def ticket_of(event: CheckIn) -> str:
    """Return the ticket that an event is about."""
    assert event.code is not None
    return TICKET_OF[event.code]


def uses(events: Iterable[CheckIn]) -> dict[CheckInId, Use]:
    """Fold events of any order."""
    known = list(events)
    gone = {(event.device, event.of) for event in known if event.kind in WITHDRAWN}
    told: dict[tuple[DeviceId, CheckInId | None], int] = {}
    for event in known:
        if event.kind is Kind.CONFIRM:
            # The first one counts: then nobody is held any more.
            told.setdefault((event.device, event.of), event.count)
    return {
        event.id: Use(
            event,
            told.get((event.device, event.id), event.count)
            if event.kind is Kind.HOLD
            else event.count,
            event.kind is Kind.HOLD and (event.device, event.id) not in told,
        )
        for event in known
        if event.passes and (event.device, event.id) not in gone
    }


def by_ticket(found: Mapping[CheckInId, Use]) -> dict[str, list[Use]]:
    """Sort uses by ticket, in order of (time, id)."""
    tickets: defaultdict[str, list[Use]] = defaultdict(list)
    for use in sorted(found.values(), key=lambda use: (use.event.corrected, use.event.id)):
        tickets[ticket_of(use.event)].append(use)
    return tickets


def conflicts(found: Mapping[CheckInId, Use], cancelled: Mapping[str, int]) -> set[CheckInId]:
    """Return the entries that a gateway that knew all of this would have refused."""
    wrong: set[CheckInId] = set()
    for ticket, row in by_ticket(found).items():
        entered = inside = 0
        for use in row:
            event = use.event
            if event.direction is Direction.EXIT:
                inside = max(inside - use.count, 0)
                continue
            left = ADMITS[ticket] - entered
            if event.gate == "garden":
                # A pass is for one guest at a time, though three times.
                people = 1 if ticket == "9.3" else ADMITS[ticket]
                left = people - inside if ticket != "9.3" else min(left, people - inside)
            late = cancelled.get(ticket, event.corrected + 1) <= event.corrected
            if not event.override_by and (use.count > left or late):
                wrong.add(event.id)
            entered += use.count
            inside += use.count
    return wrong


def most_inside(ticket: str, row: Iterable[Use]) -> int:
    """Return the most people that the confirmed entries had inside at once."""
    inside = most = 0
    for use in row:
        if use.event.direction is Direction.EXIT:
            inside = max(inside - use.count, 0)
        elif use.event.assurance is Assurance.CONFIRMED:
            inside += use.count
        most = max(most, inside)
    return most


def owed(events: Iterable[CheckIn]) -> list[CheckInId]:
    """Return what the box office is to be told, of events in order."""
    return [
        event.id
        for event in events
        if event.passes
        or (event.kind is Kind.SHOWN and event.decision is Decision.REFUSE)
        or event.kind in (*WITHDRAWN, Kind.CONFIRM)
    ]
