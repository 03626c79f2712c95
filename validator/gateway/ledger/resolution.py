"""Where a reported check-in belongs: its ticket, its code, its claim."""

from __future__ import annotations

from dataclasses import dataclass

from validator.bounds import MOST_PEOPLE
from validator.clock import Instant
from validator.errors import FixRequest
from validator.gateway.ledger.tickets import keys_of, reading_of, ref_of, rows_of, tickets_in
from validator.gateway.ledger.unit_of_work import UnitOfWork
from validator.gateway.store.claims import ClaimRow, ClaimState
from validator.judge import ticket_of
from validator.model import (
    CheckIn,
    DeviceId,
    Facts,
    Kind,
    Numbered,
    Ticket,
    TicketId,
    Token,
    is_uuid7,
)
from validator.rules import performance_now

LATEST = Instant(1 << 45)
"""Instants beyond this one (the year 3084) are nonsense."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """Where a check-in belongs.

    Args:
        id: Ticket that it counts for; None = none is known.
        ticket: Its row, or what its token says.
        ref: Stream key of the serial or code.
        claim: Claim of the same id and device.
        judged: The gateway itself granted it, and did not let go since.
        settled: Its ordinal was taken for good in this very transaction, and its id is new.
        first: Nobody has used its ticket before, as far as was looked.
    """

    id: TicketId | None
    ticket: Ticket | None
    ref: bytes | None
    claim: ClaimRow | None
    judged: bool = False
    settled: bool = False
    first: bool = False


def check(device: DeviceId, check_in: CheckIn) -> None:
    """Look whether a check-in may be stored at all.

    Raises:
        FixRequest: It is not this device's, or not sane.
    """
    if check_in.device != device:
        raise FixRequest("A device reports its own check-ins only.")
    if not is_uuid7(check_in.id) or (check_in.of is not None and not is_uuid7(check_in.of)):
        raise FixRequest("A check-in id is a UUIDv7 in lower case.")
    if check_in.kind not in (Kind.SHOWN, Kind.HOLD) and check_in.of is None:
        raise FixRequest(f"An event '{check_in.kind.value}' names the check-in that it is about.")
    if check_in.override_by and (check_in.of is None or not check_in.passes):
        raise FixRequest("An override lets in, and names the refusal that it is against.")
    sane = (
        int(check_in.passes) <= check_in.count <= MOST_PEOPLE
        and 0 <= check_in.at <= LATEST
        and 0 <= check_in.corrected <= LATEST
        and 0 <= check_in.performance < 1 << 32
        and len(check_in.gate) <= 64
        and len(check_in.ticket or "") <= 200
        and len(check_in.code or bytes(16)) == 16
    )
    if not sane:
        raise FixRequest("A value of this check-in is out of range.")


def resolve(work: UnitOfWork, check_in: CheckIn) -> Resolved:
    """Find what a check-in is about.

    Raises:
        TokenError: Its payload is no token's.
    """
    session = work.session
    claimed = session.claims.find(check_in.id)
    if check_in.of is not None and not check_in.passes:
        about = session.journal.find(check_in.of)
        return Resolved(about.ticket if about else check_in.ticket, None, None, claimed)
    reading = reading_of(check_in)
    keys = keys_of(reading)
    listed = session.listings.of_keys(keys) if keys else ()
    if not listed and check_in.ticket is not None and not isinstance(reading, Token):
        listed = rows_of(session, check_in.ticket)
    tickets = {ticket.id: ticket for ticket in tickets_in(listed)}
    ticket = next(iter(tickets.values()), None)
    if len(tickets) > 1 and check_in.ticket in tickets:
        ticket = tickets[check_in.ticket]
    if ticket is not None and ticket.addons and check_in.ticket not in (None, ticket.id):
        ticket = _addon(work, ticket, check_in.ticket)
    if ticket is None and not isinstance(reading, Numbered):
        ticket = ticket_of(reading, Facts(work.catalogue))
    id = ticket.id if ticket else check_in.ticket
    if claimed is not None and claimed.claim.ticket:
        id = claimed.claim.ticket
    judged = claimed is not None and claimed.state is ClaimState.OPEN and claimed.granted
    return Resolved(id, ticket, ref_of(reading), claimed, judged)


def _addon(work: UnitOfWork, ticket: Ticket, judged: TicketId | None) -> Ticket:
    """Return the add-on that stood for a ticket, if it was one of its own."""
    listed = rows_of(work.session, judged) if judged else ()
    return next((row.ticket for row in listed if row.key in ticket.addons), ticket)


def performance_of(work: UnitOfWork, check_in: CheckIn) -> int:
    """Return what an entry counts under, 0 = nothing is known of its gate.

    A supervisor may let in a code that the lane knew nothing of: then it is the gate's, if it has
    one, or the one that was on.
    """
    return performance_at(work, check_in.performance, check_in.gate, check_in.corrected)


def performance_at(work: UnitOfWork, scope: int, gate_id: str, at: Instant) -> int:
    """Return a scope, or instead of 0 the one that a gate had at a time; 0 = it is not known."""
    gate = work.catalogue.gates.get(gate_id)
    if scope or gate is None:
        return scope
    on = performance_now(gate, work.catalogue, at)
    return on.scope if on else 0
