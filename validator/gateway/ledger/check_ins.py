"""Check-ins as the lanes report them: stored once, never refused for what was shown.

A passing one settles its own claim, or takes over its device's open one, or takes the next
ordinal. A refusal gives back the claim of its id and goes on to the ticket's system, where it
counts nobody. An undo that comes first is remembered.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from validator.errors import FixRequest, RetryLater, ValidatorError, WireError, place_of
from validator.gateway.ledger.committer import Committer
from validator.gateway.ledger.conflicts import refold
from validator.gateway.ledger.facts import own_open_claim
from validator.gateway.ledger.namesakes import known_as, own_name
from validator.gateway.ledger.resolution import Resolved, check, performance_of, resolve
from validator.gateway.ledger.unit_of_work import UnitOfWork
from validator.gateway.store.claims import ClaimRow, ClaimState
from validator.gateway.store.journal import Event
from validator.gateway.store.port import Session
from validator.gateway.store.uses import UseRow
from validator.model import (
    CheckIn,
    CheckInId,
    Claim,
    Decision,
    DeviceId,
    Kind,
    TicketId,
    Use,
    UseState,
)
from validator.ports import Outcome
from validator.wire.codec import unpack
from validator.wire.journal import row_hash
from validator.wire.messages import JournalRow

log = logging.getLogger(__name__)

MAX_BODY = 2_048
"""Longest check-in, in bytes."""

WITHDRAWALS = (Kind.UNDO, Kind.RELEASE)


def settle_owed(work: UnitOfWork, device: DeviceId, rows: Sequence[JournalRow]) -> int:
    """Settle the journal rows that a claim carries; a bad one waits for its upload.

    Returns:
        How many were looked at before the turn was over, one at least.
    """
    for done, row in enumerate(rows):
        if done and work.late:
            return done
        if row_hash(row.previous, row.body) == row.hash:
            settle_row(work, device, row)
    return len(rows)


def settle_row(work: UnitOfWork, device: DeviceId, row: JournalRow) -> Outcome:
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
    return settle_reported(work, device, check_in, row.sequence)


def settle_reported(
    work: UnitOfWork, device: DeviceId, check_in: CheckIn, sequence: int | None = None
) -> Outcome:
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
        log.error(
            "A reported check-in could not be stored: %s, %s", type(error).__name__, place_of(error)
        )
        why = "The gateway could not store this check-in; tell its makers."
    del work.conflicts[told:]
    return Outcome(check_in.id, False, why)


async def take_reports(
    committer: Committer, device: DeviceId, check_ins: Sequence[CheckIn]
) -> tuple[Outcome, ...]:
    """Take check-ins that were shown, without a journal: one outcome each, in order.

    Raises:
        RetryLater: The disk does not take it.
    """

    def job(work: UnitOfWork, left: Sequence[CheckIn]) -> list[Outcome]:
        done: list[Outcome] = []
        for check_in in left:
            if done and work.late:
                break
            done.append(settle_reported(work, device, check_in))
        return done

    outcomes: list[Outcome] = []
    while len(outcomes) < len(check_ins):
        left = check_ins[len(outcomes) :]
        outcomes += await committer.write(partial(job, left=left), device)
    return tuple(outcomes)


def settle(
    work: UnitOfWork, device: DeviceId, check_in: CheckIn, sequence: int | None = None
) -> Outcome:
    """Store a check-in and let it take effect, once.

    Args:
        work: The open transaction.
        device: Who reports it.
        check_in: What was shown.
        sequence: Its row in the device's journal.

    Raises:
        FixRequest: It is not this device's, not sane, or its id stands for another one of it.
        TokenError: Its payload is no token's.
    """
    check(device, check_in)
    session = work.session
    of = check_in.of and known_as(session, device, check_in.of)
    ours = replace(check_in, id=own_name(session, device, check_in.id), of=of)
    stored = session.journal.find(ours.id)
    if stored is not None:
        # It may have come before what it is about had got another name.
        if stored.check_in not in (ours, replace(ours, of=check_in.of)):
            raise FixRequest("Another check-in with this id is stored already.")
        return Outcome(check_in.id, True, conflict=stored.conflict)
    _note_attempt(work, ours)
    conflict = store_check_in(work, ours, resolve(work, ours), sequence)
    return Outcome(check_in.id, True, conflict=conflict)


def _note_attempt(work: UnitOfWork, check_in: CheckIn) -> None:
    """Say so when a device speaks of a check-in that is another's; it has no effect."""
    if check_in.of is None or check_in.passes:
        return
    claim, about = work.session.claims.find(check_in.of), work.session.journal.find(check_in.of)
    owner = about.check_in.device if about else claim.claim.device if claim else check_in.device
    if owner != check_in.device:
        log.warning("Device %s spoke of a check-in of another's: no effect.", check_in.device)


