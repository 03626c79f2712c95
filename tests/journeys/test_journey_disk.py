"""A lane and a gateway whose disk is full, slow, read-only or broken, while guests come."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from generators.fault_table import FaultTable
from journeys.venue.disk import FaultyDisk, small_disk
from journeys.venue.lane import LaneProcess, Line
from journeys.venue.stdin_lane import StdinLane
from journeys.venue.venue import Venue
from journeys.venue.waiting import until

FULL = "The device's disk is full: free some space; nothing can be admitted until then."
WRITE = "The device's cache can't be used (SQLITE_IOERR_WRITE): check its disk."


async def stocked(venue: Venue) -> StdinLane:
    """Return a lane that holds everything, and is not running."""
    lane = await venue.enrolled("lane")
    await lane.start(*venue.streams)
    await venue.informed(lane)
    await lane.finish()
    command = StdinLane(lane)
    venue.lanes.append(command)
    return command


async def scanning(venue: Venue, environment: Mapping[str, str] | None = None) -> StdinLane:
    """Return a lane that holds everything, runs, and has reached its gateway."""
    await venue.open()
    lane = await stocked(venue)
    await lane.begin(environment)
    await lane.heard(0, event="up")
    return lane


async def settled(venue: Venue, lane: StdinLane, admitted: int) -> None:
    """Hold what was shown against what the gateway has; the lane ends well."""

    async def there() -> bool:
        return await venue.entered() == admitted and await lane.acknowledged()

    await until(there)
    await venue.delivered([lane])
    assert await lane.terminated() == 0
    green = {line["id"] for line in lane.scans if line["decision"] == "admit"}
    assert len(green) == admitted
    assert (await venue.counts())["conflicts"] == 0


async def test_a_lane_whose_disk_is_full_shows_a_fault_and_mends_itself(
    venue: Venue, faults: FaultTable
) -> None:
    await venue.open()
    lane = await stocked(venue)
    first, second, third = (venue.code(number) for number in venue.evening.full[:3])
    with small_disk(lane.state, 8) as disk:
        await lane.begin()
        await lane.heard(0, event="up")
        assert (await lane.scan(first))["decision"] == "admit"
        disk.fill()
        told = await faulty(lane, second)
        assert told["line"].count(FULL) == 1
        assert await venue.entered() == 1, "no green, no entry"
        disk.clear()
        assert (await lane.scan(second))["decision"] == "admit", "by itself"
        assert (await lane.scan(third))["decision"] == "admit"
        await settled(venue, lane, 3)
    faults.row("Lane", "Disk full", seen=FULL, ends="fault; admits again once there is space")


async def faulty(lane: LaneProcess, code: str) -> Line:
    """Hold a ticket in front of a lane whose disk has failed; it shows a fault, no verdict."""
    line = await lane.scan(code)
    assert line["event"] == "fault", line
    return line


@pytest.mark.parametrize("fault", ["readonly", "broken"])
async def test_a_lane_whose_disk_fails_at_work_shows_a_fault_and_mends_itself(
    venue: Venue, tmp_path: Path, fault: str, faults: FaultTable
) -> None:
    disk = FaultyDisk(tmp_path)
    lane = await scanning(venue, disk.environment)
    first, second = (venue.code(number) for number in venue.evening.full[:2])
    assert (await lane.scan(first))["decision"] == "admit"
    disk.begins(fault)
    told = await faulty(lane, second)
    assert WRITE in told["line"]
    disk.ends(fault)
    assert (await lane.scan(second))["decision"] == "admit"
    await settled(venue, lane, 2)
    what = {"readonly": "Disk turns read-only at work", "broken": "Disk fails at work"}[fault]
    faults.row("Lane", what, seen=WRITE, ends="fault; admits again once it can be written")


async def test_a_lane_on_a_read_only_disk_says_so_and_does_not_start(
    venue: Venue, faults: FaultTable
) -> None:
    await venue.open()
    lane = await stocked(venue)
    with small_disk(lane.state, 8) as disk:
        disk.protect()
        await lane.begin()
        ended, said = await lane.complaint()
        disk.open()
        await lane.begin()
        await lane.heard(0, event="up")
        assert await lane.terminated() == 0
    sentence = (
        "The cache's folder can't be written (Read-only file system): check that it exists and "
        "belongs to this user."
    )
    assert (ended, said) == (1, f"entrance-scanner: {sentence}\n")
    faults.row("Lane", "Disk read-only at the start", seen=sentence, ends="exit code 1")


async def test_a_lane_with_a_slow_disk_lights_nothing_before_it_is_written(
    venue: Venue, tmp_path: Path, faults: FaultTable
) -> None:
    disk = FaultyDisk(tmp_path)
    lane = await scanning(venue, disk.environment)
    disk.begins("slow")
    numbers = venue.evening.full
    for number in numbers:
        shown = await lane.scan(venue.code(number))
        assert shown["decision"] == "admit"
        assert shown["ms"] >= 100
    disk.ends("slow")
    await settled(venue, lane, len(numbers))
    faults.row(
        "Lane",
        "Slow disk: 100 ms per sync",
        seen="the verdict, 0.1 s later",
        ends="admits; nothing lights before it is on disk",
    )


async def test_a_lane_told_to_stop_in_the_rush_gives_its_guest_a_verdict_and_ends_well(
    venue: Venue, faults: FaultTable
) -> None:
    lane = await scanning(venue)
    codes = [venue.code(number) for number in venue.evening.full]
    await lane.tell(codes * 20)
    await lane.heard(0, event="scan")
    assert await lane.terminated() == 0
    assert lane.scans[-1]["line"]
    before = len(lane.lines)
    await lane.begin()
    await lane.heard(before, event="up")
    await lane.scan(codes[0])
    await venue.delivered([lane])
    shown = {line["id"] for line in lane.scans if line["decision"] == "admit"}
    assert await venue.entered() == len(shown)
    assert not [line for line in lane.scans if line["resumed"]], "nobody was left without a light"
    assert await lane.terminated() == 0
    faults.row(
        "Lane",
        "SIGTERM in the rush",
        seen="the verdict of the guest at the gate",
        ends="exit code 0; the rest of the journal goes up at the next start",
    )


async def test_a_lane_tells_that_its_damaged_cache_was_mended_and_owes_no_less(
    venue: Venue, faults: FaultTable
) -> None:
    lane = await scanning(venue)
    first, second, third = (venue.code(number) for number in venue.evening.full)
    assert (await lane.scan(first))["decision"] == "admit"
    await venue.delivered([lane])
    await venue.shut()
    assert (await lane.scan(second))["assurance"] == "provisional"
    assert (await lane.scan(first))["decision"] == "refuse", "so the light before it is written"
    await lane.kill()
    (lane.state / "cache.sqlite-shm").unlink()
    for name in ("cache.sqlite", "cache.sqlite-wal"):
        with (lane.state / name).open("r+b") as file:
            file.write(b"\xa5" * 100)

    await venue.open()
    before = len(lane.lines)
    await lane.begin()
    told = await lane.heard(before, event="alarm")
    assert "The device's cache was damaged." in told["line"]
    for stream in venue.streams:
        await lane.heard(before, event="applied", stream=stream)
    assert (await lane.scan(second))["reason"] in ("already_used", "repeat")
    assert (await lane.scan(third))["assurance"] == "confirmed"
    await settled(venue, lane, 3)
    assert (await venue.counts())["conflicts"] == 0
    faults.row(
        "Lane",
        "Damaged cache, found at the start",
        seen="Attention: The device's cache was damaged. It is kept as (name). Rescued journal "
        "rows, owed again: (number). The rest comes from the gateway.",
        ends="goes on under the same identity; a green that the gateway had not heard of counts",
    )
