"""A gateway and two lanes on hosts of their own, and a network that fails in every way."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio

from generators.fault_table import FaultTable
from journeys.venue.lane import LaneProcess, Line
from journeys.venue.network import Host, Network, missing
from journeys.venue.venue import CAREFUL, GATE, IMPATIENT_S, Venue
from journeys.venue.waiting import until
from offline_cache.sync.claim_waits import TIMEOUTS
from offline_cache.sync.link import FOREIGN

UNABLE = missing()
pytestmark = pytest.mark.skipif(bool(UNABLE), reason=UNABLE)

PATIENCE_S = 0.5
"""More than a lane has at a door: other tests use the machine too."""

SILENCE_S = 3.0
SILENT = "The gateway has been silent for 3 s."


class Site(NamedTuple):
    """The house: one gateway, two lanes, each with a line of its own."""

    venue: Venue
    gateway: Host
    left: Host
    right: Host


@pytest_asyncio.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """Prepare three hosts; the gateway is up."""
    with Network() as network:
        gateway, left, right = (network.host(name) for name in ("gate", "left", "right"))
        venue = Venue(tmp_path, gateway)
        try:
            await venue.open()
            yield Site(venue, gateway, left, right)
        finally:
            await venue.close()


async def lane_at(site: Site, host: Host, gate: str = GATE) -> LaneProcess:
    lane = await site.venue.enrolled_at(host, site.gateway.address, gate)
    await lane.start(*site.venue.streams, wait_s=PATIENCE_S, silence_s=SILENCE_S)
    await site.venue.informed(lane)
    return lane


def said(line: Line) -> tuple[str, str, str]:
    return line["decision"], line["reason"], line["assurance"]


ADMITTED = ("admit", "ok", "confirmed")
ALONE = ("admit", "ok", "provisional")
STALE = ("check", "stale_data", "provisional")


async def test_a_pulled_cable_moves_a_lane_down_the_ladder_and_back_without_a_wrong_scan(
    site: Site, faults: FaultTable
) -> None:
    venue, tickets = site.venue, iter(site.venue.evening.crowd)
    lane, other = await lane_at(site, site.left, CAREFUL), await lane_at(site, site.right)
    assert said(await lane.scan(venue.code(next(tickets)))) == ADMITTED

    site.left.pull()
    assert said(await lane.scan(venue.code(next(tickets)))) == ALONE, "the first scan after the cut"
    assert said(await other.scan(venue.code(next(tickets)))) == ADMITTED, "the other goes on"
    cancelled = venue.code(venue.evening.cancelled)

    async def overdue() -> bool:
        line = await lane.scan(cancelled)
        assert (line["decision"], line["reason"]) == ("refuse", "cancelled"), "at every step"
        return bool(line["age_s"] > IMPATIENT_S)

    await until(overdue)
    assert said(await lane.scan(venue.code(next(tickets)))) == STALE, "and it says so"
    assert SILENT in (await lane.heard(0, event="down"))["line"]

    before = len(lane.lines)
    site.left.plug()
    await lane.heard(before, event="up")
    assert said(await lane.scan(venue.code(next(tickets)))) == ADMITTED, "the first scan after"
    await delivered_once(site, lane, other)
    faults.row(
        "Network",
        "A lane's cable pulled, and put back",
        seen=SILENT,
        ends="admit, provisional; past the gate's bound check, stale_data; back: confirmed",
    )


async def test_a_half_open_connection_costs_no_guest_a_wrong_verdict(
    site: Site, faults: FaultTable
) -> None:
    venue, tickets = site.venue, iter(site.venue.evening.crowd)
    lane, other = await lane_at(site, site.left), await lane_at(site, site.right)
    site.left.wire.loss = 1.0
    for _ in range(TIMEOUTS + 1):
        assert said(await lane.scan(venue.code(next(tickets)))) == ALONE
    assert not [line for line in lane.lines if line["event"] == "down"], "nobody told the lane"
    assert SILENT in (await lane.heard(0, event="down"))["line"]
    assert said(await lane.scan(venue.code(next(tickets)))) == ALONE
    assert said(await other.scan(venue.code(next(tickets)))) == ADMITTED

    before = len(lane.lines)
    site.left.wire.loss = 0.0
    await lane.heard(before, event="up")
    assert said(await lane.scan(venue.code(next(tickets)))) == ADMITTED
    await delivered_once(site, lane, other)
    faults.row(
        "Network",
        "A half-open connection: packets vanish, nobody is told",
        seen=SILENT,
        ends="admit, provisional, from the first scan on; back: confirmed",
    )


async def test_a_third_of_all_packets_lost_loses_no_scan(site: Site, faults: FaultTable) -> None:
    venue, tickets = site.venue, site.venue.evening.crowd[:12]
    lanes = [await lane_at(site, site.left), await lane_at(site, site.right)]
    site.gateway.wire.loss = 0.3
    for number, lane in zip(tickets, lanes * len(tickets), strict=False):
        assert said(await lane.scan(venue.code(number))) in (ADMITTED, ALONE)
    await delivered_once(site, *lanes)
    assert await venue.entered() == len(tickets)
    faults.row(
        "Network",
        "30 % of all packets lost",
        seen="GO IN",
        ends="admit, confirmed or provisional; every check-in arrives once",
    )


async def test_two_seconds_of_latency_hold_no_guest_up(site: Site, faults: FaultTable) -> None:
    venue, tickets = site.venue, iter(site.venue.evening.crowd)
    lane = await lane_at(site, site.left)
    site.gateway.wire.delay_s = 1.0
    for _ in range(TIMEOUTS + 2):
        assert said(await lane.scan(venue.code(next(tickets)))) == ALONE
    cancelled = await lane.scan(venue.code(venue.evening.cancelled))
    assert cancelled["reason"] == "cancelled"

    site.gateway.wire.delay_s = 0.0
    await delivered_once(site, lane)

    async def patient_again() -> bool:
        # Claims go on in the background; the first quick answer lets guests wait for the next.
        line = await lane.scan(venue.code(next(tickets)))
        assert said(line) in (ADMITTED, ALONE)
        return said(line) == ADMITTED

    await until(patient_again)
    assert not [line for line in lane.lines if line["event"] == "down"], "the link held"
    faults.row(
        "Network",
        "2 s of latency",
        seen="GO IN",
        ends="admit, provisional; after three waits nobody waits; then confirmed",
    )


@pytest.mark.full
async def test_a_link_comes_up_over_two_seconds_each_way(site: Site) -> None:
    lane = await site.venue.enrolled_at(site.left, site.gateway.address)
    site.gateway.wire.delay_s = 2.0
    await lane.start(*site.venue.streams, wait_s=PATIENCE_S)
    await site.venue.informed(lane)
    assert said(await lane.scan(site.venue.code(site.venue.evening.full[0]))) == ALONE


async def test_a_gateway_with_a_new_address_is_followed_by_name_and_by_command(
    site: Site, faults: FaultTable
) -> None:
    venue, tickets = site.venue, iter(site.venue.evening.crowd)
    site.right.knows("gateway.test", site.gateway.address)
    left = await lane_at(site, site.left)
    right = await venue.enrolled_at(site.right, "gateway.test")
    await right.start(*venue.streams, wait_s=PATIENCE_S, silence_s=SILENCE_S)
    await venue.informed(right)

    site.gateway.move(99)
    site.right.knows("gateway.test", site.gateway.address)
    for lane in (left, right):
        assert said(await lane.scan(venue.code(next(tickets)))) == ALONE
        await lane.heard(0, event="down")
    before = len(left.lines), len(right.lines)
    code, text = await left.command("move", f"{site.right.address}:{venue.tls}")
    assert (code, text.count("\n")) == (1, 1), "nobody is there: nothing was changed"
    code, text = await left.command("move", f"{site.gateway.address}:{venue.tls}")
    assert (code, site.gateway.address in text) == (0, True)
    for lane, after in zip((left, right), before, strict=True):
        await lane.heard(after, event="up")
        assert said(await lane.scan(venue.code(next(tickets)))) == ADMITTED
    await delivered_once(site, left, right)
    assert (await venue.counts())["lanes"]["enrolled"] == 2, "the same two devices"
    faults.row(
        "Network",
        "The gateway has another address",
        seen=SILENT,
        ends="provisional; found again by host name, or told by `entrance-scanner move HOST`",
    )


async def test_another_authoritys_certificate_is_refused_and_a_new_one_of_ours_accepted(
    site: Site, faults: FaultTable
) -> None:
    venue, tickets = site.venue, iter(site.venue.evening.crowd)
    lane = await lane_at(site, site.left)
    leaf = (venue.data / "authority" / "leaf.pem").read_bytes()
    await venue.shut()
    (venue.data / "authority").rename(venue.data / "own")
    await venue.open()
    await lane.heard(0, event="down", line=f"Alone: {FOREIGN} Goes on scanning.")
    assert "in between" in (await lane.heard(0, event="alarm"))["line"]
    assert said(await lane.scan(venue.code(next(tickets)))) == ALONE
    code, text = await lane.command("move", f"{site.gateway.address}:{venue.tls}")
    assert (code, "nothing was changed" in text) == (1, True)

    await venue.shut()
    shutil.rmtree(venue.data / "authority")
    (venue.data / "own").rename(venue.data / "authority")
    before = len(lane.lines)
    await venue.open()
    assert (venue.data / "authority" / "leaf.pem").read_bytes() != leaf
    await lane.heard(before, event="up")
    assert said(await lane.scan(venue.code(next(tickets)))) == ADMITTED
    await delivered_once(site, lane)
    faults.row(
        "Network",
        "Another authority's certificate at the gateway's address",
        seen=FOREIGN,
        ends="alarm, nothing is sent, provisional; a new one of the own authority: confirmed",
    )


async def delivered_once(site: Site, *lanes: LaneProcess) -> None:
    """Wait until every verdict is in the gateway's journal; none is a conflict."""
    await site.venue.delivered(lanes)
    assert (await site.venue.counts())["conflicts"] == 0
