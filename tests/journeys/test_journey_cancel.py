"""Tickets that change in the box office while lanes scan them."""

from journeys.venue import IMPATIENT, Venue

from validator.boxoffice.barcodes import ean13_check_digit


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
    before = len(lane.lines)
    cable.pull()
    await lane.heard(before, event="down")
    digits = "290000100077"
    code = digits + ean13_check_digit(digits)
    order = await venue.office(
        "codes",
        {
            "distributor": "Billetor",
            "performance": venue.evening.tonight,
            "tariff": 1,
            "codes": [{"text": code, "symbology": "ean13"}],
        },
    )

    behind = await lane.scan(code, symbology="ean13")
    while behind["reason"] == "unknown":
        assert behind["age_s"] is None or behind["age_s"] <= 2.0
        behind = await lane.scan(code, symbology="ean13")
    assert (behind["decision"], behind["reason"]) == ("refuse", "stale_data")
    assert behind["assurance"] == "provisional"

    before = len(lane.lines)
    cable.plug()
    await lane.heard(before, event="up")
    right = await lane.scan(code, symbology="ean13")
    assert (right["decision"], right["assurance"]) == ("admit", "confirmed")
    assert right["ticket"] == order["tickets"][0]["number"]
