"""Who is inside, as far as a device has heard."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from doubles.evening import NOW, TOMORROW, TONIGHT, token, use
from doubles.gateway.feed_source import FeedSource
from doubles.store.device_cache import check_in, in_touch, settled
from offline_cache.cache import Cache
from offline_cache.knowledge.occupancy import PAGE
from validator.clock import Instant
from validator.model import Direction, Kind, TicketId, UseState, uuid7
from validator.wire.rows import use_row

USES = f"uses.{TONIGHT}"


def inside(cache: Cache, *scopes: int) -> int:
    *_, people = cache.occupancy.inside(scopes or (TONIGHT,))
    return people


def test_others_and_own_guests_are_counted_once_each(cache: Cache, feed: FeedSource) -> None:
    feed.delta(
        USES,
        use_row(use(token(1), 20)),
        use_row(use(token(2), 10, count=4)),
        use_row(use(token(2), 5, Direction.EXIT, count=1)),
        use_row(use(token(3), 4, state=UseState.HELD)),
    )
    in_touch(cache, feed, USES)
    assert inside(cache) == 5
    mine = check_in(1, token(7))
    cache.append(mine)
    assert inside(cache) == 6
    back = replace(use(token(7)), id=mine.id, at=mine.at)
    cache.knowledge.apply(feed.delta(USES, use_row(back)))
    settled(cache)
    assert inside(cache) == 6
    cache.append(check_in(2, token(7), kind=Kind.UNDO, of=mine.id))
    assert inside(cache) == 5
    assert inside(cache, TOMORROW) == 0


def test_a_guest_who_was_let_in_counts_at_the_turnstile_and_as_many_as_went_through(
    cache: Cache, feed: FeedSource
) -> None:
    in_touch(cache, feed, USES)
    mine = check_in(1, token(7), kind=Kind.HOLD, count=3)
    cache.append(mine)
    assert inside(cache) == 3
    held = replace(use(token(7), count=3, state=UseState.HELD), id=mine.id, at=mine.at)
    cache.knowledge.apply(feed.delta(USES, use_row(held)))
    cache.append(check_in(2, token(7), kind=Kind.CONFIRM, of=mine.id, count=2))
    assert inside(cache) == 2


def test_an_entry_of_this_device_and_an_exit_elsewhere_meet_whatever_the_tickets_name(
    cache: Cache, feed: FeedSource
) -> None:
    in_touch(cache, feed, USES)
    mine = check_in(1, token(7))
    cache.append(mine)
    merged = TicketId("box:7")
    entry = replace(use(token(7)), id=mine.id, at=mine.at, ticket=merged)
    left = replace(use(token(7), -1, Direction.EXIT), ticket=merged)
    cache.knowledge.apply(feed.delta(USES, use_row(entry), use_row(left)))
    settled(cache)
    assert inside(cache) == 0


def test_a_house_is_counted_page_by_page(cache: Cache, feed: FeedSource) -> None:
    def entry(number: int) -> tuple[bytes, bytes | None]:
        at = Instant(NOW - number)
        id_ = uuid7(at, number.to_bytes(10, "big"))
        return use_row(replace(use(token(number % 200)), id=id_, at=at))

    feed.delta(USES, *(entry(number) for number in range(3 * PAGE + 7)))
    in_touch(cache, feed, USES)
    pages = list(cache.occupancy.inside((TONIGHT,)))
    assert pages[-1] == 3 * PAGE + 7
    assert len(pages) >= 4
    assert all(after - before <= PAGE for before, after in pairwise(pages))
