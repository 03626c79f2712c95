"""The single rules that a ticket is held against, in the order of `validator.judge`.

A rule returns a `Finding` if it has something against the guest or wants a look. Custom rules are
in `validator.custom_rules`. Counts count people; a pass that admits several has each of its limits
that many times.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from validator.clock import SECOND_MS, Instant
from validator.model import (
    Catalogue,
    CheckList,
    Decision,
    Direction,
    Facts,
    FirstUse,
    Gate,
    Next,
    Pass,
    Performance,
    Reason,
    Reentry,
    Revocation,
    RevocationKind,
    StalePolicy,
    Status,
    Ticket,
    Use,
    UseState,
    inside,
)

REPEAT_MS = 5 * SECOND_MS


@dataclass(frozen=True, slots=True)
class Case:
    """One ticket in front of one gate.

    Args:
        facts: What the store knows.
        ticket: The entitlement.
        gate: Where, with the direction that is scanned.
        performance: What it is judged for; None = the gate has none for this ticket.
        now: Corrected time.
        code: Credential, None for a typed number.
        count: People in front of the gate; None = all that the ticket still admits.
    """

    facts: Facts
    ticket: Ticket
    gate: Gate
    performance: Performance | None
    now: Instant
    code: bytes | None
    count: int | None

    @property
    def check_list(self) -> CheckList | None:
        """The check-in list that it is judged by; None = the gate's own policy."""
        return self.performance.check_list if self.performance else None

    @property
    def reentry(self) -> Reentry:
        """Whether a used ticket enters again."""
        return self.check_list.reentry if self.check_list else self.gate.reentry

    @property
    def entries(self) -> tuple[Use, ...]:
        """Earlier entries to this performance, oldest first."""
        return tuple(use for use in self.uses if use.direction is Direction.ENTRY)

    @property
    def inside(self) -> int:
        """People inside this performance now."""
        return inside(self.uses)

    @property
    def uses(self) -> tuple[Use, ...]:
        """Earlier uses at this performance, oldest first."""
        scope = self.performance.scope if self.performance else 0
        return tuple(use for use in self.facts.uses if use.performance == scope)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule has against a case; the fields as in `Verdict`."""

    decision: Decision
    reason: Reason
    next: Next
    remaining: int | None = None
    first_use: FirstUse | None = None
    since: Instant | None = None
    replacement: str | None = None


def performance_for(scope: int, gate: Gate, plan: Catalogue, now: Instant) -> Performance | None:
    """Return the performance of this gate that a ticket of a scope is judged for.

    A pass opens several: the one that is on, else the next one, else the last one.
    """
    bought = plan.passes.get(scope)
    scopes = set(bought.performances if bought else (scope,)) & set(gate.performances)
    return _on(scopes, plan, now)


def performance_now(gate: Gate, plan: Catalogue, now: Instant) -> Performance | None:
    """Return the performance of a gate that is on, else the next one, else the last one."""
    return _on(set(gate.performances), plan, now)


def _on(scopes: Set[int], plan: Catalogue, now: Instant) -> Performance | None:
    found = sorted(
        (plan.performances[each] for each in scopes if each in plan.performances),
        key=lambda performance: performance.start,
    )
    coming = [performance for performance in found if now < performance.end]
    return next(iter(coming or found[-1:]), None)


def revoked(case: Case) -> Finding | None:
    """Cancelled, exchanged or suspended; a guest who is inside already is told apart."""
    kinds = (RevocationKind.CANCELLED, RevocationKind.EXCHANGED, RevocationKind.SUSPENDED)
    found = _revocation(case.facts.revocations, *kinds)
    if found is None:
        return None
    entered = first_use(case) if case.inside > 0 else None
    todo = Next.CALL_SUPERVISOR if entered else Next.HELP_DESK
    if found.kind is RevocationKind.EXCHANGED:
        todo = Next.NEW_TICKET
    return Finding(
        Decision.REFUSE,
        Reason(found.kind.value),
        todo,
        first_use=entered,
        since=found.since,
        replacement=found.replacement,
    )


def _revocation(rows: tuple[Revocation, ...], *kinds: RevocationKind) -> Revocation | None:
    for kind in kinds:
        for row in rows:
            if row.kind is kind:
                return row
    return None


def blocked(case: Case) -> Finding | None:
    """Blocked by the organiser, or not approved yet."""
    found = _revocation(case.facts.revocations, RevocationKind.BLOCKED)
    if found is not None:
        return Finding(Decision.REFUSE, Reason.BLOCKED, Next.CALL_SUPERVISOR, since=found.since)
    if case.ticket.status is Status.UNAPPROVED:
        return Finding(Decision.REFUSE, Reason.UNAPPROVED, Next.HELP_DESK)
    return None


def other_performance(case: Case) -> Finding | None:
    """For another event, another date of the same one, or at a gate that serves none."""
    if case.performance is not None:
        return None
    if not case.gate.performances:
        return Finding(Decision.REFUSE, Reason.WRONG_GATE, Next.OTHER_GATE)
    plan = case.facts.catalogue.performances
    bought = case.facts.catalogue.passes.get(case.ticket.scope)
    scopes = bought.performances if bought else (case.ticket.scope,)
    own = [plan[scope] for scope in scopes if scope in plan]
    here = {plan[scope].event for scope in case.gate.performances if scope in plan}
    if any(performance.event in here for performance in own):
        later = any(performance.end > case.now for performance in own)
        todo = Next.COME_BACK if later else Next.HELP_DESK
        return Finding(Decision.REFUSE, Reason.WRONG_DATE, todo)
    return Finding(Decision.REFUSE, Reason.WRONG_EVENT, Next.HELP_DESK)


def window(case: Case) -> Finding | None:
    """Outside the ticket's own window, or before doors, or after the end.

    A check-in list says by its rule when it lets in.
    """
    ticket, show = case.ticket, None if case.check_list else case.performance
    opens = (ticket.valid_from, show.doors if show else None)
    closes = (ticket.valid_until, show.end if show else None)
    if any(instant is not None and case.now < instant for instant in opens):
        return Finding(Decision.REFUSE, Reason.TOO_EARLY, Next.COME_BACK)
    if any(instant is not None and case.now >= instant for instant in closes):
        return Finding(Decision.REFUSE, Reason.TOO_LATE, Next.HELP_DESK)
    return None


def place(case: Case) -> Finding | None:
    """Another zone's gate, or a gate or check-in list for other tariffs."""
    ticket, gate = case.ticket, case.gate
    if ticket.zones and gate.zones and not ticket.zones & gate.zones:
        return Finding(Decision.REFUSE, Reason.WRONG_ZONE, Next.OTHER_GATE)
    listed = case.check_list.tariffs if case.check_list else None
    elsewhere = listed is not None and ticket.tariff not in listed
    if elsewhere or (gate.tariffs and ticket.tariff not in gate.tariffs):
        return Finding(Decision.REFUSE, Reason.WRONG_TARIFF, Next.OTHER_GATE)
    return None


