"""Tickets that change in the box office while lanes scan them."""

from journeys.venue.lane import LaneProcess
from journeys.venue.venue import IMPATIENT, IMPATIENT_S, Venue
from journeys.venue.waiting import until
from validator.boxoffice.records.barcodes import ean13_check_digit
from validator.gateway.demo.cable import Cable


async def test_a_ticket_used_and_cancelled_is_cancelled(venue: Venue) -> None:
    await venue.open()
    number = venue.evening.full[0]
    lane, other = await venue.enrolled("lane"), await venue.enrolled("other")
    for each in (lane, other):
        await each.start(*venue.streams)
    assert (await lane.scan(venue.code(number)))["decision"] == "admit"
    before = [len(each.lines) for each in (lane, other)]

    await venue.office(f"tickets/{number}/cancel", {"refund": "transfer", "reason": "Ill"})
    for each, after in zip((lane, other), before, strict=True):
        await each.heard(after, event="applied", stream=venue.streams[2])
        refused = await each.scan(venue.code(number))
        assert (refused["decision"], refused["reason"]) == ("refuse", "cancelled")


async def test_a_reissued_code_of_a_used_ticket_is_already_used(venue: Venue) -> None:
    await venue.open()
    number = venue.evening.full[0]
    lane = await venue.enrolled("lane")
    await lane.start(*venue.streams)
    assert (await lane.scan(venue.code(number)))["decision"] == "admit"
    before = len(lane.lines)

    await venue.office(f"tickets/{number}/reissue", {})
    new = await venue.photographed(number)
    assert new != venue.code(number)
    await lane.heard(before, event="applied", stream=venue.streams[2])
    refused = await lane.scan(new)
    assert (refused["decision"], refused["reason"]) == ("refuse", "already_used")
    old = await lane.scan(venue.code(number))
    assert (old["decision"], old["reason"]) == ("refuse", "exchanged")


async def test_a_resellers_ticket_listed_a_moment_ago_is_stale_then_right(venue: Venue) -> None:
    await venue.open()
    cable, port = await venue.cable()
    lane = await venue.enrolled("lane", IMPATIENT, port)
    await lane.start(*venue.streams)
    await venue.informed(lane)
    await cut(lane, cable)
    codes = [ean13("290000100077"), ean13("290000100078")]
    order = await venue.office(
        "codes",
        {
            "distributor": "Billetor",
            "performance": venue.evening.tonight,
            "tariff": 1,
            "codes": [{"text": code, "symbology": "ean13"} for code in codes],
        },
    )
    numbers = [ticket["number"] for ticket in order["tickets"]]

    async def over_the_bound() -> bool:
        behind = await lane.scan(codes[0], symbology="ean13")
        assert (behind["decision"], behind["assurance"]) == ("refuse", "provisional")
        assert behind["reason"] in ("unknown", "stale_data")
        return bool(behind["reason"] == "stale_data" and behind["age_s"] >= IMPATIENT_S)

    await until(over_the_bound)

    before = len(lane.lines)
    cable.plug()
    await lane.heard(before, event="up")
    asked = await lane.scan(codes[0], symbology="ean13")
    assert (asked["decision"], asked["assurance"]) == ("admit", "confirmed")
    assert asked["ticket"] == numbers[0]

    await lane.heard(before, event="applied", stream=venue.streams[1])
    await cut(lane, cable)
    caught_up = await lane.scan(codes[1], symbology="ean13")
    assert (caught_up["decision"], caught_up["assurance"]) == ("admit", "provisional")
    assert caught_up["ticket"] == numbers[1]


async def cut(lane: LaneProcess, cable: Cable) -> None:
    before = len(lane.lines)
    cable.pull()
    await lane.heard(before, event="down")


def ean13(digits: str) -> str:
    return digits + ean13_check_digit(digits)
