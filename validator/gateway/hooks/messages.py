"""What is new for receivers of webhooks: entries, exits, refusals, cancellations, as messages.

They are read from the journal and from the cancellations as they stand on disk, behind a cursor
of two sequences. Nothing is queued, so nothing can be lost or grow.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
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
class Cursor:
    """Up to where a receiver was told.

    Args:
        journal: Sequence of the last event.
        cancellations: Sequence of the last cancellation.
    """

    journal: int
    cancellations: int

    @classmethod
    def of(cls, text: str) -> Cursor | None:
        """Read it; None = there is none yet."""
        journal, dash, cancellations = text.partition("-")
        return cls(int(journal), int(cancellations)) if dash else None

    @classmethod
    def now(cls, session: Session) -> Cursor:
        """Return where a new receiver begins: with what comes from now on."""
        return cls(session.journal.last(), session.revocations.last())

    def __str__(self) -> str:
        """Return it as the store keeps it."""
        return f"{self.journal}-{self.cancellations}"


@dataclass(frozen=True, slots=True)
class Message:
    """One message.

    Args:
        id: The same whenever it is sent again.
        type: One of `TYPES`.
        body: JSON.
    """

    id: str
    type: str
    body: bytes


def news(
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
        yield _message(check_in.id, kind, venue, check_in.corrected, data)


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
    return _message(f"cancellation-{sequence}", "cancelled", venue, revocation.since, data)


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


def _message(id: str, kind: str, venue: str, at: Instant, data: dict[str, Any]) -> Message:
    whole = {"type": kind, "timestamp": iso(at), "data": {"venue": venue, **data}}
    return Message(id, kind, json.dumps(whole, ensure_ascii=False).encode())
