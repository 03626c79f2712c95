"""Ages of the sources: they never flatter what a device knows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from doubles.clock.hand_clock import HandClock
from doubles.evening import DEVICE, GATE, NOW, TOMORROW, TONIGHT, token
from doubles.gateway.feed_source import FeedSource
from doubles.store.device_cache import age, in_touch, opened
from offline_cache.cache import Cache
from validator.clock import Instant
from validator.errors import FrameRefused, FramesMissing
from validator.feed import Epoch
from validator.model import Assignment, Revocation, RevocationKind
from validator.wire.rows import entry_row, revocation_row

CANCELLATIONS, TICKETS = f"cancellations.{TONIGHT}", f"tickets.{TONIGHT}"
CANCELLED = revocation_row(Revocation(token().serial, RevocationKind.CANCELLED, NOW))


def test_ages_grow_on_the_boot_clock_whatever_the_wall_clock_does(
    cache: Cache, feed: FeedSource, hands: HandClock
) -> None:
    in_touch(cache, feed)
    assert age(cache) is None
    assert cache.knowledge.apply(feed.heartbeat({"box": Instant(NOW - 2_000)})) is None
    assert age(cache) == 3.0
    hands.go(60_000)
    hands.wall_ms -= 3_600_000
    assert age(cache) == 63.0
    assert cache.facts(token(), GATE, NOW).age_s("elsewhere") is None


def test_a_source_that_was_heard_in_the_future_is_of_unknown_age(
    cache: Cache, feed: FeedSource
) -> None:
    in_touch(cache, feed)
    cache.knowledge.apply(feed.heartbeat({"box": Instant(NOW + 60_000)}))
    assert age(cache) == 0.0
    cache.knowledge.apply(feed.heartbeat({"box": Instant(NOW + 600_000)}))
    assert age(cache) is None


def test_a_heartbeat_does_not_freshen_what_misses_frames(
    cache: Cache, feed: FeedSource, hands: HandClock
) -> None:
    in_touch(cache, feed)
    cache.knowledge.apply(feed.heartbeat())
    hands.go(10_000)
    lost = feed.delta(CANCELLATIONS, CANCELLED)
    with pytest.raises(FramesMissing, match=CANCELLATIONS):
        cache.knowledge.apply(feed.heartbeat())
    assert age(cache) == 11.0
    cache.knowledge.apply(lost)
    cache.knowledge.apply(feed.heartbeat())
    assert age(cache) == 1.0


def test_a_replayed_or_foreign_heartbeat_does_not_freshen(
    cache: Cache, feed: FeedSource, hands: HandClock
) -> None:
    in_touch(cache, feed)
    old = feed.heartbeat()
    cache.knowledge.apply(old)
    hands.go(10_000)
    cache.knowledge.apply(old)
    assert age(cache) == 11.0
    cache.knowledge.apply(feed.heartbeat())
    with pytest.raises(FrameRefused):
        cache.knowledge.apply(old)
    restored = FeedSource()
    restored.epoch = Epoch(1, 78)
    restored.now = Instant(feed.now + 1)
    with pytest.raises(FrameRefused):
        cache.knowledge.apply(restored.heartbeat())
    assert age(cache) == 1.0


def test_missing_uses_ask_but_do_not_age_the_source(
    cache: Cache, feed: FeedSource, hands: HandClock
) -> None:
    uses = f"uses.{TONIGHT}"
    in_touch(cache, feed, uses)
    feed.delta(uses, (b"x", None))
    with pytest.raises(FramesMissing):
        cache.knowledge.apply(feed.heartbeat())
    assert age(cache) == 1.0


def test_ages_outlive_a_restart_of_the_program_but_not_of_the_machine(
    cache: Cache, feed: FeedSource, hands: HandClock, tmp_path: Path
) -> None:
    in_touch(cache, feed)
    cache.knowledge.apply(feed.heartbeat())
    cache.close()
    hands.go(5_000)
    same = opened(tmp_path, hands)
    assert age(same) == 6.0
    same.close()
    rebooted = opened(tmp_path, hands, boot="boot-2")
    assert age(rebooted) is None
    rebooted.knowledge.apply(feed.heartbeat())
    assert age(rebooted) == 1.0
    rebooted.close()
    nameless = opened(tmp_path, hands, boot="")
    assert age(nameless) is None
    nameless.close()


def test_a_device_that_moves_to_another_gate_knows_no_age_until_it_has_caught_up(
    cache: Cache, feed: FeedSource, tmp_path: Path, hands: HandClock
) -> None:
    in_touch(cache, feed)
    cache.knowledge.apply(feed.heartbeat())
    assert age(cache) == 1.0
    feed.delta(f"cancellations.{TOMORROW}", CANCELLED)
    elsewhere = replace(GATE, id="b", performances=(TOMORROW,))
    cache.knowledge.apply(
        feed.delta("catalogue", entry_row(elsewhere), entry_row(Assignment(DEVICE, "b")))
    )
    assert cache.knowledge.place.gate == elsewhere
    assert age(cache) is None
    with pytest.raises(FramesMissing):
        cache.knowledge.apply(feed.heartbeat())
    assert age(cache) is None
    cache.close()
    again = opened(tmp_path, hands)
    assert age(again) is None
    again.knowledge.apply(feed.snapshot(f"cancellations.{TOMORROW}"))
    again.knowledge.apply(feed.heartbeat())
    assert age(again) == 1.0
    again.close()
