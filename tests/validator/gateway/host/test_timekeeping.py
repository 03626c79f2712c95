"""The gateway's clock: behind what is stored, doubted by devices, set while it runs."""

from pathlib import Path

import pytest

from doubles.clock.hand_clock import HandClock
from doubles.evening import NOW
from validator.clock import DAY_MS, HOUR_MS, MINUTE_MS, Instant, iso
from validator.gateway.host.timekeeping import EARLIEST, FRESH_S, SLACK_MS, Timekeeping, floor_of
from validator.gateway.store.sqlite.store import SqliteStore
from validator.model import DeviceId

LANES = [DeviceId(f"lane-{number}") for number in range(1, 5)]
TEN_MIN = 10 * MINUTE_MS
TEN_YEARS = 3_652 * DAY_MS


@pytest.fixture
def hands() -> HandClock:
    return HandClock()


def test_a_clock_that_nothing_speaks_against_is_followed(hands: HandClock) -> None:
    time = Timekeeping(hands.clock, NOW)
    hands.go(HOUR_MS)
    assert time.clock.now() == NOW + HOUR_MS
    assert time.figures() == {"verified": True, "why": ""}


def test_a_clock_without_a_battery_goes_on_from_what_was_stored_and_says_so(
    hands: HandClock,
) -> None:
    hands.wall_ms = 0
    time = Timekeeping(hands.clock, NOW)
    hands.go(MINUTE_MS)
    assert time.clock.now() == NOW + MINUTE_MS
    assert iso(Instant(NOW + MINUTE_MS)) in time.why
    assert not time.figures()["verified"]


def test_it_is_verified_again_once_it_was_set(hands: HandClock) -> None:
    hands.wall_ms = 0
    time = Timekeeping(hands.clock, NOW)
    assert time.check()
    assert not time.check(), "said once"
    hands.wall_ms = NOW + HOUR_MS
    assert time.clock.now() == NOW + HOUR_MS
    assert time.check()
    assert time.why == ""


def test_a_clock_set_back_while_it_runs_does_not_take_the_evening_back(hands: HandClock) -> None:
    time = Timekeeping(hands.clock, NOW)
    assert time.clock.now() == NOW
    hands.go(MINUTE_MS)
    hands.wall_ms -= TEN_MIN
    assert time.clock.now() == NOW + MINUTE_MS
    assert "Set the machine's clock" in time.why


def test_a_small_step_back_is_followed(hands: HandClock) -> None:
    time = Timekeeping(hands.clock, NOW)
    hands.wall_ms -= SLACK_MS
    assert time.clock.now() == NOW - SLACK_MS
    assert time.why == ""


def test_one_device_that_bears_it_out_lets_a_clock_that_ran_ahead_be_put_right(
    hands: HandClock,
) -> None:
    time = Timekeeping(hands.clock, Instant(NOW + HOUR_MS))
    assert time.clock.now() == NOW + HOUR_MS
    time.hear(LANES[0], NOW)
    assert time.clock.now() == NOW
    assert time.why == ""


def test_devices_that_agree_with_what_was_certain_keep_it(hands: HandClock) -> None:
    time = Timekeeping(hands.clock, NOW)
    hands.wall_ms -= TEN_MIN
    for lane in LANES[:2]:
        time.hear(lane, NOW)
    assert time.clock.now() == NOW


def test_two_devices_that_differ_are_told_of_and_change_nothing(hands: HandClock) -> None:
    time = Timekeeping(hands.clock, NOW)
    time.hear(LANES[0], Instant(NOW - TEN_MIN))
    assert time.why == "", "one device alone is more likely wrong itself"
    time.hear(LANES[1], Instant(NOW - TEN_MIN))
    assert "2 of 2 devices" in time.why
    assert time.figures()["verified"], "two may lie, or be wrong themselves"
    assert time.check()
    assert not time.check(), "said once"
    assert time.clock.now() == NOW
    for lane in LANES[2:]:
        time.hear(lane, NOW)
    assert time.why == "", "as many agree"
    time.forget(LANES[2])
    assert "2 of 3 devices" in time.why


@pytest.mark.parametrize(("honest", "liars"), [(3, 2), (3, 3), (6, 5), (20, 5)])
def test_a_handful_of_liars_among_honest_lanes_changes_nothing(
    hands: HandClock, honest: int, liars: int
) -> None:
    time = Timekeeping(hands.clock, NOW)
    for number in range(honest):
        time.hear(DeviceId(f"honest-{number}"), Instant(NOW + number * 1000))
    for number in range(liars):
        time.hear(DeviceId(f"liar-{number}"), Instant(NOW + TEN_YEARS))
    assert time.figures() == {"verified": True, "why": ""}
    assert not time.check()


def test_liars_that_show_each_another_time_are_no_witnesses(hands: HandClock) -> None:
    time = Timekeeping(hands.clock, NOW)
    for number in range(1, 10):
        time.hear(DeviceId(f"liar-{number}"), Instant(NOW + number * TEN_YEARS))
    assert time.figures()["verified"]
    assert "9 of 9 devices" in time.why


def test_most_of_the_devices_with_one_other_time_between_them_are_believed(
    hands: HandClock,
) -> None:
    time = Timekeeping(hands.clock, NOW)
    for number, lane in enumerate(LANES[:3]):
        time.hear(lane, Instant(NOW - TEN_MIN + number * 1000))
    assert not time.figures()["verified"]
    assert time.clock.now() == NOW
    time.hear(LANES[3], NOW)
    assert not time.figures()["verified"], "three of four"
    for number in range(2):
        time.hear(DeviceId(f"more-{number}"), NOW)
    assert time.figures() == {"verified": True, "why": ""}, "three of six are not most"


def test_no_device_brings_1970_back(hands: HandClock) -> None:
    hands.wall_ms = 0
    time = Timekeeping(hands.clock, NOW)
    for lane in LANES:
        time.hear(lane, Instant(0))
    assert time.clock.now() == NOW
    assert not time.figures()["verified"]


def test_a_word_of_long_ago_counts_no_more(hands: HandClock) -> None:
    time = Timekeeping(hands.clock, NOW)
    for lane in LANES[:2]:
        time.hear(lane, Instant(NOW - TEN_MIN))
    hands.go(int(FRESH_S * 1000) + 1)
    assert time.why == ""


def test_an_empty_store_knows_that_1970_is_past(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "gateway.sqlite")
    assert floor_of(store) == EARLIEST
    with store.transaction() as session:
        session.sources.move("box", "1", NOW)
    assert floor_of(store) == NOW
    store.close()
