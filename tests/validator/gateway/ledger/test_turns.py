"""Who waits for the writer waits for a turn of others, never for all that somebody has brought."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import pytest_asyncio

from doubles.gateway.committer_with_devices import Venue, cancelled, listing
from validator.errors import FixRequest
from validator.gateway.ledger.queue import Item, Queue, Rank
from validator.gateway.ledger.unit_of_work import UnitOfWork


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    running = asyncio.new_event_loop()
    yield running
    running.close()


def item(
    loop: asyncio.AbstractEventLoop, rank: Rank, of: str = "", quick: bool = False, at: float = 0
) -> Item:
    return Item(lambda work: None, rank, of, quick, loop.create_future(), at)


def order(queue: Queue, most: int = 1) -> list[list[str]]:
    return [[each.of for each in taken] for taken in iter(lambda: queue.take(most), [])]


def test_a_cancellation_waits_for_nobody(loop: asyncio.AbstractEventLoop) -> None:
    queue = Queue()
    for rank in (Rank.BULK, Rank.DOOR, Rank.BULK, Rank.REFUSALS, Rank.REFUSALS):
        queue.put(item(loop, rank, rank.name))
    assert order(queue)[:2] == [["REFUSALS"], ["REFUSALS"]]


def test_the_door_and_all_else_take_turns(loop: asyncio.AbstractEventLoop) -> None:
    queue = Queue()
    for rank in (Rank.BULK, Rank.BULK, Rank.BULK, Rank.DOOR, Rank.DOOR):
        queue.put(item(loop, rank, rank.name))
    assert order(queue) == [["DOOR"], ["BULK"], ["DOOR"], ["BULK"], ["BULK"]]


def test_devices_take_turns_however_much_one_of_them_has_brought(
    loop: asyncio.AbstractEventLoop,
) -> None:
    queue = Queue()
    for of in ("a", "a", "a", "a", "b", "c", "c"):
        queue.put(item(loop, Rank.BULK, of))
    assert order(queue, 3) == [["a", "b", "c"], ["a", "c", "a"], ["a"]]


def test_what_was_not_done_in_its_turn_stands_first(loop: asyncio.AbstractEventLoop) -> None:
    queue = Queue()
    for of in ("a", "b", "c"):
        queue.put(item(loop, Rank.BULK, of))
    taken = queue.take(3)
    queue.put_back(taken[1:])
    queue.put(item(loop, Rank.BULK, "d"))
    assert order(queue, 9) == [["b", "c", "d"]]


def test_quick_ones_are_not_taken_with_others(loop: asyncio.AbstractEventLoop) -> None:
    queue = Queue()
    for quick, of in ((True, "a"), (True, "b"), (False, "c"), (True, "d")):
        queue.put(item(loop, Rank.DOOR, of, quick))
    assert order(queue, 9) == [["a", "b"], ["c"], ["d"]]


def test_it_is_known_how_long_the_door_has_waited(loop: asyncio.AbstractEventLoop) -> None:
    queue = Queue()
    assert queue.asked_s() is None
    queue.put(item(loop, Rank.BULK, at=1))
    first, second = (item(loop, Rank.DOOR, at=at) for at in (2, 3))
    queue.put(first)
    queue.put(second)
    assert queue.asked_s() == 2
    taken = queue.take(9)
    assert queue.asked_s() == 2
    queue.answered(taken[:1])
    assert queue.asked_s() == 3
    queue.answered(taken[1:])
    assert queue.asked_s() is None


@pytest_asyncio.fixture
async def venue(tmp_path: Path) -> AsyncIterator[Venue]:
    running = await Venue(tmp_path / "store").start()
    yield running
    await running.stop()


@contextmanager
def held_up(venue: Venue) -> Iterator[Callable[[], None]]:
    """Keep the writer busy with one item until the function is called."""
    begun, go_on = Event(), Event()

    def job(work: UnitOfWork) -> None:
        begun.set()
        go_on.wait(30)

    busy = asyncio.ensure_future(venue.committer.write(job))
    try:
        yield go_on.set
    finally:
        go_on.set()
        busy.add_done_callback(lambda done: done.exception())


async def test_what_comes_later_and_matters_more_is_done_first(venue: Venue) -> None:
    done: list[str] = []

    def job(what: str) -> Callable[[UnitOfWork], Any]:
        return lambda work: done.append(what)

    write, quick, first = venue.committer.write, venue.committer.quick, venue.committer.first
    with held_up(venue) as go_on:
        await asyncio.sleep(0)
        waiting = [asyncio.ensure_future(write(job(f"a{n}"), "a")) for n in range(3)]
        waiting += [asyncio.ensure_future(write(job("b"), "b"))]
        waiting += [asyncio.ensure_future(quick(job("claim"), "c"))]
        waiting += [asyncio.ensure_future(first(job("cancelled")))]
        await asyncio.sleep(0)
        go_on()
        await asyncio.gather(*waiting)
    assert done == ["cancelled", "claim", "a0", "b", "a1", "a2"]


async def test_a_turn_ends_in_time_although_every_item_of_it_fails(venue: Venue) -> None:
    """A batch with an item that fails is done again, item by item: that must not take longer."""

    def wrong(work: UnitOfWork) -> None:
        Event().wait(0.006)
        raise FixRequest("no")

    order: list[str] = []

    def claim(work: UnitOfWork) -> None:
        order.append("claim")

    with held_up(venue) as go_on:
        await asyncio.sleep(0)
        bad = [asyncio.ensure_future(venue.committer.write(wrong, "liar")) for _ in range(40)]
        for each in bad:
            each.add_done_callback(lambda done: order.append("bad"))
        claims = [asyncio.ensure_future(venue.committer.quick(claim, "lane")) for _ in range(2)]
        await asyncio.sleep(0)
        go_on()
        await asyncio.gather(*claims)
        assert order.count("bad") < len(bad)
        assert all(
            isinstance(end, FixRequest)
            for end in await asyncio.gather(*bad, return_exceptions=True)
        )


async def test_a_cancellation_among_thousands_of_new_rows_is_published_first(venue: Venue) -> None:
    await venue.apply(listings=(listing(1), listing(2)))
    venue.frames.clear()
    await venue.apply(
        listings=tuple(listing(serial) for serial in range(10, 700)),
        revocations=(cancelled(20), cancelled(1)),
    )
    streams = [stream for stream, _ in venue.frames]
    first, last = streams.index("cancellations.5"), len(streams) - 1
    assert (first, streams[last]) == (0, "cancellations.5")
    assert streams.count("tickets.5") == 7
