"""A gateway whose disk is full, slow, broken or damaged, while lanes go on."""

from __future__ import annotations

from pathlib import Path

import pytest

from generators.fault_table import FaultTable
from journeys.venue.disk import FaultyDisk, SmallDisk, small_disk
from journeys.venue.venue import Venue
from journeys.venue.waiting import until
from validator.gateway.store.sqlite.faults import DAMAGED

ALONE = "Alone: The gateway stops; go on alone and connect again. Goes on scanning."
PASSES = ("admit", "check")
SILENCE_S = 3.0
"""So long a lane waits for any message, and no test for more."""

FULL = "The gateway's disk is full: free some space. Lanes go on alone."
BROKEN = "The gateway's store does not answer (SQLITE_IOERR_WRITE): check its disk."


async def told(capfd: pytest.CaptureFixture[str], sentence: str) -> None:
    """Wait until the gateway's log says it; it says it once."""
    said = ""

    async def heard() -> bool:
        nonlocal said
        said += capfd.readouterr().err
        return sentence in said

    await until(heard)
    assert said.count(sentence) == 1


async def test_a_gateway_whose_disk_is_full_leaves_its_lanes_alone_and_takes_it_all_later(
    venue: Venue, capfd: pytest.CaptureFixture[str], faults: FaultTable
) -> None:
    with small_disk(venue.data, 16) as disk:
        await venue.open()
        await fails_and_mends(venue, capfd, FULL, disk)
        await venue.shut()
    faults.row(
        "Gateway",
        "Disk full",
        seen=FULL,
        ends="lanes' verdicts are provisional; confirmed again once there is space",
    )


@pytest.mark.full
async def test_a_gateway_whose_disk_fails_leaves_its_lanes_alone_and_takes_it_all_later(
    venue: Venue, tmp_path: Path, capfd: pytest.CaptureFixture[str], faults: FaultTable
) -> None:
    disk = FaultyDisk(tmp_path)
    await venue.open(environment=disk.environment)
    await fails_and_mends(venue, capfd, BROKEN, disk)
    faults.row(
        "Gateway",
        "Disk fails at work",
        seen=f"{BROKEN} Lanes go on alone.",
        ends="lanes' verdicts are provisional; confirmed again once it can be written",
    )


async def fails_and_mends(
    venue: Venue,
    capfd: pytest.CaptureFixture[str],
    sentence: str,
    disk: SmallDisk | FaultyDisk,
) -> None:
    lane = await venue.enrolled("lane")
    await lane.start(*venue.streams, wait_s=1.0, silence_s=SILENCE_S)
    await venue.informed(lane)
    first, second, third = (venue.code(number) for number in venue.evening.full)
    assert (await lane.scan(first))["assurance"] == "confirmed"
    await until(lane.acknowledged)
    if isinstance(disk, SmallDisk):
        disk.fill()
    else:
        disk.begins("broken")
    alone = await lane.scan(second)
    assert (alone["decision"], alone["assurance"]) == ("admit", "provisional")
    await told(capfd, sentence)
    assert await venue.entered() == 1
    if isinstance(disk, SmallDisk):
        disk.clear()
    else:
        disk.ends("broken")

    async def confirmed() -> bool:
        return bool(await venue.entered() == 2)

    await until(confirmed)
    await until(lane.acknowledged)
    assert (await lane.scan(third))["decision"] == "admit"
    await lane.finish()
    await venue.delivered([lane])
    assert await venue.entered() == 3
    assert (await venue.counts())["conflicts"] == 0


async def test_a_gateway_with_a_slow_disk_answers_late_but_only_what_is_written(
    venue: Venue, tmp_path: Path, faults: FaultTable
) -> None:
    disk = FaultyDisk(tmp_path)
    await venue.open(environment=disk.environment)
    lane = await venue.enrolled("lane")
    await lane.start(*venue.streams)
    await venue.informed(lane)
    disk.begins("slow")
    for number in venue.evening.full:
        shown = await lane.scan(venue.code(number))
        assert (shown["decision"], shown["assurance"]) == ("admit", "confirmed")
        assert venue.claims().total() == len([s for s in lane.scans if s["decision"] == "admit"])
    disk.ends("slow")
    await lane.finish()
    await venue.delivered([lane])
    faults.row(
        "Gateway",
        "Slow disk: 100 ms per sync",
        seen="confirmed verdicts, later; provisional ones where a lane waits no longer",
        ends="goes on",
    )


@pytest.mark.parametrize("damage", ["middle", "empty"])
async def test_a_gateway_does_not_start_over_a_damaged_store(
    venue: Venue, damage: str, faults: FaultTable
) -> None:
    await venue.open()
    lane = await venue.enrolled("lane")
    await lane.start(*venue.streams)
    await lane.scan(venue.code(venue.evening.full[0]))
    await lane.finish()
    await venue.shut()
    store = venue.data / "gateway.sqlite"
    data = bytearray(store.read_bytes())
    if damage == "middle":
        data[4096 : len(data) // 2] = b"\x5a" * (len(data) // 2 - 4096)
    else:
        data.clear()
    store.write_bytes(data)
    sentence = DAMAGED.format(name=store.name)
    ended, said = await venue.refused()
    assert ended == 1
    assert said.splitlines()[-1] == f"entrance-gateway: {sentence}"
    assert store.read_bytes() == data, "kept as it was"
    what = {"middle": "pages in the middle overwritten", "empty": "file empty"}[damage]
    faults.row("Gateway", f"Damaged store: {what}", seen=sentence, ends="exit code 1")


async def test_a_gateway_told_to_stop_in_the_rush_answers_what_it_has_taken_and_ends_well(
    venue: Venue, faults: FaultTable
) -> None:
    await venue.open()
    lanes = [await venue.enrolled(name) for name in ("left", "right")]
    for lane in lanes:
        await lane.start(*venue.streams, wait_s=1.0)
        await lane.tell([venue.code(number) for number in venue.evening.full] * 20)
    await lanes[0].heard(0, event="scan")
    await venue.shut()
    assert await venue.died() == 0
    for lane in lanes:
        await lane.heard(0, event="down", line=ALONE)
    await venue.open()
    for lane in lanes:
        await lane.finish()
    await venue.delivered(lanes)
    passed = [line for lane in lanes for line in lane.scans if line["decision"] in PASSES]
    assert await venue.entered() == len({line["id"] for line in passed})
    faults.row(
        "Gateway",
        "SIGTERM in the rush",
        seen=ALONE,
        ends="exit code 0; started again, it takes what lanes did meanwhile",
    )


async def test_a_gateway_on_a_read_only_disk_says_so_and_does_not_start(
    venue: Venue, faults: FaultTable
) -> None:
    with small_disk(venue.data, 16) as disk:
        await venue.open()
        await venue.shut()
        disk.protect()
        ended, said = await venue.refused()
        disk.open()
        await venue.open()
        await venue.shut()
    sentence = (
        f"Can't write in {venue.data}: Read-only file system. Give the gateway's user the right "
        "to, or choose another --data."
    )
    assert (ended, said) == (1, f"entrance-gateway: {sentence}\n")
    seen = sentence.replace(str(venue.data), "(folder)")
    faults.row("Gateway", "Disk read-only at the start", seen=seen, ends="exit code 1")
