"""Step 8 of the judge: the tariff's own rule, and what has to be answered first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from validator.clock import MINUTE_MS
from validator.logic import Unclear, holds
from validator.model import Decision, Next, Reason, Status
from validator.rules import Case, Finding, local


def custom(case: Case) -> Finding | None:
    """The tariff's rule is not met; a rule that can't be evaluated wants a look."""
    tariff = case.facts.catalogue.tariffs.get(case.ticket.tariff)
    if tariff is None or not tariff.rule:
        return None
    try:
        met = holds(tariff.rule, _variables(case), _times(case))
    except Unclear:
        return Finding(Decision.CHECK, Reason.RULE, Next.LOOK_THEN_LET_IN)
    return None if met else Finding(Decision.REFUSE, Reason.RULE, Next.HELP_DESK)


def incomplete(case: Case) -> Finding | None:
    """The guest has to answer something first."""
    if case.ticket.status is Status.INCOMPLETE:
        return Finding(Decision.REFUSE, Reason.INCOMPLETE, Next.HELP_DESK)
    return None


def _variables(case: Case) -> Mapping[str, Any]:
    show = case.performance
    known: dict[str, Any] = {
        "product": case.ticket.tariff,
        "gate": case.gate.id,
        "now": case.now,
        "entries_number": len(case.entries),
        "entry_status": "present" if case.inside else "absent",
        "minutes_since_first_entry": -1,
        "minutes_since_last_entry": -1,
    }
    if case.entries:
        known["minutes_since_first_entry"] = (case.now - case.entries[0].at) // MINUTE_MS
        known["minutes_since_last_entry"] = (case.now - case.entries[-1].at) // MINUTE_MS
    if show is not None:
        days: list[date] = [local(use.at, show).date() for use in case.entries]
        today = local(case.now, show)
        known["now_isoweekday"] = today.isoweekday()
        known["entries_today"] = days.count(today.date())
        known["entries_days"] = len(set(days))
    return known


def _times(case: Case) -> Mapping[str, int]:
    show = case.performance
    if show is None:
        return {}
    return {"date_admission": show.doors, "date_from": show.start, "date_to": show.end}
