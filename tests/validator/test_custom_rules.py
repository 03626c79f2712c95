"""Custom rules of a tariff: met, not met, or unclear, which wants a look."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doubles.evening import CATALOGUE, FULL, GATE, NOW, facts, listed, token, use
from validator.clock import Instant, iso
from validator.custom_rules import LONGEST_RULE, Unclear, holds
from validator.judge import judge
from validator.model import Decision, Facts, Next, Reason, Reentry, Status, Use, Verdict

ALWAYS = replace(GATE, reentry=Reentry.ALWAYS)
TRUE, FALSE = {"==": [1, 1]}, {"==": [1, 2]}


def knowing(rule: Any, **changes: object) -> Facts:
    text = rule if isinstance(rule, str) else json.dumps(rule)
    tariffs = {**CATALOGUE.tariffs, FULL: replace(CATALOGUE.tariffs[FULL], rule=text)}
    return facts(catalogue=replace(CATALOGUE, tariffs=tariffs), **changes)


def judged(rule: Any, *uses: Use) -> Verdict:
    return judge(knowing(rule, uses=uses), token(), ALWAYS, NOW)


@pytest.mark.parametrize(
    "rule",
    [
        TRUE,
        {"and": [TRUE, {"or": [FALSE, TRUE]}]},
        {"!": [FALSE]},
        {"!=": [1, 2]},
        {"<": [{"var": "entries_number"}, 1]},
        {"<=": [{"var": "entries_today"}, 0]},
        {">": [1, {"var": "entries_days"}]},
        {">=": [{"var": "now_isoweekday"}, 1]},
        {"inList": [{"var": "product"}, {"objectList": [{"lookup": ["product", "1", "Full"]}]}]},
        {"inList": [{"var": "gate"}, ["a"]]},
        {"==": [{"var": "entry_status"}, "absent"]},
        {"==": [{"var": "minutes_since_last_entry"}, -1]},
        {"isAfter": [{"var": "now"}, {"buildTime": ["date_admission"]}]},
        {"isBefore": [{"var": "now"}, {"buildTime": ["date_from"]}, None]},
        {"isAfter": [{"var": "now"}, {"buildTime": ["date_from"]}, 61]},
        {"isBefore": [{"var": "now"}, {"buildTime": ["custom", iso(Instant(NOW + 1))]}]},
    ],
)
def test_a_rule_that_is_met_lets_in_and_its_opposite_does_not(rule: Any) -> None:
    assert judged(rule).reason is Reason.OK
    verdict = judged({"!": [rule]})
    assert (verdict.decision, verdict.reason, verdict.next) == (
        Decision.REFUSE,
        Reason.RULE,
        Next.HELP_DESK,
    )


def test_earlier_entries_count_for_rules() -> None:
    once = use(token(), 10)
    assert judged({"==": [{"var": "entries_number"}, 1]}, once).passes
    assert judged({"==": [{"var": "minutes_since_first_entry"}, 10]}, once).passes
    assert judged({"==": [{"var": "entry_status"}, "present"]}, once).passes


@pytest.mark.parametrize(
    "rule",
    [
        "{",
        "[" * LONGEST_RULE,
        " " * LONGEST_RULE + "1",
        {"teleport": [1]},
        {"var": "shoe_size"},
        {"var": [["now"]]},
        {"==": [1]},
        {"<": ["a", 1]},
        {"and": []},
        {"and": [TRUE], "or": [TRUE]},
        {"or": [TRUE, {"var": "shoe_size"}]},
        {"isBefore": [{"var": "now"}, {"buildTime": ["custom", "soon"]}]},
        {"isBefore": [{"var": "now"}, {"buildTime": ["tomorrow"]}]},
        {"inList": [1, 2]},
    ],
)
def test_an_unclear_rule_wants_a_look_and_never_passes_silently(rule: Any) -> None:
    verdict = judged(rule)
    assert (verdict.decision, verdict.reason, verdict.count) == (Decision.CHECK, Reason.RULE, 1)


def test_an_unclear_rule_does_not_hide_an_earlier_use() -> None:
    known = knowing({"teleport": [1]}, uses=(use(token()),))
    assert judge(known, token(), GATE, NOW).reason is Reason.ALREADY_USED


def test_too_deep_and_too_wide_rules_are_unclear() -> None:
    deep: Any = TRUE
    for _ in range(40):
        deep = {"!": [deep]}
    for rule in (deep, {"and": [1] * 1_500}):
        with pytest.raises(Unclear):
            holds(json.dumps(rule), {}, {})


def test_an_answer_that_is_missing_is_asked_for_before_use_is() -> None:
    row = (listed(token(), status=Status.INCOMPLETE),)
    known = facts(tickets=row, uses=(use(token()),))
    assert judge(known, token(), GATE, NOW).reason is Reason.INCOMPLETE


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["and", "or", "!", "==", "<", "var", "inList", "isBefore", "buildTime"]
            ),
            inner,
            max_size=2,
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_any_rule_ends_in_a_verdict(rule: Any) -> None:
    assert judged(rule).reason in (Reason.OK, Reason.RULE)
