"""What a frame calls for: receipts, what the lane is told, and asking for what is missing."""

from __future__ import annotations

import pytest

from doubles.clock.hand_clock import HandClock
from doubles.evening import NOW, token
from doubles.gateway.feed_source import FeedSource, evening_rows
from doubles.store.device_cache import CANCELLATIONS, TICKETS, in_touch
from offline_cache.cache import Cache
from offline_cache.sync.events import Alarm, Applied
from offline_cache.sync.frames import FrameHandler, Reaction
from validator.feed import Row
from validator.keys import SigningKey
from validator.model import Revocation, RevocationKind
from validator.wire.messages import Position, Receipt, Want
from validator.wire.rows import revocation_row

RETRY_S = 5.0


def gone(serial: int) -> Row:
    return revocation_row(Revocation(token(serial).serial, RevocationKind.CANCELLED, NOW))


@pytest.fixture
def handler(cache: Cache, feed: FeedSource, hands: HandClock) -> FrameHandler:
    """Follow the evening's streams, which the cache holds already."""
    in_touch(cache, feed)
    handler = FrameHandler(cache.knowledge, hands.clock, RETRY_S)
    handler.begin()
    return handler


def test_the_greeting_asks_for_the_catalogue_while_nothing_is_known(
    cache: Cache, hands: HandClock
) -> None:
    handler = FrameHandler(cache.knowledge, hands.clock, RETRY_S)
    assert handler.begin() == (Position("catalogue", 0, 0, 0),)


def test_a_plan_that_opens_streams_has_them_asked_for(
    cache: Cache, feed: FeedSource, hands: HandClock
) -> None:
    handler = FrameHandler(cache.knowledge, hands.clock, RETRY_S)
    handler.begin()
    feed.delta("catalogue", *evening_rows())
    applied, want = handler.apply(feed.snapshot("catalogue"))
    assert applied == Applied("catalogue", 1)
    assert want == Want(cache.knowledge.positions(cache.knowledge.place.streams[1:]))


def test_cancellations_are_receipted_and_nothing_else_is(
    handler: FrameHandler, feed: FeedSource
) -> None:
    here = Position(CANCELLATIONS, *feed.epoch, 1)
    cancelled = handler.apply(feed.delta(CANCELLATIONS, gone(1)))
    assert cancelled == [Receipt(here), Applied(CANCELLATIONS, 1)]
    assert handler.apply(feed.delta(TICKETS)) == [Applied(TICKETS, 1)]


def test_what_is_known_already_calls_for_nothing(handler: FrameHandler, feed: FeedSource) -> None:
    change = feed.delta(CANCELLATIONS, gone(1))
    handler.apply(change)
    assert handler.apply(change) == []


def test_what_is_missing_is_asked_for_and_not_again_before_there_was_time_to_answer(
    handler: FrameHandler, cache: Cache, feed: FeedSource, hands: HandClock
) -> None:
    feed.delta(CANCELLATIONS, gone(1))
    late = feed.delta(CANCELLATIONS, gone(2))
    assert handler.apply(late) == [], "the greeting has asked just now"
    hands.go(5_000)
    everything = Want(cache.knowledge.positions(cache.knowledge.place.streams))
    assert handler.apply(late) == [everything]
    assert handler.apply(late) == []
    hands.go(5_000)
    assert handler.apply(late) == [everything]


def test_a_forged_frame_calls_for_an_alarm_only(handler: FrameHandler) -> None:
    forger = FeedSource(key=SigningKey.from_seed(b"x" * 32))
    (alarm,) = handler.apply(forger.delta(CANCELLATIONS, gone(1)))
    assert isinstance(alarm, Alarm)


def test_rows_that_can_not_be_read_are_told_once(handler: FrameHandler, feed: FeedSource) -> None:
    alarm, applied = handler.apply(feed.delta(TICKETS, (b"s" + bytes(8), b"\xc1")))
    assert alarm == Alarm(f"{TICKETS} holds rows that this version can't read: update it.")
    assert applied == Applied(TICKETS, 1)
    assert handler.apply(feed.delta(TICKETS)) == [Applied(TICKETS, 2)]


def test_after_a_large_snapshot_what_came_meanwhile_is_asked_for(
    handler: FrameHandler, cache: Cache, feed: FeedSource
) -> None:
    feed.delta(CANCELLATIONS, *map(gone, range(1, 1_001)))
    assert handler.apply(feed.snapshot(CANCELLATIONS)) == []
    called_for: list[Reaction] = []
    while cache.knowledge.busy:
        called_for += handler.go_on()
    here = Position(CANCELLATIONS, *feed.epoch, 1)
    assert called_for == [Receipt(here), Applied(CANCELLATIONS, 1), Want((here,))]
