"""A device's clock that is wrong, set, or lost: whose time counts, and what people are told."""

import json
from pathlib import Path

import pytest

from doubles.clock.hand_clock import HandClock
from doubles.evening import NOW
from offline_cache.sync.clock_offset import FAR_MS, Offset, OffsetFile
from validator.clock import HOUR_MS, MINUTE_MS, Instant
from validator.wire.messages import Pong

BEHIND_MS = 10 * MINUTE_MS


def measured(hands: HandClock, offset: Offset, gateway_ms: int) -> None:
    ping = offset.ping()
    offset.pong(Pong(ping.sent, Instant(gateway_ms), Instant(gateway_ms)))


def kept(folder: Path, hands: HandClock, boot: str = "one") -> Offset:
    return Offset(hands.clock, OffsetFile(folder / "clock.json"), boot)


@pytest.mark.parametrize("wrong_ms", [-BEHIND_MS, BEHIND_MS])
def test_ten_minutes_off_is_corrected_and_told_once(wrong_ms: int) -> None:
    hands = HandClock()
    hands.wall_ms = NOW + wrong_ms
    offset = Offset(hands.clock)
    measured(hands, offset, NOW)
    assert offset.ms == -wrong_ms
    assert offset.corrected().now() == NOW
    word = "10 min behind" if wrong_ms < 0 else "10 min ahead of"
    assert word in offset.warning()
    assert offset.warning() == "", "once is enough"


def test_a_clock_that_is_nearly_right_is_not_worth_a_word() -> None:
    hands = HandClock()
    offset = Offset(hands.clock)
    measured(hands, offset, NOW + FAR_MS - 1)
    assert offset.warning() == ""


def test_a_lane_that_starts_alone_goes_by_the_last_measurement(tmp_path: Path) -> None:
    hands = HandClock()
    hands.wall_ms = NOW - BEHIND_MS
    measured(hands, kept(tmp_path, hands), NOW)
    hands.go(HOUR_MS)
    again = kept(tmp_path, hands)
    assert again.corrected().now() == NOW + HOUR_MS
    assert "10 min behind" in again.warning()


def test_a_wall_clock_that_is_set_between_two_starts_changes_nothing_in_the_same_boot(
    tmp_path: Path,
) -> None:
    hands = HandClock()
    hands.wall_ms = NOW - BEHIND_MS
    measured(hands, kept(tmp_path, hands), NOW)
    hands.wall_ms = NOW
    again = kept(tmp_path, hands)
    assert again.ms == 0


def test_after_a_reboot_the_last_difference_counts(tmp_path: Path) -> None:
    hands = HandClock()
    hands.wall_ms = NOW - BEHIND_MS
    measured(hands, kept(tmp_path, hands), NOW)
    hands.wall_ms += HOUR_MS
    hands.boot_ms = 1_000
    again = kept(tmp_path, hands, boot="two")
    assert again.corrected().now() == NOW + HOUR_MS


def test_a_clock_lost_in_a_reboot_goes_on_from_the_last_time_heard_and_says_so(
    tmp_path: Path,
) -> None:
    hands = HandClock()
    measured(hands, kept(tmp_path, hands), NOW)
    hands.wall_ms, hands.boot_ms = 0, 1_000
    again = kept(tmp_path, hands, boot="two")
    hands.go(MINUTE_MS)
    assert again.corrected().now() == NOW + MINUTE_MS
    assert "lost" in again.warning()
    measured(hands, again, NOW + HOUR_MS)
    assert again.corrected().now() == NOW + HOUR_MS
    assert "behind" in again.warning(), "known now, but still to be set"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "[" * 4_000,
        '{"boot": 1}',
        json.dumps({"boot": "one", "gateway_less_boot_ns": "x"}),
        json.dumps(
            {
                "boot": "one",
                "gateway_less_boot_ns": 1 << 80,
                "round_trip_ns": 0,
                "offset_ms": 0,
                "gateway_ms": 0,
            }
        ),
    ],
)
def test_a_damaged_file_is_no_measurement(tmp_path: Path, text: str) -> None:
    (tmp_path / "clock.json").write_text(text)
    assert kept(tmp_path, HandClock()).ms is None


def test_a_folder_that_can_not_be_written_costs_the_memory_only(tmp_path: Path) -> None:
    hands = HandClock()
    offset = Offset(hands.clock, OffsetFile(tmp_path / "none" / "clock.json"), "one")
    measured(hands, offset, NOW)
    assert offset.ms == 0
