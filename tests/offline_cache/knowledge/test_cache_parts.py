"""Snapshots in several parts: nothing counts before the last one is there."""

from pathlib import Path

import pytest

from doubles.evening import FULL, GATE, NOW, TONIGHT, token
from doubles.gateway.feed_source import FeedSource
from doubles.store.device_cache import TICKETS, in_touch, opened, settled
from offline_cache.cache import Cache
from validator.errors import FrameRefused
from validator.feed import Row
from validator.model import Listing, Serial, Ticket
from validator.wire.rows import listing_row

SERIALS = range(1, 41)


def row(serial: int, seat: str = "F 12") -> Row:
    """Return a ticket whose row is so long that a part of a snapshot holds 15 of them."""
    key = Serial(TONIGHT, serial)
    return listing_row(Listing(key, Ticket(key.ticket(), TONIGHT, FULL, "box", seat=seat * 15_000)))


def seats(cache: Cache) -> set[str]:
    """Return the seats of all tickets that the cache knows, in short."""
    found = (cache.facts(token(serial), GATE, NOW).tickets for serial in SERIALS)
    return {ticket.seat[:4] for tickets in found for ticket in tickets if ticket.seat}


def known(cache: Cache) -> int:
    """Return how many tickets the cache knows."""
    return sum(len(cache.facts(token(serial), GATE, NOW).tickets) for serial in SERIALS)


@pytest.fixture
def feed() -> FeedSource:
    source = FeedSource()
    source.delta(TICKETS, *map(row, SERIALS))
    return source


def test_a_large_stream_comes_in_parts_that_count_together(
    tmp_path: Path, feed: FeedSource
) -> None:
    cache = opened(tmp_path)
    first, *more, last = feed.parts(TICKETS)
    assert more
    for part in (first, *more):
        assert cache.knowledge.apply(part) is None
        assert known(cache) == 0
    assert cache.knowledge.apply(last) is None
    position = settled(cache)
    assert position is not None
    assert position.sequence == 1
    assert known(cache) == len(SERIALS)
    cache.close()


def test_parts_may_come_in_any_order_and_twice(tmp_path: Path, feed: FeedSource) -> None:
    cache = opened(tmp_path)
    parts = feed.parts(TICKETS)
    for part in (*parts[1:], parts[1]):
        assert cache.knowledge.apply(part) is None
    assert cache.knowledge.apply(parts[0]) is None
    assert settled(cache) is not None
    assert cache.knowledge.apply(parts[2]) is None
    assert known(cache) == len(SERIALS)
    cache.close()


def test_a_restart_between_parts_loses_none(tmp_path: Path, feed: FeedSource) -> None:
    *before, last = feed.parts(TICKETS)
    cache = opened(tmp_path)
    for part in before:
        cache.knowledge.apply(part)
    cache.close()
    again = opened(tmp_path)
    again.knowledge.apply(last)
    assert settled(again) is not None
    assert known(again) == len(SERIALS)
    again.close()


def test_a_newer_snapshot_takes_the_place_of_one_that_never_ended(
    tmp_path: Path, feed: FeedSource
) -> None:
    cache = opened(tmp_path)
    old = feed.parts(TICKETS)
    cache.knowledge.apply(old[0])
    feed.delta(TICKETS, *(row(serial, "G 13") for serial in SERIALS))
    new = feed.parts(TICKETS)
    for part in new[:-1]:
        assert cache.knowledge.apply(part) is None
    cache.knowledge.apply(new[-1])
    assert settled(cache) is not None
    assert seats(cache) == {"G 13"}
    with pytest.raises(FrameRefused):
        cache.knowledge.apply(old[-1])
    cache.close()


def test_the_old_state_stands_until_the_last_part_and_deltas_go_on(
    tmp_path: Path, feed: FeedSource
) -> None:
    cache = opened(tmp_path)
    in_touch(cache, FeedSource())
    for part in feed.parts(TICKETS):
        cache.knowledge.apply(part)
    settled(cache)
    feed.delta(TICKETS, *(row(serial, "G 13") for serial in SERIALS))
    *before, last = feed.parts(TICKETS)
    for part in before:
        cache.knowledge.apply(part)
    assert seats(cache) == {"F 12"}
    cache.knowledge.apply(last)
    settled(cache)
    assert seats(cache) == {"G 13"}
    assert cache.knowledge.apply(feed.delta(TICKETS, row(1, "H 14"))) is not None
    assert seats(cache) == {"G 13", "H 14"}
    cache.close()