def store_check_in(
    work: UnitOfWork, check_in: CheckIn, resolved: Resolved, sequence: int | None = None
) -> bool:
    """Store a check-in that is new and let it take effect; return whether that is a conflict.

    Args:
        work: The open transaction.
        check_in: What was shown.
        resolved: Where it belongs.
        sequence: Its row in the device's journal.
    """
    session = work.session
    tariff = resolved.ticket.tariff if resolved.ticket else None
    session.journal.append(
        Event(check_in, work.now, resolved.ref, resolved.id, tariff, resolved.judged, sequence)
    )
    work.journaled = True
    conflict = False
    if check_in.passes:
        conflict = _let_in(work, check_in, resolved)
    elif check_in.of is not None and check_in.kind in WITHDRAWALS:
        _withdraw(work, check_in, check_in.of)
    elif check_in.of is not None and check_in.kind is Kind.CONFIRM:
        _confirm(work, check_in, check_in.of)
    else:
        if resolved.claim is not None and resolved.claim.state is ClaimState.OPEN:
            session.claims.release(check_in.id)
        if check_in.kind is Kind.SHOWN and check_in.decision is Decision.REFUSE:
            _owe(work, resolved, check_in)
    return conflict


def _let_in(work: UnitOfWork, check_in: CheckIn, resolved: Resolved) -> bool:
    """Let people in; return whether that is a conflict."""
    session = work.session
    about = () if resolved.settled else _own_words(session, check_in)
    if any(event.check_in.kind in WITHDRAWALS for event in about):
        session.claims.release(check_in.id)
        return False
    # People went in, so they count, even on a code that nobody knows.
    id = resolved.id or TicketId(f"?{(check_in.code or check_in.id.encode()).hex()}")
    if not resolved.settled:
        _take_ordinal(work, check_in, resolved, id)
    holds = check_in.kind is Kind.HOLD
    confirmed = [each.check_in for each in about if holds and each.check_in.kind is Kind.CONFIRM]
    waits = holds and not confirmed
    use = Use(
        check_in.id,
        id,
        performance_of(work, check_in),
        check_in.direction,
        confirmed[0].count if confirmed else check_in.count,
        check_in.corrected,
        check_in.gate,
        check_in.device,
        UseState.HELD if waits else UseState.DONE,
        check_in.code,
    )
    ticket = resolved.ticket
    session.uses.put(
        UseRow(
            use,
            resolved.ref,
            ticket.tariff if ticket else None,
            ticket.distributor if ticket else "",
        )
    )
    told = [event.check_in for event in about if event.check_in.of == check_in.id]
    _owe(work, resolved, check_in, *told)
    if resolved.judged and (resolved.first or len(session.uses.of_ticket(id)) == 1):
        return False
    return check_in.id in refold(work, id, use)


def _own_words(session: Session, check_in: CheckIn) -> tuple[Event, ...]:
    """Return what was said of a check-in before it came, by its own device.

    Whatever another device said of it has no effect, whichever comes first.
    """
    events = session.journal.naming(check_in.id)
    # Said before another device had used this id, and this one's got a name of its own.
    if (said := session.namesakes.said(check_in.id)) is not None:
        events = (*session.journal.naming(said), *events)
    return tuple(event for event in events if event.check_in.device == check_in.device)


def _take_ordinal(
    work: UnitOfWork, check_in: CheckIn, resolved: Resolved, ticket: TicketId
) -> None:
    claims = work.session.claims
    claimed = resolved.claim
    if claimed is not None and claimed.state is ClaimState.OPEN:
        kept = replace(claimed.claim, direction=check_in.direction, count=check_in.count)
        claims.settle(replace(claimed, claim=kept))
        return
    while True:
        rows, top = claims.open_of(ticket), claims.top(ticket)
        mine = Claim(
            check_in.id, ticket, top + 1, check_in.direction, check_in.count, check_in.device
        )
        row = ClaimRow(
            mine,
            ClaimState.SETTLED,
            performance_of(work, check_in),
            check_in.gate,
            work.now,
            resolved.ref,
            check_in.code,
        )
        if (own := own_open_claim(rows, check_in.device, check_in.direction)) and claimed is None:
            over = replace(row, claim=replace(mine, ordinal=own.claim.ordinal))
            taken = claims.pass_on(own.claim.id, over, top)
        elif claimed is not None:
            if own:
                claims.release(own.claim.id)
            taken = claims.settle(row)
        else:
            taken = claims.insert(row)
        if taken:
            return


def _owe(work: UnitOfWork, resolved: Resolved, *check_ins: CheckIn) -> None:
    """Owe check-ins to the ticketing system that answers for their ticket, if one does."""
    ticket = resolved.ticket
    if ticket is not None and ticket.source:
        for check_in in check_ins:
            work.session.outbox.put(ticket.source, check_in.id, ticket.number)
        work.owes = True


def _withdraw(work: UnitOfWork, check_in: CheckIn, of: CheckInId) -> None:
    session = work.session
    claimed = session.claims.find(of)
    row = session.uses.find(of)
    owners = {claimed.claim.device} if claimed else {row.use.device} if row else {check_in.device}
    if check_in.device not in owners:
        return
    if claimed is None:
        session.claims.spend(of, check_in.device)
    elif claimed.state is not ClaimState.RELEASED:
        session.claims.release(of)
    if row is None or row.origin is not None:
        return
    session.uses.remove(of)
    session.outbox.follow(of, check_in.id)
    work.owes = True
    session.journal.clear(of)
    refold(work, row.use.ticket, row.use)


def _confirm(work: UnitOfWork, check_in: CheckIn, of: CheckInId) -> None:
    session = work.session
    row = session.uses.find(of)
    if row is None or row.use.state is not UseState.HELD or row.use.device != check_in.device:
        return
    use = replace(row.use, state=UseState.DONE, count=check_in.count)
    session.uses.put(replace(row, use=use))
    session.outbox.follow(of, check_in.id)
    work.owes = True
    refold(work, use.ticket, use)
