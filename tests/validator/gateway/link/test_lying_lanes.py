"""Lanes that lie about their clocks and themselves."""

from __future__ import annotations

import pytest

from doubles.gateway.live import CLOCK, LiveGateway
from doubles.gateway.raw_wire import Wire, welcomed
from validator.bounds import MOST_OFF_MS
from validator.clock import DAY_MS, Instant
from validator.wire.codec import pack
from validator.wire.messages import Ping, Pong, Telemetry

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEN_YEARS = 3_652 * DAY_MS


async def pinged(wire: Wire, ahead_ms: int) -> None:
    await wire.say(Ping(Instant(CLOCK.now() + ahead_ms)))
    await wire.hear(Pong)


async def clock(live: LiveGateway) -> dict[str, object]:
    _, ready = await live.call("GET", "/readyz")
    return dict(ready["clock"])


async def test_two_lanes_that_lie_of_the_time_do_not_unverify_the_clock(live: LiveGateway) -> None:
    one, two = await live.enrolled(), await live.enrolled()
    async with welcomed(live, one) as first, welcomed(live, two) as second:
        for wire in (first, second):
            await pinged(wire, TEN_YEARS)
        told = await clock(live)
        assert told["verified"]
        assert "2 of 2 devices" in str(told["why"]), "what is known is said"
        honest = [await live.enrolled() for _ in range(2)]
        async with welcomed(live, honest[0]) as third, welcomed(live, honest[1]) as fourth:
            for wire in (third, fourth):
                await pinged(wire, 0)
            assert await clock(live) == {"verified": True, "why": ""}


@pytest.mark.parametrize(
    "odd", [(-5,), (0, -1), (0, 250), (0, None, 1 << 63), (0, None, -(1 << 63))]
)
async def test_what_no_lane_can_be_is_in_no_figure(
    live: LiveGateway, odd: tuple[int | None, ...]
) -> None:
    device = await live.enrolled()
    async with welcomed(live, device) as wire:
        await wire.say(Telemetry(3, 80, MOST_OFF_MS))
        await wire.socket.send_bytes(pack(["Telemetry", odd]))
        await wire.socket.send_bytes(pack(["Ping", [(1 << 64) - 1]]))
        await pinged(wire, 0)
        lane = live.daemon.gateway.services.lanes.find(wire.device)
        assert lane is not None
        while lane.telemetry is None:
            await pinged(wire, 0)
        assert lane.telemetry == Telemetry(3, 80, MOST_OFF_MS)
        assert (await clock(live))["verified"]
