"""A lane with lamps and a turnstile in the network, from the code to the passage."""

import time
from collections.abc import Callable
from contextlib import closing
from functools import partial

from doubles.device.boards import LOOK, HttpBoard
from journeys.venue.stdin_lane import StdinLane
from journeys.venue.venue import HOLDING, Venue
from journeys.venue.waiting import until
from offline_cache.cache import Cache
from offline_cache.identity.identity import Identity
from validator.clock import Clock


async def seen(what: Callable[[], bool]) -> None:
    async def so() -> bool:
        return what()

    await until(so)


async def test_a_green_lights_up_opens_and_is_counted_when_the_guest_is_through(
    venue: Venue,
) -> None:
    lamps, turnstile = HttpBoard(), HttpBoard()
    await venue.open()
    lane = StdinLane(await venue.enrolled("lane", HOLDING))
    venue.lanes.append(lane)
    await lane.begin(words=("--lamps", lamps.address, "--turnstile", turnstile.address))
    for stream in venue.streams:
        await lane.heard(0, event="applied", stream=stream)
    line = await lane.scan(venue.code(venue.evening.full[0]))
    assert line["decision"] == "admit"
    await seen(lambda: "/rpc/Switch.Set?id=0&on=true" in turnstile.calls)
    await seen(lambda: lamps.closed == {1})
    # A guest who is already in the contact's way is waited for until it was seen open.
    asked = turnstile.calls.count(LOOK)
    await seen(lambda: turnstile.calls.count(LOOK) > asked + 2)

    async def waits(states: list[str]) -> bool:
        return await venue.awaited() == states

    await until(partial(waits, ["held"]))
    turnstile.press()
    await until(partial(waits, []))
    assert (await lane.scan(venue.code(venue.evening.cancelled)))["reason"] == "cancelled"
    await seen(lambda: lamps.closed == {3})
    assert turnstile.calls.count("/rpc/Switch.Set?id=0&on=true") == 1
    assert await lane.terminated() == 0
    assert lamps.closed == turnstile.closed == set()
    identity = Identity.load(lane.state / "identity.json")
    clock = Clock(time.time_ns, time.monotonic_ns)
    with closing(Cache.open(lane.state / "cache.sqlite", clock, identity)) as cache:
        assert cache.held == ()
    assert await venue.entered() == 1
    lamps.end()
    turnstile.end()
