"""Times that calendars get wrong: summer time, leap days, evenings that end after midnight.

Instants decide; the venue's zone is asked only for what a day is.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from doubles.evening import CATALOGUE, GATE, PASS, TONIGHT, TONIGHTS, facts, token, use
from validator.clock import HOUR_MS, MINUTE_MS, Instant, parse_iso
from validator.judge import judge
from validator.model import Catalogue, Pass, Performance, Reason, Use, Verdict

ZONE = "Europe/Zurich"
NIGHTS = 100
"""Scope of the first night of a run of club nights."""


def night(scope: int, doors: str, end: str, cutoff_min: int = 0, zone: str = ZONE) -> Performance:
    return replace(
        TONIGHTS,
        scope=scope,
        doors=parse_iso(doors),
        start=Instant(parse_iso(doors) + HOUR_MS),
        end=parse_iso(end),
        zone=zone,
        cutoff_min=cutoff_min,
    )


def asked(show: Performance, at: str) -> Verdict:
    plan = replace(CATALOGUE, performances={show.scope: show})
    return judge(facts(catalogue=plan), token(), GATE, parse_iso(at))


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        ("2026-10-24T21:59:59.999+02:00", Reason.TOO_EARLY),
        ("2026-10-24T22:00+02:00", Reason.OK),
        ("2026-10-25T02:30+02:00", Reason.OK),
        ("2026-10-25T02:30+01:00", Reason.OK),
        ("2026-10-25T03:59:59.999+01:00", Reason.OK),
        ("2026-10-25T04:00+01:00", Reason.TOO_LATE),
    ],
)
def test_the_night_that_has_an_hour_twice_lasts_seven_hours(at: str, reason: Reason) -> None:
    show = night(TONIGHT, "2026-10-24T22:00+02:00", "2026-10-25T04:00+01:00")
    assert show.end - show.doors == 7 * HOUR_MS
    assert asked(show, at).reason is reason


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        ("2026-03-29T01:59+01:00", Reason.OK),
        ("2026-03-29T03:00+02:00", Reason.OK),
        ("2026-03-29T03:59+02:00", Reason.OK),
        ("2026-03-29T04:00+02:00", Reason.TOO_LATE),
    ],
)
def test_the_night_that_lacks_an_hour_lasts_five_hours(at: str, reason: Reason) -> None:
    show = night(TONIGHT, "2026-03-28T22:00+01:00", "2026-03-29T04:00+02:00")
    assert show.end - show.doors == 5 * HOUR_MS
    assert asked(show, at).reason is reason


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        ("2028-02-28T23:59:59.999+01:00", Reason.TOO_EARLY),
        ("2028-02-29T00:00+01:00", Reason.OK),
        ("2028-02-29T23:59:59.999+01:00", Reason.OK),
        ("2028-03-01T00:00+01:00", Reason.TOO_LATE),
    ],
)
def test_a_leap_day_is_a_day(at: str, reason: Reason) -> None:
    show = night(TONIGHT, "2028-02-29T00:00+01:00", "2028-03-01T00:00+01:00")
    assert asked(show, at).reason is reason


@pytest.mark.parametrize("zone", [ZONE, "Pacific/Auckland", "America/New_York", "UTC"])
def test_the_zone_moves_no_door(zone: str) -> None:
    show = night(TONIGHT, "2026-11-22T22:00+01:00", "2026-11-23T05:00+01:00", zone=zone)
    for at, reason in (
        ("2026-11-22T21:59+01:00", Reason.TOO_EARLY),
        ("2026-11-23T00:30+01:00", Reason.OK),
        ("2026-11-23T05:00+01:00", Reason.TOO_LATE),
    ):
        assert asked(show, at).reason is reason


def clubbing(days: tuple[tuple[str, str], ...], cutoff_min: int) -> Catalogue:
    """Return a plan of nights and a pass that opens one of them a day."""
    shows = {
        NIGHTS + place: night(NIGHTS + place, doors, end, cutoff_min)
        for place, (doors, end) in enumerate(days)
    }
    bought = Pass(PASS, "Nights", tuple(shows), limit=9, per_day=1)
    return replace(CATALOGUE, performances=shows, passes={PASS: bought})


def visited(scope: int, at: str) -> Use:
    """Return an entry with the pass."""
    return replace(use(token(scope=PASS)), performance=scope, at=parse_iso(at))


def pass_asked(plan: Catalogue, at: str, *uses: Use) -> Verdict:
    gate = replace(GATE, performances=tuple(plan.performances))
    return judge(facts(catalogue=plan, uses=uses), token(scope=PASS), gate, parse_iso(at))


EVENING = ("2026-11-21T22:00+01:00", "2026-11-22T01:00+01:00")
AFTER_HOURS = ("2026-11-22T01:00+01:00", "2026-11-22T05:00+01:00")
NEXT_EVENING = ("2026-11-22T22:00+01:00", "2026-11-23T01:00+01:00")


def test_what_begins_past_midnight_is_of_the_day_before_until_the_cut_off() -> None:
    spent = visited(NIGHTS, "2026-11-21T23:00+01:00")
    late = clubbing((EVENING, AFTER_HOURS), cutoff_min=6 * 60)
    assert pass_asked(late, "2026-11-22T02:00+01:00", spent).reason is Reason.LIMIT_REACHED
    midnight = clubbing((EVENING, AFTER_HOURS), cutoff_min=0)
    assert pass_asked(midnight, "2026-11-22T02:00+01:00", spent).passes


def test_the_next_evening_is_another_day() -> None:
    plan = clubbing((EVENING, NEXT_EVENING), cutoff_min=6 * 60)
    spent = visited(NIGHTS, "2026-11-22T00:30+01:00")
    assert pass_asked(plan, "2026-11-22T22:30+01:00", spent).passes


@pytest.mark.parametrize(
    ("evening", "after", "at"),
    [
        (
            ("2026-10-24T22:00+02:00", "2026-10-25T02:00+02:00"),
            ("2026-10-25T02:00+01:00", "2026-10-25T07:00+01:00"),
            "2026-10-25T05:30+01:00",
        ),
        (
            ("2026-03-28T22:00+01:00", "2026-03-29T01:30+01:00"),
            ("2026-03-29T03:00+02:00", "2026-03-29T07:00+02:00"),
            "2026-03-29T05:30+02:00",
        ),
        (
            ("2028-02-28T22:00+01:00", "2028-02-29T01:00+01:00"),
            ("2028-02-29T01:00+01:00", "2028-02-29T07:00+01:00"),
            "2028-02-29T05:30+01:00",
        ),
    ],
    ids=["autumn", "spring", "leap day"],
)
def test_the_cut_off_is_six_by_the_venues_clock_also_when_that_is_set(
    evening: tuple[str, str], after: tuple[str, str], at: str
) -> None:
    plan = clubbing((evening, after), cutoff_min=6 * 60)
    spent = visited(NIGHTS, evening[0])
    assert pass_asked(plan, at, spent).reason is Reason.LIMIT_REACHED


def test_a_ticket_of_one_minute_is_good_for_that_minute() -> None:
    opens = parse_iso("2026-11-22T20:00+01:00")
    show = night(TONIGHT, "2026-11-22T19:00+01:00", "2026-11-22T23:00+01:00")
    plan = replace(CATALOGUE, performances={TONIGHT: show})
    minute = token(valid_from=opens, valid_until=Instant(opens + MINUTE_MS))
    for at, reason in (
        (opens - 1, Reason.TOO_EARLY),
        (opens, Reason.OK),
        (opens + MINUTE_MS - 1, Reason.OK),
        (opens + MINUTE_MS, Reason.TOO_LATE),
    ):
        assert judge(facts(catalogue=plan), minute, GATE, Instant(at)).reason is reason
