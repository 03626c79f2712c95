"""A device that is lost or stolen is revoked, and knows nothing more."""

from __future__ import annotations

import sqlite3

from journeys.venue.stdin_lane import StdinLane
from journeys.venue.venue import Venue
from journeys.venue.waiting import until


def files(lane: StdinLane) -> set[str]:
    return {path.name for path in lane.state.iterdir()} - {"clock.json"}


async def revoke(venue: Venue, lane: StdinLane) -> None:
    await venue.post(f"/api/v1/devices/{lane.device}/revoke", {})


async def started(lane: StdinLane, venue: Venue) -> None:
    before = len(lane.lines)
    await lane.begin()
    for stream in venue.streams:
        await lane.heard(before, event="applied", stream=stream)


async def test_a_connected_lane_that_is_revoked_scans_no_more_and_wipes_itself(
    venue: Venue,
) -> None:
    await venue.open()
    first, second = venue.evening.crowd[:2]
    lane = StdinLane(await venue.enrolled("stolen"))
    await started(lane, venue)
    try:
        assert (await lane.scan(venue.code(first)))["decision"] == "admit"
        await venue.delivered([lane])
        before = len(lane.lines)
        await revoke(venue, lane)
        await lane.heard(before, event="applied", stream="catalogue")
        shown = await lane.scan(venue.code(second))
        assert shown["event"] == "fault" and "revoked" in shown["line"]
        await lane.heard(before, event="wiped")
        assert files(lane) == {"revoked.txt"}
        still = await lane.scan(venue.code(second))
        assert still["event"] == "fault" and "revoked" in still["line"]
        assert await venue.entered() == 1
        code, said = await lane.command("status")
        assert code == 1 and "not enrolled" in said
    finally:
        await lane.kill()


async def test_a_lane_revoked_while_it_was_away_delivers_into_quarantine_then_wipes_itself(
    venue: Venue,
) -> None:
    await venue.open()
    number = venue.evening.crowd[2]
    cable, port = await venue.cable()
    lane = StdinLane(await venue.enrolled("away", port=port))
    await started(lane, venue)
    try:
        before = len(lane.lines)
        cable.pull()
        await lane.heard(before, event="down")
        assert (await lane.scan(venue.code(number)))["decision"] in ("admit", "check")
        await revoke(venue, lane)
        cable.plug()
        await lane.heard(before, event="wiped")
        assert files(lane) == {"revoked.txt"}
        assert await venue.entered() == 0

        async def quarantined() -> bool:
            db = sqlite3.connect(f"file:{venue.data / 'gateway.sqlite'}?mode=ro", uri=True)
            try:
                rows = db.execute(
                    "SELECT quarantined FROM device_rows WHERE device = ?", (lane.device,)
                )
                return rows.fetchall() == [(1,)]
            finally:
                db.close()

        await until(quarantined)
    finally:
        await lane.kill()
