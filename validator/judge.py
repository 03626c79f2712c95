"""May this ticket enter? The one judge, asked by lanes and by the gateway.

1. Authentic: signature, key, key's scope; a code that two tickets claim is ambiguous.
2. Cancelled, exchanged, suspended.   3. Blocked, unapproved.   4. Event and performance.
5. Window and doors.   6. Zone and tariff of the gate.   7. Unpaid.
8. Custom rules, answers.   9. Repeat, then earlier use.   10. Attention.
11. Staleness, last: it only weakens what would pass.

Exits: any genuine ticket may leave.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from validator.bounds import MOST_PEOPLE
from validator.clock import Instant
from validator.custom_rules import custom
from validator.errors import TokenError
from validator.model import (
    Decision,
    Direction,
    Facts,
    Gate,
    KeyState,
    Next,
    Numbered,
    Opaque,
    Reading,
    Reason,
    Ticket,
    Token,
    Verdict,
)
from validator.rules import (
    Case,
    Finding,
    attention,
    blocked,
    incomplete,
    other_performance,
    overdue,
    performance_for,
    place,
    remaining,
    repeated,
    revoked,
    stale,
    unpaid,
    used,
    window,
)

ENTRY_RULES: tuple[Callable[[Case], Finding | None], ...] = (
    revoked,
    blocked,
    other_performance,
    window,
    place,
    unpaid,
    custom,
    incomplete,
    repeated,
    used,
)
EXIT_RULES: tuple[Callable[[Case], Finding | None], ...] = (repeated,)

UNREADABLE_NEXT = {
    Reason.MALFORMED: Next.SCAN_AGAIN,
    Reason.BAD_SIGNATURE: Next.CALL_SUPERVISOR,
}


def judge(
    facts: Facts, reading: Reading, gate: Gate, now: Instant, count: int | None = None
) -> Verdict:
    """Judge one reading. Total: every input gives a verdict.

    Args:
        facts: What the store knows of the code and its ticket.
        reading: What the scanned text turned out to be.
        gate: Where, with the direction that is scanned.
        now: Corrected time.
        count: People in front of the gate; None = all that the ticket still admits (exit: all
            inside).

    Returns:
        A provisional verdict; whoever reserves the entry confirms it.
    """
    if isinstance(reading, TokenError):
        reason = Reason(reading.reason)
        return _refuse(reason, UNREADABLE_NEXT.get(reason, Next.HELP_DESK))
    code = None if isinstance(reading, Numbered) else reading.code
    doubt = _inauthentic(facts, reading, gate)
    if doubt is not None:
        return replace(doubt, code=code)
    ticket = ticket_of(reading, facts)
    if ticket is None:
        return replace(_unlisted(facts, reading, gate), code=code)
    performance = performance_for(ticket.scope, gate, facts.catalogue, now)
    people = None if count is None else min(max(count, 1), MOST_PEOPLE)
    case = Case(facts, ticket, gate, performance, now, code, people)
    verdict = _entry(case) if gate.direction is Direction.ENTRY else _exit(case)
    return replace(
        verdict,
        code=code,
        ticket=ticket,
        performance=performance.scope if performance else 0,
        age_s=facts.age_s(ticket.source),
    )


def ticket_of(reading: Token | Opaque | Numbered, facts: Facts) -> Ticket | None:
    """Return the ticket that a reading stands for.

    A listed row overrides what a token says of itself; a genuine token that nobody listed stands
    for itself.
    """
    if facts.tickets:
        return facts.tickets[0]
    if not isinstance(reading, Token):
        return None
    key = facts.catalogue.keys.get(reading.kid)
    return Ticket(
        id=reading.serial.ticket(),
        scope=reading.serial.scope,
        tariff=reading.tariff,
        source=key.source if key else "",
        zones=reading.zones,
        valid_from=reading.valid_from,
        valid_until=reading.valid_until,
        admits=reading.admits,
        attention=reading.attention,
    )


def _inauthentic(facts: Facts, reading: Token | Opaque | Numbered, gate: Gate) -> Verdict | None:
    if len(facts.tickets) > 1:
        return _refuse(Reason.AMBIGUOUS, Next.HELP_DESK)
    if not isinstance(reading, Token):
        return None
    key = facts.catalogue.keys.get(reading.kid)
    if key is None or reading.serial.scope not in key.scopes:
        return _refuse(Reason.UNKNOWN_KEY, Next.HELP_DESK)
    if key.state is KeyState.COMPROMISED and not facts.tickets:
        return _refuse(Reason.UNKNOWN_KEY, Next.HELP_DESK)
    return None


def _unlisted(facts: Facts, reading: Token | Opaque | Numbered, gate: Gate) -> Verdict:
    for row in facts.revocations:
        # Its ticket may have been replaced before anybody here heard of it.
        return replace(_refuse(Reason(row.kind.value), Next.HELP_DESK), since=row.since)
    if isinstance(reading, Opaque):
        sellers = [
            source.id
            for source in facts.catalogue.sources.values()
            if any(shape.fits(reading.text, reading.symbology) for shape in source.shapes)
        ]
        for source in sellers:
            if overdue(facts, source, gate):
                verdict = _refuse(Reason.STALE_DATA, Next.HELP_DESK)
                return replace(verdict, age_s=facts.age_s(source))
    return _refuse(Reason.UNKNOWN, Next.HELP_DESK)


def _entry(case: Case) -> Verdict:
    look: Finding | None = None
    for rule in ENTRY_RULES:
        finding = rule(case)
        if finding is not None and finding.decision is not Decision.CHECK:
            return _verdict(finding)
        look = look or finding
    look = look or attention(case)
    if look is not None:
        return _weakened(case, _verdict(look, _people(case)))
    return _weakened(case, Verdict(Decision.ADMIT, Reason.OK, Next.LET_IN, count=_people(case)))


def _exit(case: Case) -> Verdict:
    for rule in EXIT_RULES:
        finding = rule(case)
        if finding is not None:
            return _verdict(finding)
    people = min(max(case.inside, 1), MOST_PEOPLE) if case.count is None else case.count
    return Verdict(Decision.ADMIT, Reason.OK, Next.LET_OUT, count=people)


def _weakened(case: Case, verdict: Verdict) -> Verdict:
    finding = stale(case)
    if finding is None:
        return verdict
    if finding.decision is Decision.REFUSE:
        return _verdict(finding)
    if verdict.decision is Decision.CHECK:
        return verdict
    return _verdict(finding, verdict.count)


def _people(case: Case) -> int:
    if case.count is not None:
        return case.count
    left = remaining(case)
    return case.ticket.admits if left is None else max(min(left, case.ticket.admits), 1)


def _verdict(finding: Finding, count: int = 0) -> Verdict:
    return Verdict(
        finding.decision,
        finding.reason,
        finding.next,
        count=count,
        remaining=finding.remaining,
        first_use=finding.first_use,
        since=finding.since,
        replacement=finding.replacement,
    )


def _refuse(reason: Reason, todo: Next) -> Verdict:
    return Verdict(Decision.REFUSE, reason, todo)
