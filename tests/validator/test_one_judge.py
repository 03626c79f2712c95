"""One judge: with a ticket's row or without it, at a lane or at the gateway."""

import ast
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from doubles.evening import (
    CATALOGUE,
    FRESH,
    GATE,
    NOW,
    RETURN,
    TOMORROW,
    TONIGHT,
    facts,
    listed,
    revocation,
    token,
    use,
)
from rules.sources import PACKAGES, imports, python_files
from validator.admission import AppendNeeded, FactsNeeded, Shown, admit
from validator.clock import HOUR_MS, Instant
from validator.judge import judge
from validator.keys import KeyRing
from validator.model import Decision, DeviceId, Gate, LastScan, Opaque, Scan, StalePolicy, uuid7

RULES = {"validator.rules", "validator.custom_rules"}
WHICH = {"validator.rules.performance_for", "validator.rules.performance_now"}
"""These say which performance it is about, and judge nothing."""

RULE_FILES = {"rules", "custom_rules", "judge"}


@given(
    zones=st.integers(0, 3),
    scope=st.sampled_from([TONIGHT, TOMORROW]),
    admits=st.integers(1, 4),
    attention=st.booleans(),
    used=st.integers(0, 3),
    cancelled=st.booleans(),
    stale=st.sampled_from(list(StalePolicy)),
    age_s=st.sampled_from([1.0, 1e6]),
    hours=st.integers(-4, 30),
    count=st.none() | st.integers(1, 5),
    reentry=st.sampled_from([GATE, RETURN]),
)
def test_peer_fault_16_a_ticket_gets_one_verdict_with_and_without_its_row(
    zones: int,
    scope: int,
    admits: int,
    attention: bool,
    used: int,
    cancelled: bool,
    stale: StalePolicy,
    age_s: float,
    hours: int,
    count: int | None,
    reentry: Gate,
) -> None:
    reading = token(scope=scope, zones=zones, admits=admits, attention=attention)
    gate = replace(reentry, zones=1, stale=stale)
    known = facts(
        revocations=(revocation(reading),) if cancelled else (),
        uses=(use(reading, count=used),) if used else (),
        ages_s=((FRESH[0][0], age_s),),
    )
    row = listed(reading, scope=scope, zones=zones, admits=admits, attention=attention)
    now = Instant(NOW + hours * HOUR_MS)
    bare = judge(known, reading, gate, now, count)
    whole = judge(replace(known, tickets=(row,)), reading, gate, now, count)
    # The row adds what people read: number and seat.
    first = bare.first_use and replace(bare.first_use, seat=row.seat)
    assert replace(whole, ticket=None) == replace(bare, ticket=None, first_use=first)


def test_peer_fault_16_lane_and_gateway_ask_the_same_judge() -> None:
    asks = {
        path
        for path, text in python_files(*PACKAGES)
        if any(
            name.rpartition(".")[0] in RULES and name not in WHICH
            for _, name in imports(ast.parse(text))
        )
    }
    assert asks, "nobody asks the rules: were they renamed?"
    assert {path.removeprefix("validator/").removesuffix(".py") for path in asks} <= RULE_FILES


def test_peer_fault_10_a_repeat_is_shown_as_one_and_written_down() -> None:
    scan = Scan(uuid7(NOW, bytes(10)), "4006381333931", NOW, symbology="ean13")
    ring = KeyRing.of(CATALOGUE, bytes(32))
    steps = admit(scan, GATE, ring, DeviceId("lane-1"), 0, connected=True)
    asked = next(steps)
    assert isinstance(asked, FactsNeeded)
    assert isinstance(asked.reading, Opaque)
    last = LastScan(asked.reading.code, GATE.direction, Instant(NOW - 1_000), passed=True)
    needed = steps.send(facts(tickets=(listed(asked.reading),), last=last))
    assert isinstance(needed, AppendNeeded)
    assert needed.check_in.decision is Decision.REPEAT
    assert needed.check_in.count == 0
    try:
        steps.send(None)
    except StopIteration as ended:
        assert isinstance(ended.value, Shown)
        assert ended.value.verdict.decision is Decision.REPEAT
