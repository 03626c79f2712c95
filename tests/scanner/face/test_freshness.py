"""How sure a lane is, in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doubles.evening import GATE
from scanner.face.freshness import Freshness, Level, level_of, oldest

BOUND = GATE.stale_after_s


@pytest.mark.parametrize(
    ("connected", "age_s", "expected"),
    [
        (True, None, Level.GATEWAY),
        (True, BOUND + 1, Level.GATEWAY),
        (False, 0.0, Level.ALONE),
        (False, BOUND, Level.ALONE),
        (False, BOUND + 1, Level.STALE),
        (False, None, Level.STALE),
    ],
)
def test_a_lane_alone_is_stale_beyond_its_gates_bound(
    connected: bool, age_s: float | None, expected: Level
) -> None:
    assert level_of(connected, GATE, age_s) is expected


def test_each_gate_has_its_own_bound_and_none_has_none() -> None:
    assert level_of(False, replace(GATE, stale_after_s=600), 500.0) is Level.ALONE
    assert level_of(False, None, None) is Level.ALONE


def test_the_source_that_was_heard_longest_ago_counts_and_one_never_heard_most() -> None:
    assert oldest({"a": 3.0, "b": 400.0}, ["a", "b"]) == 400.0
    assert oldest({"a": 3.0}, ["a", "b"]) is None
    assert oldest({}, []) is None


def test_the_stripe_says_how_old_cancellations_are() -> None:
    stale = Freshness(Level.STALE, 372.0, 372.0)
    assert stale.text("en") == "Cancellations 6 min old"
    assert stale.text("fr") == "Annulations d’il y a 6 min"
    assert replace(stale, age_s=None).text("de") == "Stornos nie erhalten"


def test_the_stripe_says_since_when_a_lane_is_alone_after_a_minute() -> None:
    assert Freshness(Level.ALONE, 1.0, 59.0).text("en") == "Alone"
    assert Freshness(Level.ALONE, 1.0, 200.0).text("en") == "Alone for 3 min"


def test_the_people_inside_are_about_so_many_while_others_may_not_have_been_heard() -> None:
    assert Freshness(Level.GATEWAY, inside=1861).people("en") == "1,861"
    assert Freshness(Level.ALONE, inside=1640).people("fr") == "~\xa01\xa0640"
    assert Freshness(Level.GATEWAY).people("en") == "–"
