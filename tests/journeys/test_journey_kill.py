"""Power that fails at the worst moments: the guest gets in, once, and nothing is lost."""

import asyncio
import random
import signal

import pytest

from generators.fault_table import FaultTable
from journeys.venue.lane import LaneProcess
from journeys.venue.rush import Rush, assert_nothing_lost
from journeys.venue.venue import Venue
from validator.boxoffice import Item

ALONE = "Alone: The gateway can't be reached. Goes on scanning."
KILLS = 20
EVENINGS = [0, *(pytest.param(number, marks=pytest.mark.full) for number in range(1, 10))]
"""One in `make test`, ten in `make test-full`."""

SEEN_BEFORE = ("repeat", "already_used")


async def counted_once(venue: Venue, lanes: list[LaneProcess]) -> None:
    await venue.delivered(lanes)
    assert await venue.entered() == 1
    assert (await venue.counts())["conflicts"] == 0
    claims = venue.claims()
    assert (claims["settled"], claims["open"]) == (1, 0)
    await venue.forwarded()
    ticket = await venue.office(f"tickets/{venue.evening.full[0]}")
    assert ticket["inside"] == 1
    shown = [line["decision"] for line in ticket["history"] if line["what"] == "check_in"]
    assert shown.count("admit") == 1


@pytest.mark.parametrize("moment", ["before-claim", "after-claim", "after-fsync", "after-light"])
async def test_a_guest_whose_lane_was_killed_is_let_in_once(venue: Venue, moment: str) -> None:
    await venue.open()
    lane = await venue.enrolled("lane")
    code = venue.code(venue.evening.full[0])
    await lane.start(*venue.streams, dying=moment)
    await lane.tell([code])
    assert await lane.ended() == -signal.SIGKILL
    assert len(lane.scans) == (moment == "after-light")

    before = len(lane.lines)
    await lane.start()
    await lane.heard(before, event="up")
    again = await lane.scan(code)
    assert again["decision"] == "admit"
    assert again["resumed"] == (moment in ("after-fsync", "after-light"))
    assert (await lane.scan(code))["reason"] in SEEN_BEFORE
    await lane.finish()
    await counted_once(venue, [lane])
    assert (await venue.counts())["decisions"]["admit"] == 1
    assert len({line["id"] for line in lane.scans if line["decision"] == "admit"}) == 1


async def test_a_guest_whose_lane_and_cable_failed_is_let_in_once(venue: Venue) -> None:
    await venue.open()
    cable, port = await venue.cable()
    lane = await venue.enrolled("lane", port=port)
    code = venue.code(venue.evening.full[0])
    await lane.start(*venue.streams, dying="after-fsync")
    await venue.informed(lane)
    before = len(lane.lines)
    cable.pull()
    await lane.heard(before, event="down")
    await lane.tell([code])
    assert await lane.ended() == -signal.SIGKILL

    await lane.start()
    again = await lane.scan(code)
    assert (again["decision"], again["resumed"]) == ("admit", True)
    assert again["assurance"] == "provisional"
    assert (await lane.scan(code))["reason"] in SEEN_BEFORE
    cable.plug()
    await lane.finish()
    await counted_once(venue, [lane])


async def test_a_gateway_killed_before_its_answer_counts_the_guest_once(venue: Venue) -> None:
    await venue.open(dying=True)
    lane = await venue.enrolled("lane")
    code = venue.code(venue.evening.full[0])
    await lane.start(*venue.streams)
    await venue.informed(lane)
    alone, died = await asyncio.gather(lane.scan(code), venue.died())
    assert died == -signal.SIGKILL
    assert (alone["decision"], alone["assurance"]) == ("admit", "provisional")

    before = len(lane.lines)
    await venue.open()
    await lane.heard(before, event="up")
    assert (await lane.scan(code))["reason"] in SEEN_BEFORE
    await lane.finish()
    await counted_once(venue, [lane])


async def test_a_gateway_and_a_lane_killed_before_the_answer_let_the_guest_in(venue: Venue) -> None:
    await venue.open(dying=True)
    lane, other = await venue.enrolled("lane"), await venue.enrolled("other")
    code = venue.code(venue.evening.full[0])
    await lane.start(*venue.streams, dying="after-claim")
    await lane.tell([code])
    assert await lane.ended() == -signal.SIGKILL
    assert await venue.died() == -signal.SIGKILL
    assert not lane.scans

    await venue.open()
    await other.start(*venue.streams)
    elsewhere = await other.scan(code)
    assert (elsewhere["decision"], elsewhere["reason"]) == ("refuse", "already_used")
    before = len(lane.lines)
    await lane.start()
    await lane.heard(before, event="up")
    again = await lane.scan(code)
    # Nobody knows whether the first was lit (ADR 26).
    assert (again["decision"], again["assurance"]) == ("admit", "provisional")
    assert (await lane.scan(code))["reason"] in SEEN_BEFORE
    for each in (lane, other):
        await each.finish()
    await counted_once(venue, [lane, other])


@pytest.mark.parametrize("evening", EVENINGS)
async def test_nothing_is_lost_when_lanes_and_gateway_are_killed_at_random_moments(
    venue: Venue, evening: int, faults: FaultTable
) -> None:
    seed = random.randrange(1 << 32)
    print(f"evening {evening}, seed {seed}")
    sold = venue.sell([Item(venue.evening.tonight, 1, 0)] * 500).tickets
    await venue.open()
    lanes = [await venue.enrolled(f"lane-{place}") for place in range(2)]
    for lane in lanes:
        await lane.start(*venue.streams, wait_s=1.0)
    codes = [venue.code(ticket.number) for ticket in sold]
    await Rush(venue, lanes, codes, seed).run(KILLS)
    for lane in lanes:
        await lane.finish()
    outcome = await assert_nothing_lost(venue, lanes)
    print(outcome)
    assert outcome["confirmed"]
    said = {line["line"] for lane in lanes for line in lane.lines if line["event"] == "down"}
    assert ALONE in said
    faults.row(
        "Lane and gateway",
        "kill -9 at random moments of a rush: 20 in `make test`, 200 in `make test-full`",
        seen=ALONE,
        ends="started again: every green is in the gateway's journal once, none confirmed twice",
    )
