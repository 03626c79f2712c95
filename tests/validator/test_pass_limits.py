"""What a pass is good for: in total, per performance, per day, a choice of performances."""

from dataclasses import replace

import pytest

from doubles.evening import CATALOGUE, GATE, NOW, PASS, RETURN, TOMORROW, TONIGHT, facts, token, use
from validator.clock import HOUR_MS, Instant
from validator.judge import judge
from validator.model import (
    Decision,
    Direction,
    Facts,
    Gate,
    Next,
    Pass,
    Reason,
    Reentry,
    Token,
    Use,
    UseState,
    Verdict,
)

LATE = 8
"""A third performance, after tonight's."""
SEASON = token(scope=PASS)
PAIR = token(scope=PASS, admits=2)


def known(*uses: Use, **limits: int | None) -> Facts:
    """Return what a lane knows of a pass with these limits."""
    bought = Pass(PASS, "Season", (TONIGHT, TOMORROW, LATE), **limits)
    tonight = CATALOGUE.performances[TONIGHT]
    shows = {**CATALOGUE.performances, LATE: replace(tonight, scope=LATE)}
    plan = replace(CATALOGUE, passes={PASS: bought}, performances=shows)
    return facts(catalogue=plan, uses=tuple(sorted(uses, key=lambda each: (each.at, each.id))))


def judged(known: Facts, reading: Token = SEASON, gate: Gate = GATE, count: int = 1) -> Verdict:
    return judge(known, reading, gate, NOW, count)


def entry(minutes_ago: int, performance: int = LATE, count: int = 1) -> Use:
    return use(SEASON, minutes_ago, performance=performance, count=count)


def left(minutes_ago: int, performance: int = LATE) -> Use:
    return use(SEASON, minutes_ago, Direction.EXIT, performance=performance)


def test_a_pass_for_three_entries_opens_a_third_time_and_no_fourth() -> None:
    two = (entry(90), entry(80, TOMORROW))
    assert judged(known(*two, limit=3)).passes
    spent = judged(known(*two, entry(70), limit=3, per_performance=None))
    assert (spent.reason, spent.next) == (Reason.LIMIT_REACHED, Next.HELP_DESK)


def test_entries_at_one_performance_count_as_often_as_they_were_made() -> None:
    twice = (entry(90, TONIGHT), entry(80, TONIGHT))
    assert judged(known(*twice, limit=2, per_performance=None)).reason is Reason.LIMIT_REACHED
    assert judged(known(*twice, limit=3, per_performance=None)).passes


@pytest.mark.parametrize(("times", "reason"), [(1, Reason.ALREADY_USED), (2, Reason.OK)])
def test_a_pass_enters_a_performance_as_often_as_was_sold(times: int, reason: Reason) -> None:
    assert judged(known(entry(20, TONIGHT), per_performance=times)).reason is reason


@pytest.mark.parametrize(("reading", "people"), [(SEASON, 1), (PAIR, 2)])
def test_an_uncounted_scan_of_a_pass_lets_in_its_people_once_and_not_all_that_is_left(
    reading: Token, people: int
) -> None:
    verdict = judge(known(limit=9, per_performance=3), reading, GATE, NOW)
    assert (verdict.decision, verdict.count) == (Decision.ADMIT, people)


def test_one_entry_a_day_turns_at_the_performances_cut_off_not_at_midnight() -> None:
    # 19:46 of the day before by the venue's clock, where it is 12:06 now.
    evening_before = entry(16 * 60 + 20, TOMORROW)
    assert judged(known(evening_before, per_day=1)).passes
    shows = {
        scope: replace(show, cutoff_min=15 * 60) for scope, show in CATALOGUE.performances.items()
    }
    club = known(evening_before, per_day=1)
    club = replace(club, catalogue=replace(club.catalogue, performances=shows))
    assert judged(club).reason is Reason.LIMIT_REACHED


def test_two_performances_of_a_choice_and_no_third_but_back_to_one_of_them() -> None:
    chosen = known(entry(90), entry(80, TOMORROW), choice=2)
    assert judged(chosen).reason is Reason.LIMIT_REACHED
    assert judged(known(entry(90), choice=2)).passes
    again = known(entry(90), entry(20, TONIGHT), choice=2, per_performance=2)
    assert judged(again).passes


def test_an_entry_that_waits_at_a_turnstile_counts() -> None:
    held = replace(entry(1), state=UseState.HELD)
    assert judged(known(held, limit=1)).reason is Reason.LIMIT_REACHED


def test_whoever_comes_back_from_the_garden_is_on_the_same_visit() -> None:
    out = known(entry(90, TONIGHT), left(80, TONIGHT), limit=1)
    assert judged(out, gate=RETURN).passes
    assert judged(out).reason is Reason.ALREADY_USED
    inside = known(entry(90, TONIGHT), limit=5)
    assert judged(inside, gate=RETURN).reason is Reason.PASSBACK
    open_door = replace(GATE, reentry=Reentry.ALWAYS)
    assert judged(inside, gate=open_door).passes
    elsewhere = known(entry(90), left(80), limit=1)
    assert judged(elsewhere, gate=RETURN).reason is Reason.LIMIT_REACHED


def test_a_pass_for_two_has_each_limit_twice_and_names_the_rest() -> None:
    one = known(entry(90, TOMORROW), limit=1)
    assert judged(one, PAIR, count=1).passes
    both = judged(one, PAIR, count=2)
    assert (both.reason, both.next, both.remaining) == (
        Reason.LIMIT_REACHED,
        Next.FEWER_PEOPLE,
        1,
    )
    assert judge(one, PAIR, GATE, NOW).count == 1


def test_a_ticket_that_is_no_pass_has_no_such_limits() -> None:
    assert judged(known(limit=0), token()).passes


def test_the_day_of_a_use_is_counted_by_its_own_time() -> None:
    early = replace(entry(0, TOMORROW), at=Instant(NOW - HOUR_MS))
    assert judged(known(early, per_day=1)).reason is Reason.LIMIT_REACHED
    assert judged(known(early, per_day=2)).passes
