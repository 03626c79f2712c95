"""One row of the box office can't be read: what stands behind it still reaches the lanes."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from journeys.venue.commands import gateway
from journeys.venue.venue import Venue
from journeys.venue.waiting import until


def sold_by(venue: Venue, number: str, distributor: str) -> None:
    """Write into the box office, past its own checks, who sold a ticket's order."""
    with closing(sqlite3.connect(venue.data / "boxoffice.sqlite", timeout=30)) as db, db:
        db.execute(
            "UPDATE orders SET distributor = ?"
            " WHERE number = (SELECT order_number FROM tickets WHERE number = ?)",
            (distributor, number),
        )


async def test_a_cancellation_behind_a_malformed_row_reaches_the_lane_and_the_row_is_named(
    venue: Venue,
) -> None:
    odd, gone = venue.evening.full[0], venue.evening.crowd[0]
    sold_by(venue, odd, "x" * 300)
    await venue.open()
    named = (await venue.readiness())["set_aside"]["boxoffice"]
    assert named and all(row.startswith("ticket ") for row in named)
    lane = await venue.enrolled("lane")
    await lane.start(*venue.streams)
    before = len(lane.lines)
    await venue.office(f"tickets/{gone}/cancel", {"refund": "transfer", "reason": "Ill"})
    await lane.heard(before, event="applied", stream=venue.streams[2])
    refused = await lane.scan(venue.code(gone))
    assert (refused["decision"], refused["reason"]) == ("refuse", "cancelled")
    # It is not known in full, so a lane says that it does not know how old its knowledge is.
    assert refused["age_s"] is None

    _, said = await gateway(venue, "doctor", "--json")
    (line,) = [line for line in said.splitlines() if '"rows"' in line]
    assert named[0] in line and odd not in said
    (alarm,) = (await venue.counts())["alarms"]
    assert alarm["source"] == "boxoffice" and named[0] in alarm["what"]
    assert await venue.figure("entrance_source_rows_set_aside") == len(named)

    sold_by(venue, odd, "")

    async def mended() -> bool:
        return not (await venue.readiness())["set_aside"]

    await until(mended)
    await venue.informed(lane)
    assert (await lane.scan(venue.code(odd)))["decision"] == "admit"
    assert not (await venue.counts())["alarms"]