def unpaid(case: Case) -> Finding | None:
    """Sold on invoice and not paid yet."""
    if case.ticket.status is Status.UNPAID:
        if case.check_list and case.check_list.pending:
            return Finding(Decision.CHECK, Reason.UNPAID, Next.LOOK_THEN_LET_IN)
        return Finding(Decision.REFUSE, Reason.UNPAID, Next.HELP_DESK)
    return None


def incomplete(case: Case) -> Finding | None:
    """The guest has to answer something first."""
    if case.ticket.status is Status.INCOMPLETE:
        return Finding(Decision.REFUSE, Reason.INCOMPLETE, Next.HELP_DESK)
    return None


def repeated(case: Case) -> Finding | None:
    """The same ticket held up again a moment after it was let through here."""
    last = case.facts.last
    if (
        last is not None
        and last.passed
        and case.code is not None
        and last.code == case.code
        and last.direction is case.gate.direction
        and 0 <= case.now - last.at <= REPEAT_MS
    ):
        return Finding(Decision.REPEAT, Reason.REPEAT, Next.SCAN_NEXT)
    return None


def used(case: Case) -> Finding | None:
    """Earlier uses: the ticket's people here, then a pass's limits."""
    here, everywhere = _left_here(case), _left_everywhere(case)
    if here is not None and here <= 0:
        return _spent(case)
    if everywhere is not None and everywhere <= 0:
        first = first_use(case)
        return Finding(Decision.REFUSE, Reason.LIMIT_REACHED, Next.HELP_DESK, 0, first)
    left = remaining(case)
    if left is not None and case.count is not None and case.count > left:
        first = first_use(case)
        return Finding(Decision.REFUSE, Reason.LIMIT_REACHED, Next.FEWER_PEOPLE, left, first)
    return None


def remaining(case: Case) -> int | None:
    """Return how many people the ticket still admits here, None = no limit."""
    known = [left for left in (_left_here(case), _left_everywhere(case)) if left is not None]
    return min(known, default=None)


def _left_here(case: Case) -> int | None:
    bought = case.facts.catalogue.passes.get(case.ticket.scope)
    admits = case.ticket.admits
    match case.reentry:
        case Reentry.ALWAYS:
            return None
        case Reentry.AFTER_EXIT:
            return admits - case.inside
        case Reentry.NEVER:
            if bought is not None and bought.per_performance is None:
                return None
            times = bought.per_performance if bought and bought.per_performance else 1
            return admits * times - sum(use.count for use in case.entries)


