"""A shop at Infomaniak (simulated), a gateway and a lane, each a process of its own."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest_asyncio
from aiohttp.test_utils import TestServer

from journeys.venue.venue import Venue
from journeys.venue.waiting import until
from simulators.infomaniak import Simulator
from simulators.infomaniak_shop import Shop
from validator.clock import Clock
from validator.gateway.host.data_folder import open_secrets

DATE = 501
STREAMS = ("catalogue", f"tickets.{DATE}", f"cancellations.{DATE}", f"uses.{DATE}")
CONFIG = """
[[gates]]
id = "shop"
name = "Main entrance"
performances = [501]

[[upstreams]]
kind = "infomaniak"
url = "{url}"
shop_key_file = "{folder}/shop"
counter_key_file = "{folder}/counter"
authorization_file = "{folder}/password"
"""


@pytest_asyncio.fixture
async def simulator() -> Simulator:
    clock = Clock(time.time_ns, time.monotonic_ns)
    return Simulator(Shop(clock.now()), clock)


@pytest_asyncio.fixture
async def venue(simulator: Simulator, tmp_path: Path) -> AsyncIterator[Venue]:
    for name, secret in (
        ("shop", simulator.shop_key),
        ("counter", simulator.counter_key),
        ("password", simulator.password),
    ):
        (tmp_path / name).write_text(secret)
    server = TestServer(simulator.app())
    async with server:
        venue = Venue(tmp_path)
        config = tmp_path / "gateway.toml"
        # Seldom: the polls of this journey must not be spent before it needs them.
        seldom = config.read_text().replace("poll_s = 0.5", "poll_s = 600")
        more = CONFIG.format(url=server.make_url("/api/shop"), folder=tmp_path)
        config.write_text(seldom + more)
        try:
            yield venue
        finally:
            await venue.close()


async def wake(venue: Venue) -> None:
    key = open_secrets(venue.data, os.urandom).wake_key("infomaniak")
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {key}"}) as session,
        session.post(f"{venue.address}/api/v1/upstreams/infomaniak/wake") as answer,
    ):
        assert answer.status == 202


async def test_a_ticket_cancelled_there_is_refused_here_and_entries_go_both_ways(
    simulator: Simulator, venue: Venue
) -> None:
    ours, cancelled, theirs, odd = simulator.shop.sell(4)
    await venue.open()
    lane = await venue.enrolled("lane", "shop")
    await lane.start(*STREAMS)

    admitted = await lane.scan(ours.qr)
    assert (admitted["decision"], admitted["assurance"]) == ("admit", "confirmed")

    async def told() -> bool:
        return bool(ours.scans)

    await until(told)
    assert [what for what, _ in ours.scans] == ["scan"]

    before = len(lane.lines)
    cancelled.status, odd.status = "cancelled", "frozen"
    assert simulator.shop.scanned(theirs, "scan", simulator.clock.now()) is None
    await wake(venue)
    await lane.heard(before, event="applied", stream=STREAMS[2])
    refused = await lane.scan(cancelled.qr)
    assert (refused["decision"], refused["reason"]) == ("refuse", "cancelled")
    refused = await lane.scan(theirs.qr)
    assert (refused["decision"], refused["reason"]) == ("refuse", "already_used")
    assert (await lane.scan(ours.qr))["reason"] == "already_used"

    assert (await lane.scan(odd.qr))["decision"] == "admit"
    alarms = (await venue.counts())["alarms"]
    assert {alarm["source"] for alarm in alarms} == {"infomaniak"}
    assert all("'frozen'" in alarm["what"] for alarm in alarms)
    assert any("ticket-4" in alarm["what"] for alarm in alarms)

    await venue.forwarded()
    assert [len(ticket.scans) for ticket in (ours, cancelled, theirs, odd)] == [1, 0, 1, 1]
