"""The key that seals the streams is changed, or stolen, in the middle of an evening."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from journeys.venue.commands import gateway
from journeys.venue.lane import LaneProcess
from journeys.venue.restoring import back_up, restore, returned
from journeys.venue.venue import Venue
from journeys.venue.waiting import until
from offline_cache.identity.identity import Identity

CANCEL = {"refund": "none", "reason": "unwell"}


async def streams_keys(venue: Venue) -> dict[str, list[str]]:
    """Return the keys of the streams by state, as the command lists them."""
    _, said = await gateway(venue, "keys", "--json")
    found: dict[str, list[str]] = {}
    for row in map(json.loads, said.splitlines()):
        if row["kind"] == "streams":
            found.setdefault(row["state"], []).append(row["key"])
    return found


async def cancelled(venue: Venue, place: int) -> str:
    """Cancel a ticket; return its code."""
    number: str = venue.evening.crowd[place]
    await venue.office(f"tickets/{number}/cancel", CANCEL)
    return venue.code(number)


async def refused(lane: LaneProcess, code: str) -> None:
    async def so() -> bool:
        return bool((await lane.scan(code))["reason"] == "cancelled")

    await until(so)


def alarms(lane: LaneProcess) -> list[str]:
    return [line["line"] for line in lane.lines if line["event"] == "alarm"]


@pytest.mark.parametrize("how", ["rotate", "compromised"])
async def test_lanes_here_away_and_new_follow_another_seal_without_enrolling_again(
    venue: Venue, how: str
) -> None:
    await venue.open()
    lane, away, cable = await venue.here_and_away()
    # It misses changes under the old seal, and then under the new one.
    codes = [await cancelled(venue, 0)]
    await refused(lane, codes[0])

    ended, said = await gateway(venue, "keys", how, "streams", typed="streams\n")
    assert ended == 0, said
    states = await streams_keys(venue)
    assert len(states["active"]) == 1 and states["active"][0] in said
    codes.append(await cancelled(venue, 1))
    await refused(lane, codes[1])
    cable.plug()
    new = await venue.enrolled("new")
    assert Identity.load(new.state / "identity.json").feed_key.hex() == states["active"][0]
    await new.start(*venue.streams)
    for each in (away, new):
        for code in codes:
            await refused(each, code)

    # All of it is known after a restart of both sides, and goes on.
    await lane.kill()
    await venue.shut()
    await venue.open()
    await lane.start()
    codes.append(await cancelled(venue, 2))
    for each in (lane, away, new):
        for code in codes:
            await refused(each, code)
        assert not alarms(each)
    await venue.delivered([lane, away, new])
    ended, said = await gateway(venue, "verify-journal")
    assert ended == 0, said


@pytest.mark.parametrize("how", ["rotate", "compromised"])
async def test_a_gateway_restored_from_after_the_change_goes_on_with_its_lanes(
    venue: Venue, tmp_path: Path, how: str
) -> None:
    await venue.open()
    lane = await venue.enrolled("lane")
    await lane.start(*venue.streams)
    ended, said = await gateway(venue, "keys", how, "streams", "--yes")
    assert ended == 0, said
    await back_up(venue, tmp_path / "a.backup")
    code = await cancelled(venue, 0)
    await refused(lane, code)
    await venue.kill()
    await restore(venue, tmp_path / "a.backup", tmp_path / "lost")
    await venue.open()
    await returned(venue)
    await refused(lane, code)
    await refused(lane, await cancelled(venue, 1))
    assert not alarms(lane)


async def test_a_gateway_restored_from_before_the_change_hears_what_was_sealed_after_it(
    venue: Venue, tmp_path: Path
) -> None:
    await venue.open()
    lane = await venue.enrolled("lane")
    await lane.start(*venue.streams)
    await back_up(venue, tmp_path / "a.backup")
    ended, said = await gateway(venue, "keys", "rotate", "streams", "--yes")
    assert ended == 0, said
    code = await cancelled(venue, 0)
    await refused(lane, code)
    await venue.kill()
    await restore(venue, tmp_path / "a.backup", tmp_path / "lost")
    await venue.open()
    await returned(venue)
    # The box office has forgotten it, too: only the lane could tell.
    other = await venue.enrolled("other")
    await other.start(*venue.streams)
    await refused(other, code)
    await refused(lane, await cancelled(venue, 1))