def _left_everywhere(case: Case) -> int | None:
    """Return what a pass's limits beyond this performance leave, None = no limit."""
    bought = case.facts.catalogue.passes.get(case.ticket.scope)
    show = case.performance
    if bought is None or show is None:
        return None
    if _chosen(case, bought, show):
        return 0
    left = []
    if bought.limit is not None:
        left.append(_left_of(case, bought.limit, case.facts.uses))
    if bought.per_day is not None:
        plan = case.facts.catalogue.performances
        today = local(case.now, show).date()
        same_day = [
            use
            for use in case.facts.uses
            if local(use.at, plan.get(use.performance, show)).date() == today
        ]
        left.append(_left_of(case, bought.per_day, same_day))
    return min(left, default=None)


def _chosen(case: Case, bought: Pass, show: Performance) -> bool:
    """Tell whether as many performances were chosen as the pass is good for, all others."""
    entered = {use.performance for use in case.facts.uses if use.direction is Direction.ENTRY}
    return bought.choice is not None and len(entered - {show.scope}) >= bought.choice


def _left_of(case: Case, times: int, uses: Iterable[Use]) -> int:
    """Return how many people may still come in when each may come so many times.

    Whoever comes back as the gate's re-entry allows is on the same visit still.
    """
    visits: defaultdict[int, int] = defaultdict(int)
    inside: defaultdict[int, int] = defaultdict(int)
    outside: defaultdict[int, int] = defaultdict(int)
    for use in uses:
        place = use.performance
        if use.direction is Direction.EXIT:
            leaving = min(use.count, inside[place])
            inside[place] -= leaving
            outside[place] += leaving
            continue
        back = _back(case, outside[place], visits[place], use.count)
        visits[place] += use.count - back
        outside[place] -= min(back, outside[place])
        inside[place] += use.count
    here = case.performance.scope if case.performance else 0
    free = _back(case, outside[here], visits[here], case.ticket.admits)
    return case.ticket.admits * times - sum(visits.values()) + free


def _back(case: Case, outside: int, visits: int, coming: int) -> int:
    """Return how many of those who come have been on this visit before."""
    match case.reentry:
        case Reentry.NEVER:
            return 0
        case Reentry.AFTER_EXIT:
            return min(outside, coming)
        case Reentry.ALWAYS:
            return min(visits, coming)


def _spent(case: Case) -> Finding:
    first = first_use(case)
    # Somebody is at a gate with this ticket: claimed, or waiting at a turnstile.
    under_way = any(use.state is not UseState.DONE for use in case.entries)
    todo = Next.CALL_SUPERVISOR if under_way else Next.OTHER_TICKET
    if case.reentry is not Reentry.AFTER_EXIT:
        return Finding(Decision.REFUSE, Reason.ALREADY_USED, todo, 0, first)
    if case.facts.silent_exits:
        return Finding(Decision.CHECK, Reason.PASSBACK, Next.LOOK_THEN_LET_IN, first_use=first)
    return Finding(Decision.REFUSE, Reason.PASSBACK, todo, 0, first)


def attention(case: Case) -> Finding | None:
    """Something to look at before the guest goes in: student card, age, a note."""
    tariff = case.facts.catalogue.tariffs.get(case.ticket.tariff)
    ticket = case.ticket
    if ticket.attention or ticket.note or (tariff is not None and tariff.attention):
        return Finding(Decision.CHECK, Reason.ATTENTION, Next.LOOK_THEN_LET_IN)
    return None


def stale(case: Case) -> Finding | None:
    """The ticket's source has not been heard for longer than the gate allows."""
    if not overdue(case.facts, case.ticket.source, case.gate):
        return None
    match case.gate.stale:
        case StalePolicy.ALLOW:
            return None
        case StalePolicy.CHECK:
            return Finding(Decision.CHECK, Reason.STALE_DATA, Next.LOOK_THEN_LET_IN)
        case StalePolicy.REFUSE:
            return Finding(Decision.REFUSE, Reason.STALE_DATA, Next.HELP_DESK)


def overdue(facts: Facts, source: str, gate: Gate) -> bool:
    """Tell whether what is known of a source is older than the gate's bound, or unknown."""
    age = facts.age_s(source)
    return age is None or age > gate.stale_after_s


def first_use(case: Case) -> FirstUse | None:
    """Return where the ticket was first seen at this performance."""
    use = next(iter(case.entries), None)
    return FirstUse(use.at, use.gate, case.ticket.seat) if use else None


def local(instant: Instant, performance: Performance) -> datetime:
    """Return an instant by the venue's clock, shifted so that its date is the day of limits."""
    moment = datetime.fromtimestamp(instant / 1000, UTC).astimezone(ZoneInfo(performance.zone))
    return moment - timedelta(minutes=performance.cutoff_min)
