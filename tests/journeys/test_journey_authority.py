"""The venue's authority is renewed in the middle of an evening: nobody has to enrol again."""

from __future__ import annotations

import pytest

from journeys.venue.commands import gateway
from journeys.venue.lane import LaneProcess
from journeys.venue.venue import Venue
from offline_cache.errors import LookWhoAnswers
from offline_cache.identity.enrolment import enrol
from offline_cache.identity.identity import Identity
from validator.enrolment import authority_key_hash


def identity(lane: LaneProcess) -> Identity:
    return Identity.load(lane.state / "identity.json")


async def test_a_lane_of_the_authority_before_goes_on_and_a_new_one_pins_the_new(
    venue: Venue,
) -> None:
    await venue.open()
    old = await venue.enrolled("old")
    await old.start(*venue.streams)
    unused = await code(venue)

    ended, said = await gateway(venue, "authority", "renew", typed="renew\n")
    assert ended == 0, said
    with pytest.raises(LookWhoAnswers):
        await enrol(unused, address(venue), "late")
    new = await venue.enrolled("new")
    assert identity(new).authority_pem != identity(old).authority_pem
    pinned = authority_key_hash(identity(new).authority_pem.encode()).hex()
    assert pinned in said
    await new.start(*venue.streams)

    before = [len(lane.lines) for lane in (old, new)]
    await venue.shut()
    await venue.open()
    for place, lane in enumerate((old, new)):
        await lane.heard(before[place], event="up")
        shown = await lane.scan(venue.code(venue.evening.crowd[place]))
        assert (shown["decision"], shown["assurance"]) == ("admit", "confirmed")


async def code(venue: Venue) -> str:
    made: str = (await venue.post("/api/v1/devices/codes", {"gate": "main"}))["code"]
    return made


def address(venue: Venue) -> str:
    return f"127.0.0.1:{venue.tls}"
