"""As many people as one lane may count for a check-in, everybody behind it takes; no more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from doubles.boxoffice.box import SEAT, check_in, open_box
from doubles.clock.hand_clock import HandClock
from doubles.evening import EXIT, GATE, NOW, facts, token
from doubles.lane.counting_door import GROUP, CountingDoor
from validator.admission import Shown
from validator.bounds import MOST_PEOPLE
from validator.errors import FixRequest
from validator.gateway.api.schemas import SCHEMAS
from validator.gateway.ledger.resolution import check
from validator.judge import judge
from validator.model import Decision
from validator.upstreams.boxoffice import check_in_json

FAR_TOO_MANY = 1_000_000


async def test_a_lane_counts_no_more_whatever_is_typed(tmp_path: Path) -> None:
    door = CountingDoor(tmp_path)
    confirmed = await door.scan(GROUP)
    assert door.lane.confirm(confirmed.id, FAR_TOO_MANY) is None
    refused = await door.scan(GROUP)
    assert refused.verdict.decision is Decision.REFUSE
    shown = door.lane.override(refused.id, FAR_TOO_MANY)
    assert isinstance(shown, Shown)
    assert shown.verdict.count == MOST_PEOPLE
    _, *after = door.events
    assert {event.count for event in after if event.passes or event.of == confirmed.id} == {
        MOST_PEOPLE
    }
    door.cache.close()


def test_a_judge_lets_no_more_out() -> None:
    verdict = judge(facts(), token(), EXIT, NOW, FAR_TOO_MANY)
    assert (verdict.decision, verdict.count) == (Decision.ADMIT, MOST_PEOPLE)
    assert judge(facts(), token(), GATE, NOW, FAR_TOO_MANY).decision is Decision.REFUSE


@pytest.mark.parametrize("people", [1, 255, 256, 300, MOST_PEOPLE])
def test_what_a_lane_counts_the_gateway_and_the_box_office_take(
    tmp_path: Path, people: int
) -> None:
    office = open_box(tmp_path, HandClock())
    (ticket,) = office.orders.sell("Ada", "", [SEAT]).tickets
    report = check_in(1, ticket.id, count=people)
    check(report.check_in.device, report.check_in)
    (outcome,) = office.check_ins.record([check_in_json(report)])
    assert outcome.accepted, outcome.why
    assert office.tickets.inside(ticket.number) == people
    office.close()


def test_one_more_is_refused_by_both(tmp_path: Path) -> None:
    office = open_box(tmp_path, HandClock())
    (ticket,) = office.orders.sell("Ada", "", [SEAT]).tickets
    report = check_in(1, ticket.id)
    report = replace(report, check_in=replace(report.check_in, count=MOST_PEOPLE + 1))
    with pytest.raises(FixRequest):
        check(report.check_in.device, report.check_in)
    (outcome,) = office.check_ins.record([check_in_json(report)])
    assert not outcome.accepted
    office.close()


@pytest.mark.parametrize("name", ["CheckIn", "ShownCheckIn"])
def test_the_api_says_how_many(name: str) -> None:
    assert SCHEMAS[name]["properties"]["count"]["maximum"] == MOST_PEOPLE
