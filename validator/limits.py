"""Step 9 of the judge: a repeat, then what earlier uses have left of a ticket or pass.

Counts count people. A pass that admits several has each of its limits that many times.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from validator.clock import SECOND_MS
from validator.model import (
    Decision,
    Direction,
    Next,
    Pass,
    Performance,
    Reason,
    Reentry,
    Use,
    UseState,
)
from validator.rules import Case, Finding, first_use, local

REPEAT_MS = 5 * SECOND_MS


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
