"""Check-ins as the lanes report them: stored once, never refused for what was shown.

A passing one settles its own claim, or takes over its device's open one, or takes the next
ordinal. A refusal gives back the claim of its id. An undo that comes first is remembered.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from validator.clock import Instant
from validator.errors import FixRequest, RetryLater, ValidatorError, WireError
from validator.gateway.conflicts import refold
from validator.gateway.knowledge import keys_of, own_open, reading_of, ref_of, tickets_in
from validator.gateway.store.claims import ClaimRow, ClaimState
from validator.gateway.store.entries import Event, UseRow, row_hash
from validator.gateway.work import Work
from validator.judge import ticket_of
from validator.model import (
    CheckIn,
    CheckInId,
    Claim,
    DeviceId,
    Facts,
    Kind,
    Numbered,
    Ticket,
    TicketId,
    Token,
    Use,
    UseState,
    is_uuid7,
)
from validator.ports import Outcome
from validator.wire.codec import unpack
from validator.wire.messages import JournalRow

log = logging.getLogger(__name__)

MAX_BODY = 2_048
"""Longest check-in, in bytes."""

MAX_PEOPLE = 1_000
"""Most people that one check-in may count."""

LATEST = Instant(1 << 45)
"""Instants beyond this one (the year 3084) are nonsense."""

WITHDRAWALS = (Kind.UNDO, Kind.RELEASE)


@dataclass(frozen=True, slots=True)
class Filed:
    """Where a check-in belongs.

    Args:
        id: Ticket that it counts for; None = none is known.
        ticket: Its row, or what its token says.
        ref: Stream key of the serial or code.
        claim: Claim of the same id and device.
    """

    id: TicketId | None
    ticket: Ticket | None
    ref: bytes | None
    claim: ClaimRow | None

    @property
    def judged(self) -> bool:
        """Whether the gateway itself granted it, and did not let go since."""
        held = self.claim
        return held is not None and held.state is ClaimState.OPEN and held.granted


def settle_owed(work: Work, device: DeviceId, rows: Sequence[JournalRow]) -> None:
    """Settle the journal rows that a claim carries; a bad one waits for its upload."""
    for row in rows:
        if row_hash(row.previous, row.body) == row.hash:
            attempt(work, device, row)


def attempt(work: Work, device: DeviceId, row: JournalRow) -> Outcome:
    """Settle a journal row; whatever is wrong with it is the outcome, and stops nothing else.

    Raises:
        RetryLater: The disk does not take it.
    """
    if len(row.body) > MAX_BODY:
        return Outcome(CheckInId(""), False, f"A check-in has at most {MAX_BODY} bytes.")
    try:
        check_in = unpack(CheckIn, row.body)
    except (WireError, TypeError):
        return Outcome(CheckInId(""), False, "This row can't be read.")
    return report(work, device, check_in, row.sequence)


def report(work: Work, device: DeviceId, check_in: CheckIn, sequence: int | None = None) -> Outcome:
    """Settle one reported check-in in a savepoint; what is wrong with it is the outcome.

    Raises:
        RetryLater: The disk does not take it.
    """
    told = len(work.conflicts)
    try:
        with work.session.savepoint():
            return settle(work, device, check_in, sequence)
    except RetryLater:
        raise
    except ValidatorError as error:
        why = str(error)
    except Exception as error:
        # A fault of ours must not hold up what this device has to say next.
        log.error("A reported check-in could not be stored: %s", type(error).__name__)
        why = "The gateway could not store this check-in; tell its makers."
    del work.conflicts[told:]
    return Outcome(check_in.id, False, why)


def settle(work: Work, device: DeviceId, check_in: CheckIn, sequence: int | None = None) -> Outcome:
    """Store a check-in and let it take effect, once.

    Args:
        work: The open transaction.
        device: Who reports it.
        check_in: What was shown.
        sequence: Its row in the device's journal.

    Raises:
        FixRequest: It is not this device's, not sane, or its id stands for another one.
        TokenError: Its payload is no token's.
    """
    _check(device, check_in)
    session = work.session
    stored = session.journal.find(check_in.id)
    if stored is not None:
        if stored.check_in != check_in:
            raise FixRequest("Another check-in with this id is stored already.")
        return Outcome(check_in.id, True, conflict=stored.conflict)
    filed = _file(work, device, check_in)
    tariff = filed.ticket.tariff if filed.ticket else None
    session.journal.append(
        Event(check_in, work.now, filed.ref, filed.id, tariff, filed.judged, sequence)
    )
    work.journaled = True
    conflict = False
    if check_in.passes:
        conflict = _enter(work, check_in, filed)
    elif check_in.of is not None and check_in.kind in WITHDRAWALS:
        _withdraw(work, check_in, check_in.of)
    elif check_in.of is not None and check_in.kind is Kind.CONFIRM:
        _confirm(work, check_in, check_in.of)
    elif filed.claim is not None and filed.claim.state is ClaimState.OPEN:
        session.claims.release(check_in.id)
    return Outcome(check_in.id, True, conflict=conflict)


def _check(device: DeviceId, check_in: CheckIn) -> None:
    if check_in.device != device:
        raise FixRequest("A device reports its own check-ins only.")
    if not is_uuid7(check_in.id) or (check_in.of is not None and not is_uuid7(check_in.of)):
        raise FixRequest("A check-in id is a UUIDv7 in lower case.")
    if check_in.kind not in (Kind.SHOWN, Kind.HOLD) and check_in.of is None:
        raise FixRequest(f"An event '{check_in.kind.value}' names the check-in that it is about.")
    sane = (
        0 <= check_in.count <= MAX_PEOPLE
        and 0 <= check_in.at <= LATEST
        and 0 <= check_in.corrected <= LATEST
        and 0 <= check_in.performance < 1 << 32
        and len(check_in.gate) <= 64
        and len(check_in.ticket or "") <= 200
        and len(check_in.code or bytes(16)) == 16
    )
    if not sane:
        raise FixRequest("A value of this check-in is out of range.")


def _file(work: Work, device: DeviceId, check_in: CheckIn) -> Filed:
    session = work.session
    held = session.claims.find(check_in.id)
    if held is not None and held.claim.ticket and held.claim.device != device:
        raise FixRequest("This check-in id is claimed by another device.")
    if check_in.of is not None:
        about = session.journal.find(check_in.of)
        return Filed(about.ticket if about else check_in.ticket, None, None, held)
    reading = reading_of(check_in)
    keys = keys_of(reading)
    listed = session.listings.of_keys(keys) if keys else ()
    if not listed and check_in.ticket is not None and not isinstance(reading, Token):
        listed = session.listings.of_ticket(check_in.ticket)
    tickets = {ticket.id: ticket for ticket in tickets_in(listed)}
    ticket = next(iter(tickets.values()), None)
    if len(tickets) > 1 and check_in.ticket in tickets:
        ticket = tickets[check_in.ticket]
    if ticket is None and not isinstance(reading, Numbered):
        ticket = ticket_of(reading, Facts(work.catalogue))
    id = ticket.id if ticket else check_in.ticket
    if held is not None and held.claim.ticket:
        id = held.claim.ticket
    return Filed(id, ticket, ref_of(reading), held)


def _enter(work: Work, check_in: CheckIn, filed: Filed) -> bool:
    """Let people in; return whether that is a conflict."""
    session = work.session
    about = session.journal.naming(check_in.id)
    if any(event.check_in.kind in WITHDRAWALS for event in about):
        session.claims.release(check_in.id)
        return False
    # People went in, so they count, even on a code that nobody knows.
    id = filed.id or TicketId(f"?{(check_in.code or check_in.id.encode()).hex()}")
    _take_ordinal(work, check_in, filed, id)
    confirmed = [event.check_in for event in about if event.check_in.kind is Kind.CONFIRM]
    held = check_in.kind is Kind.HOLD and not confirmed
    use = Use(
        check_in.id,
        id,
        check_in.performance,
        check_in.direction,
        confirmed[-1].count if confirmed else check_in.count,
        check_in.corrected,
        check_in.gate,
        check_in.device,
        UseState.HELD if held else UseState.DONE,
        check_in.code,
    )
    ticket = filed.ticket
    session.uses.put(
        UseRow(
            use,
            filed.ref,
            ticket.tariff if ticket else None,
            ticket.distributor if ticket else "",
        )
    )
    if ticket is not None and ticket.source:
        session.outbox.put(ticket.source, check_in.id, ticket.number)
        for event in about:
            session.outbox.put(ticket.source, event.check_in.id, ticket.number)
    if filed.judged and len(session.uses.of_ticket(id)) == 1:
        return False
    return check_in.id in refold(work, id, use)


def _take_ordinal(work: Work, check_in: CheckIn, filed: Filed, ticket: TicketId) -> None:
    claims = work.session.claims
    held = filed.claim
    if held is not None and held.state is ClaimState.OPEN:
        kept = replace(held.claim, direction=check_in.direction, count=check_in.count)
        claims.settle(replace(held, claim=kept))
        return
    while True:
        rows = claims.of_ticket(ticket)
        top = max((row.claim.ordinal for row in rows), default=0)
        mine = Claim(
            check_in.id, ticket, top + 1, check_in.direction, check_in.count, check_in.device
        )
        row = ClaimRow(
            mine,
            ClaimState.SETTLED,
            check_in.performance,
            check_in.gate,
            work.now,
            filed.ref,
            check_in.code,
        )
        if (own := own_open(rows, check_in.device, check_in.direction)) and held is None:
            over = replace(row, claim=replace(mine, ordinal=own.claim.ordinal))
            taken = claims.pass_on(own.claim.id, over, top)
        elif held is not None:
            if own:
                claims.release(own.claim.id)
            taken = claims.settle(row)
        else:
            taken = claims.insert(row)
        if taken:
            return


def _withdraw(work: Work, check_in: CheckIn, of: CheckInId) -> None:
    session = work.session
    held = session.claims.find(of)
    if held is None:
        session.claims.spend(of, check_in.device)
    elif held.state is not ClaimState.RELEASED:
        session.claims.release(of)
    row = session.uses.find(of)
    if row is None or row.origin is not None:
        return
    session.uses.remove(of)
    session.outbox.follow(of, check_in.id)
    session.journal.clear(of)
    refold(work, row.use.ticket, row.use)


def _confirm(work: Work, check_in: CheckIn, of: CheckInId) -> None:
    session = work.session
    row = session.uses.find(of)
    if row is None or row.use.state is not UseState.HELD:
        return
    use = replace(row.use, state=UseState.DONE, count=check_in.count)
    session.uses.put(replace(row, use=use))
    session.outbox.follow(of, check_in.id)
    refold(work, use.ticket, use)
