"""Custom rules of check-in lists and tariffs: JSONLogic over a few variables, bounded (ADR 10).

Source: https://jsonlogic.com/operations.html; the time operators and variables are those of
pretix's check-in rules, https://docs.pretix.eu/dev/api/resources/checkinlists.html.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from validator.clock import MINUTE_MS, parse_iso
from validator.errors import FixRequest, ValidatorError
from validator.model import Decision, Direction, Next, Reason, Tariff
from validator.rules import Case, Finding, local

LONGEST_RULE = 4_096
"""Characters."""

DEEPEST_RULE = 32
"""Levels of one operation in another."""

MOST_OPERATIONS = 1_000
"""Values and operations of a rule."""


class Unclear(ValidatorError):
    """A rule can't be evaluated: let a person look."""


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


def holds(
    rule: str,
    variables: Mapping[str, Any],
    times: Mapping[str, int],
    entries: Sequence[tuple[int, date]] = (),
    zone: tzinfo = UTC,
) -> bool:
    """Tell whether a rule is met.

    Args:
        rule: JSONLogic as JSON text, at most `LONGEST_RULE` characters.
        variables: Value of every `var` that may be asked for; `now` in milliseconds UTC.
        times: Instants that `buildTime` knows by name (`date_from` …), in milliseconds UTC.
        entries: Earlier entries: their instants in milliseconds UTC, and the days they count for.
        zone: In which `buildTime` reads an hour of today.

    Raises:
        Unclear: The rule is malformed, too large, or uses what is not known here.
    """
    if len(rule) > LONGEST_RULE:
        raise Unclear(f"A rule has at most {LONGEST_RULE} characters.")
    try:
        plain = json.loads(rule)
        return bool(_Run(variables, times, entries, zone).value(plain, 0))
    except (ValueError, TypeError, AttributeError, RecursionError, ArithmeticError) as error:
        raise Unclear("This rule can't be evaluated.") from error


class _Run:
    def __init__(
        self,
        variables: Mapping[str, Any],
        times: Mapping[str, int],
        entries: Sequence[tuple[int, date]],
        zone: tzinfo,
    ) -> None:
        self._variables = variables
        self._times = times
        self._entries = entries
        self._zone = zone
        self._left = MOST_OPERATIONS

    def value(self, plain: Any, depth: int) -> Any:
        self._left -= 1
        if depth > DEEPEST_RULE or self._left < 0:
            raise Unclear("This rule is too large.")
        if isinstance(plain, list):
            return [self.value(item, depth + 1) for item in plain]
        if not isinstance(plain, dict):
            return plain
        if len(plain) != 1:
            raise Unclear("An operation of this rule has no single name.")
        ((name, given),) = plain.items()
        items = given if isinstance(given, list) else [given]
        if name in ("and", "or"):
            return self._joined(name, items, depth)
        values = [self.value(item, depth + 1) for item in items]
        if name == "var":
            return self._var(values)
        if name == "buildTime":
            return self._time(values)
        if name == "lookup":
            return self._lookup(*values)
        if name in _COUNTS:
            return self._count(name, *values)
        operation = _OPERATIONS.get(name)
        if operation is None:
            raise Unclear("This rule has an operation that is not known here.")
        return operation(*values)

    def _joined(self, name: str, items: Sequence[Any], depth: int) -> bool:
        if not items:
            raise Unclear("A part of this rule joins nothing.")
        # Every part is evaluated: what is unclear in one must not hide behind another.
        values = [bool(self.value(item, depth + 1)) for item in items]
        return all(values) if name == "and" else any(values)

    def _var(self, values: Sequence[Any]) -> Any:
        if len(values) != 1 or values[0] not in self._variables:
            raise Unclear("This rule asks for a value that is not known here.")
        return self._variables[values[0]]

    def _time(self, values: Sequence[Any]) -> int:
        if values[:1] == ["custom"] and len(values) == 2:
            try:
                return parse_iso(values[1])
            except FixRequest as error:
                raise Unclear("A time of this rule can't be read.") from error
        if values[:1] == ["customtime"] and len(values) == 2:
            now = datetime.fromtimestamp(self._var(["now"]) / 1000, self._zone)
            hour = time.fromisoformat(values[1])
            return round(datetime.combine(now, hour, self._zone).timestamp() * 1000)
        if len(values) != 1 or values[0] not in self._times:
            raise Unclear("This rule asks for a time that is not known here.")
        return self._times[values[0]]

    def _lookup(self, kind: str, key: Any, name: Any = None) -> Any:
        # Another system numbers its gates in its own way; people call them the same.
        here = kind == "gate" and name is not None and name == self._variables.get("gate_name")
        return self._variables["gate"] if here else key

    def _count(self, name: str, bound: int) -> int:
        days = [
            day
            for instant, day in self._entries
            if (instant >= bound if name.endswith("since") else instant < bound)
        ]
        return len(set(days)) if name.startswith("entries_days") else len(days)


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, str) or isinstance(other, str):
        return str(one) == str(other)
    return bool(one == other)


def _before(one: int, other: int, tolerance_min: Any = None) -> bool:
    return one < other + float(tolerance_min or 0) * MINUTE_MS


def _after(one: int, other: int, tolerance_min: Any = None) -> bool:
    return one > other - float(tolerance_min or 0) * MINUTE_MS


def _ordered(*values: Any) -> list[float]:
    return [float(value) for value in values]


def _less(one: Any, other: Any) -> bool:
    low, high = _ordered(one, other)
    return low < high


def _at_most(one: Any, other: Any) -> bool:
    low, high = _ordered(one, other)
    return low <= high


_COUNTS = frozenset(
    {"entries_since", "entries_before", "entries_days_since", "entries_days_before"}
)

_OPERATIONS: Mapping[str, Callable[..., Any]] = {
    "==": _equal,
    "!=": lambda one, other: not _equal(one, other),
    "<": _less,
    "<=": _at_most,
    ">": lambda one, other: _less(other, one),
    ">=": lambda one, other: _at_most(other, one),
    "!": lambda value: not value,
    "inList": lambda value, items: any(_equal(value, item) for item in items),
    "objectList": lambda *items: list(items),
    "isBefore": _before,
    "isAfter": _after,
}
