"""Step 8 of the judge: the rule of the check-in list or tariff, and what must be answered first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from validator.clock import MINUTE_MS
from validator.logic import Unclear, holds
from validator.model import Decision, Direction, Next, Reason, Status, Tariff
from validator.rules import Case, Finding, local


def custom(case: Case) -> Finding | None:
    """The rule is not met; one that can't be evaluated wants a look."""
    tariff = case.facts.catalogue.tariffs.get(case.ticket.tariff)
    rule = case.check_list.rule if case.check_list else tariff.rule if tariff else ""
    if not rule:
        return None
    try:
        met = holds(rule, _variables(case, tariff), _times(case), _entries(case), _zone(case))
    except Unclear:
        return Finding(Decision.CHECK, Reason.RULE, Next.LOOK_THEN_LET_IN)
    return None if met else Finding(Decision.REFUSE, Reason.RULE, Next.HELP_DESK)


def incomplete(case: Case) -> Finding | None:
    """The guest has to answer something first."""
    if case.ticket.status is Status.INCOMPLETE:
        return Finding(Decision.REFUSE, Reason.INCOMPLETE, Next.HELP_DESK)
    return None


def _variables(case: Case, tariff: Tariff | None) -> Mapping[str, Any]:
    entries = case.entries
    present = bool(case.uses) and case.uses[-1].direction is Direction.ENTRY
    known: dict[str, Any] = {
        "product": (tariff and tariff.product) or case.ticket.tariff,
        "variation": (tariff and tariff.variation) or None,
        "gate": case.gate.id,
        "gate_name": case.gate.name,
        "now": case.now,
        "entries_number": len(entries),
        "entry_status": "present" if present else "absent",
        "minutes_since_first_entry": -1,
        "minutes_since_last_entry": -1,
    }
    if entries:
        known["minutes_since_first_entry"] = (case.now - entries[0].at) // MINUTE_MS
        known["minutes_since_last_entry"] = (case.now - entries[-1].at) // MINUTE_MS
    if case.performance is not None:
        days = [day for _, day in _entries(case)]
        today = local(case.now, case.performance)
        known["now_isoweekday"] = today.isoweekday()
        known["entries_today"] = days.count(today.date())
        known["entries_days"] = len(set(days))
    return known


def _entries(case: Case) -> list[tuple[int, date]]:
    show = case.performance
    return [(use.at, local(use.at, show).date()) for use in case.entries] if show else []


def _zone(case: Case) -> tzinfo:
    return ZoneInfo(case.performance.zone) if case.performance else UTC


def _times(case: Case) -> Mapping[str, int]:
    show = case.performance
    if show is None:
        return {}
    return {"date_admission": show.doors, "date_from": show.start, "date_to": show.end}
