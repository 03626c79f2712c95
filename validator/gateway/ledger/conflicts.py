"""Conflicts: shown entries that the gateway, knowing what it knew then, would have refused.

A ticket's uses are folded in order of (corrected time, id), whenever one is added or taken back.
An entry that the gateway granted itself is held against the order of uses only, not against what
it learned later.
"""

from __future__ import annotations

from dataclasses import replace

from validator.gateway.ledger.facts import facts_then
from validator.gateway.ledger.tickets import reading_of, ticket_of
from validator.gateway.ledger.unit_of_work import UnitOfWork
from validator.gateway.store.journal import Event
from validator.gateway.store.uses import MOST_USES
from validator.judge import judge
from validator.model import (
    CheckInId,
    Conflict,
    Decision,
    Gate,
    Reason,
    Ticket,
    TicketId,
    Use,
    Verdict,
)

USE_ORDER = frozenset({Reason.ALREADY_USED, Reason.PASSBACK, Reason.LIMIT_REACHED})
"""Refusals that follow from earlier uses."""


MOST_ANEW = 25
"""Of the uses from one on, so many of the next and of the last are judged anew: a group that comes
one by one has its limit among the last."""

MOST_TOLD = 10
"""Of a ticket's entries, so many of the first, and up to the wrong one, are told."""


def refold(work: UnitOfWork, ticket: TicketId, since: Use) -> frozenset[CheckInId]:
    """Judge a ticket's uses anew, from one on; flag what is a conflict now, and tell it.

    Args:
        work: The open transaction.
        ticket: Entitlement.
        since: The use that was added, changed or removed; those before it stay as they are.

    Returns:
        Those from there on that are conflicts now.
    """
    journal = work.session.journal
    uses = work.session.uses.of_ticket(ticket)
    conflicts: set[CheckInId] = set()
    if len(uses) == MOST_USES and (since.at, since.id) > (uses[-1].at, uses[-1].id):
        return _beyond(work, ticket, since, uses)
    later = [
        (place, use) for place, use in enumerate(uses) if (use.at, use.id) >= (since.at, since.id)
    ]
    if len(later) > 2 * MOST_ANEW:
        later = [*later[:MOST_ANEW], *later[-MOST_ANEW:]]
    for place, use in later:
        event = journal.find(use.id)
        if event is None:
            continue
        verdict = _again(work, event, ticket, use, uses[:place])
        wrong = verdict.decision is Decision.REFUSE and not event.check_in.override_by
        if event.judged and verdict.reason not in USE_ORDER:
            wrong = False
        if wrong:
            conflicts.add(use.id)
        if wrong == event.conflict:
            continue
        if wrong:
            _tell(work, use, verdict.reason, verdict.ticket, ticket, uses)
        else:
            journal.clear(use.id)
    return frozenset(conflicts)


def _again(
    work: UnitOfWork, event: Event, ticket: TicketId, use: Use, before: tuple[Use, ...]
) -> Verdict:
    shown = event.check_in
    gate = work.catalogue.gates.get(shown.gate, Gate(shown.gate, shown.gate, ()))
    # The catalogue of a later evening must not make this one's entries wrong.
    here = (shown.performance,) if shown.performance else gate.performances
    gate = replace(gate, direction=shown.direction, performances=here)
    facts = facts_then(work, shown, gate, ticket, before)
    if event.judged:
        facts = replace(facts, revocations=())
    return judge(facts, reading_of(shown), gate, use.at, use.count)


def _beyond(
    work: UnitOfWork, ticket: TicketId, use: Use, uses: tuple[Use, ...]
) -> frozenset[CheckInId]:
    """Flag a use of a ticket that has had more than any ticket can have."""
    event = work.session.journal.find(use.id)
    if event is None or event.check_in.override_by or work.session.uses.find(use.id) is None:
        return frozenset()
    if not event.conflict:
        _tell(work, use, Reason.LIMIT_REACHED, None, ticket, (*uses, use))
    return frozenset((use.id,))


def _tell(
    work: UnitOfWork,
    wrong: Use,
    reason: Reason,
    row: Ticket | None,
    ticket: TicketId,
    uses: tuple[Use, ...],
) -> None:
    if row is None or row.number is None:
        row = ticket_of(work.session, ticket) or row
    entries = [use for use in uses if use.direction is wrong.direction]
    if len(entries) > 2 * MOST_TOLD:
        here = entries.index(wrong) + 1
        entries = [*entries[:MOST_TOLD], *entries[max(here - MOST_TOLD, MOST_TOLD) : here]]
    conflict = Conflict(
        wrong.id,
        reason,
        row.number if row else None,
        row.seat if row else None,
        tuple((use.id, use.device, use.gate, use.at) for use in entries),
    )
    devices = tuple(dict.fromkeys(use.device for use in entries))
    work.session.journal.dispute(conflict, devices)
    work.conflicts.append((conflict, devices))
