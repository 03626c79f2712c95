"""Lanes that scan the same tickets at the same time, all of them linked to the gateway."""

import asyncio
import random
from collections import Counter

from journeys.venue.lane import LaneProcess
from journeys.venue.venue import Venue
from validator.boxoffice import Item

LANES, TICKETS, GROUPS = 8, 200, 10


async def lanes_at(venue: Venue, count: int) -> list[LaneProcess]:
    lanes = [await venue.enrolled(f"lane-{place}") for place in range(count)]
    await asyncio.gather(*(lane.start(*venue.streams) for lane in lanes))
    return lanes


async def test_eight_lanes_racing_for_two_hundred_tickets_admit_each_once(venue: Venue) -> None:
    sold = venue.sell([Item(venue.evening.tonight, 1, 0)] * TICKETS)
    codes = [venue.code(ticket.number) for ticket in sold.tickets]
    await venue.open()
    lanes = await lanes_at(venue, LANES)

    orders = [random.Random(place).sample(codes, len(codes)) for place in range(LANES)]
    await asyncio.gather(
        *(lane.tell(order) for lane, order in zip(lanes, orders, strict=True)),
    )
    await asyncio.gather(*(lane.finish() for lane in lanes))

    scans = [line for lane in lanes for line in lane.scans]
    assert len(scans) == LANES * TICKETS
    assert {line["assurance"] for line in scans} == {"confirmed"}
    admitted = Counter(line["ticket"] for line in scans if line["decision"] == "admit")
    assert admitted == {ticket.number: 1 for ticket in sold.tickets}
    refused = Counter(line["reason"] for line in scans if line["decision"] != "admit")
    assert refused == {"already_used": (LANES - 1) * TICKETS}
    await venue.delivered(lanes)
    counts = await venue.counts()
    assert await venue.entered() == TICKETS
    assert counts["decisions"]["admit"] == TICKETS
    assert counts["conflicts"] == counts["provisional"] == 0


async def test_a_group_of_four_raced_as_two_and_three_admits_at_most_four(venue: Venue) -> None:
    sold = venue.sell([Item(venue.evening.tonight, 3, 0, admits=4)] * GROUPS)
    codes = [venue.code(ticket.number) for ticket in sold.tickets]
    await venue.open()
    lanes = await lanes_at(venue, 2)

    await asyncio.gather(
        *(lane.tell(codes, count=count) for lane, count in zip(lanes, (2, 3), strict=True))
    )
    await asyncio.gather(*(lane.finish() for lane in lanes))

    people: Counter[str] = Counter()
    for line in (line for lane in lanes for line in lane.scans):
        assert (line["decision"], line["reason"]) in (("admit", "ok"), ("refuse", "limit_reached"))
        people[line["ticket"]] += line["count"]
    assert set(people) == {ticket.number for ticket in sold.tickets}
    assert set(people.values()) <= {2, 3}
    await venue.delivered(lanes)
    assert await venue.entered() == people.total()
    assert (await venue.counts())["conflicts"] == 0
