"""What is new for receivers of webhooks: entries, exits, refusals, cancellations, as messages.

They are read from the journal and from the cancellations as they stand on disk, behind a cursor
of two sequences, and where single ones were left behind. Nothing is queued, so nothing can be
lost or grow.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from validator.clock import Instant, iso
from validator.gateway.ledger.tickets import ticket_of
from validator.gateway.store.journal import Event
from validator.gateway.store.port import Session
from validator.model import Decision, Direction, Kind, Ref, Revocation, Serial, TicketId

PAGE = 50
"""Rows of each kind that are read at once."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message was read.

    Args:
        sequence: Of its event or cancellation.
        cancelled: It is a cancellation.
    """

    sequence: int
    cancelled: bool

    def __str__(self) -> str:
        """Return it as the store keeps it."""
        return f"{'c' if self.cancelled else 'j'}{self.sequence}"


@dataclass(frozen=True, slots=True)
class Cursor:
    """Up to where a receiver was told.

    Args:
        journal: Sequence of the last event.
        cancellations: Sequence of the last cancellation.
        aside: Places before these whose messages it has not taken yet.
    """

    journal: int
    cancellations: int
    aside: tuple[Place, ...] = ()

    @classmethod
    def of(cls, text: str) -> Cursor | None:
        """Read it; None = there is none yet."""
        ends, *aside = text.split(" ")
        journal, dash, cancellations = ends.partition("-")
        if not dash:
            return None
        places = tuple(Place(int(place[1:]), place[0] == "c") for place in aside)
        return cls(int(journal), int(cancellations), places)

    @classmethod
    def now(cls, session: Session) -> Cursor:
        """Return where a new receiver begins: with what comes from now on."""
        return cls(session.journal.last(), session.revocations.last())

    def __str__(self) -> str:
        """Return it as the store keeps it."""
        return " ".join([f"{self.journal}-{self.cancellations}", *map(str, self.aside)])


@dataclass(frozen=True, slots=True)
class Message:
    """One message.

    Args:
        place: Where it was read.
        id: The same whenever it is sent again.
        type: One of `TYPES`.
        body: JSON.
    """

    place: Place
    id: str
    type: str
    body: bytes


def new_messages(
    session: Session, cursor: Cursor, venue: str, numbers: bool
) -> tuple[Cursor, list[Message]]:
    """Read what is new.

    Args:
        session: One state of the store.
        cursor: Where to begin.
        venue: Its name.
        numbers: Whether ticket numbers are told.

    Returns:
        Where to go on, and at most `PAGE` messages of each kind.
    """
    events = session.journal.after(cursor.journal, PAGE)
    revoked = session.revocations.after(cursor.cancellations, PAGE)
    found = [*_entries(session, events, venue, numbers)]
    told: set[tuple[str | None, str]] = set()
    for sequence, revocation in revoked:
        message = _cancelled(session, sequence, revocation, venue, numbers)
        ticket = _ticket(session, revocation.target)
        # A cancelled ticket has a row for each of its codes.
        if ticket is None or (ticket, revocation.kind.value) not in told:
            found.append(message)
        told.add((ticket, revocation.kind.value))
    journal = events[-1].sequence if events else cursor.journal
    return Cursor(journal, revoked[-1][0] if revoked else cursor.cancellations), found


def messages_at(
    session: Session, places: Iterable[Place], venue: str, numbers: bool
) -> list[Message]:
    """Read single messages again; of what has been replaced since, none is left.

    Args:
        session: One state of the store.
        places: Where they are.
        venue: Its name.
        numbers: Whether ticket numbers are told.
    """
    found: list[Message] = []
    for place in places:
        before = place.sequence - 1
        if place.cancelled:
            revoked = session.revocations.after(before, 1)
            messages = [_cancelled(session, *row, venue, numbers) for row in revoked]
        else:
            messages = [*_entries(session, session.journal.after(before, 1), venue, numbers)]
        found += [message for message in messages if message.place == place]
    return found


def _entries(
    session: Session, events: tuple[Event, ...], venue: str, numbers: bool
) -> Iterator[Message]:
    for event in events:
        kind = _type(event)
        if kind is None:
            continue
        check_in = event.check_in
        data: dict[str, Any] = {
            "check_in": check_in.id,
            "of": check_in.of,
            "gate": check_in.gate,
            "performance": check_in.performance,
            "direction": check_in.direction.value,
            "decision": check_in.decision.value,
            "reason": check_in.reason.value,
            "assurance": check_in.assurance.value,
            "count": check_in.count,
            "conflict": event.conflict,
            "override": check_in.override_by is not None,
            "ticket": event.ticket,
        }
        if numbers:
            data["number"] = _number(session, event.ticket)
        yield _message(
            Place(event.sequence, False), check_in.id, kind, venue, check_in.corrected, data
        )


def _type(event: Event) -> str | None:
    check_in = event.check_in
    if check_in.kind is Kind.UNDO:
        return "undone"
    if check_in.kind is Kind.SHOWN and check_in.decision is Decision.REFUSE:
        return "refusal"
    if check_in.kind is Kind.CONFIRM or (check_in.kind is Kind.SHOWN and check_in.passes):
        return "exit" if check_in.direction is Direction.EXIT else "entry"
    return None


def _cancelled(
    session: Session, sequence: int, revocation: Revocation, venue: str, numbers: bool
) -> Message:
    ticket = _ticket(session, revocation.target)
    data: dict[str, Any] = {
        "ticket": ticket,
        "kind": revocation.kind.value,
        "since": iso(revocation.since),
    }
    if numbers:
        data |= {"number": _number(session, ticket), "replacement": revocation.replacement}
    place = Place(sequence, True)
    return _message(place, f"cancellation-{sequence}", "cancelled", venue, revocation.since, data)


def _ticket(session: Session, target: Ref) -> TicketId | None:
    if isinstance(target, str):
        return target
    listed = ticket_of(session, target)
    if listed is not None:
        return listed.id
    return target.ticket() if isinstance(target, Serial) else None


def _number(session: Session, ticket: TicketId | None) -> str | None:
    listed = ticket_of(session, ticket) if ticket else None
    return listed.number if listed else None


def _message(
    place: Place, id: str, kind: str, venue: str, at: Instant, data: dict[str, Any]
) -> Message:
    whole = {"type": kind, "timestamp": iso(at), "data": {"venue": venue, **data}}
    return Message(place, id, kind, json.dumps(whole, ensure_ascii=False).encode())
