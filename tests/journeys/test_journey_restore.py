"""The gateway's machine is lost, and a spare one takes over with an older backup."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from journeys.venue.lane import LaneProcess
from journeys.venue.restoring import asked, back_up, command, epochs, restore, returned
from journeys.venue.venue import GATE, Venue
from journeys.venue.waiting import until
from offline_cache.identity.enrolment import enrol
from offline_cache.identity.identity import Identity
from validator.boxoffice import Item

CANCEL = {"refund": "none", "reason": "unwell"}


UNKNOWN = (
    "Alone: The gateway does not know this device: enrol it again with a new code. What it owes "
    "is kept, and delivered then. Goes on scanning."
)


async def refused(lane: LaneProcess, code: str) -> None:
    """Wait until a lane refuses a ticket as cancelled."""

    async def cancelled() -> bool:
        return bool((await lane.scan(code))["reason"] == "cancelled")

    await until(cancelled)


async def admitted(lane: LaneProcess, code: str) -> None:
    """Wait until a lane knows a ticket that was just sold."""

    async def passes() -> bool:
        return bool((await lane.scan(code))["decision"] in ("admit", "repeat"))

    await until(passes)


async def left(lane: LaneProcess, life: tuple[int, bytes]) -> None:
    """Wait until a lane holds nothing of an epoch any more."""

    async def gone() -> bool:
        return life not in epochs(lane)

    await until(gone)


async def devices_of(venue: Venue) -> dict[str, dict[str, Any]]:
    """Return the devices by id, as the command lists them."""
    lines = (await command(venue, "devices", "list", "--json")).splitlines()
    return {device["id"]: device for device in map(json.loads, lines)}


async def sold(venue: Venue, count: int) -> list[str]:
    """Sell tickets while the gateway runs; return their numbers."""
    items = [{"performance": venue.evening.tonight, "tariff": 1, "zone": 0} for _ in range(count)]
    body = {"customer": "Late guest", "paid": True, "items": items}
    return [ticket["number"] for ticket in (await venue.office("orders", body))["tickets"]]


@dataclass(frozen=True)
class Evening:
    """What happened before the gateway was lost; of all but `before` the backup knows nothing."""

    first: LaneProcess
    second: LaneProcess
    stolen: LaneProcess
    late: LaneProcess
    before: list[str]
    guests: list[str]
    cancelled: list[str]
    late_codes: list[str]
    counts: dict[str, Any]
    journal: set[str]
    issued: Sequence[Any]
    life: tuple[int, bytes]


async def lost_evening(venue: Venue, backup: Path) -> Evening:
    """Back up, then let 50 guests in, sell, enrol, cancel and shut out."""
    first, second, stolen = [await venue.enrolled(name) for name in ("first", "second", "stolen")]
    for lane in (first, second):
        await lane.start(*venue.streams)
        await venue.informed(lane)
    crowd = list(venue.evening.crowd)
    cancelled, before, guests = crowd[:3], crowd[3:8], crowd[8:58]
    for number in before:
        assert (await first.scan(venue.code(number)))["decision"] == "admit"
    await venue.delivered([first])
    await back_up(venue, backup)

    for place, number in enumerate(guests):
        shown = await (first, second)[place % 2].scan(venue.code(number))
        assert (shown["decision"], shown["assurance"]) == ("admit", "confirmed")
    late_codes = [await venue.photographed(number) for number in await sold(venue, 4)]
    late = await venue.enrolled("late")
    await late.start(*venue.streams)
    await venue.informed(late)
    assert (await late.scan(late_codes[0]))["decision"] == "admit"
    told = len(first.lines)
    for number in cancelled:
        await venue.office(f"tickets/{number}/cancel", CANCEL)
    await first.heard(told, event="applied", stream=venue.streams[2])
    await venue.post(f"/api/v1/devices/{stolen.device}/revoke", {})
    for lane in (first, second, late):
        for number in cancelled:
            await refused(lane, venue.code(number))
    await venue.delivered([first, second, late])
    counts, journal = await venue.counts(), set(venue.journal())
    issued = asked(venue.data / "boxoffice.sqlite", "SELECT scope, serial FROM codes")
    (life,) = epochs(first)
    lanes = (first, second, stolen, late)
    return Evening(*lanes, before, guests, cancelled, late_codes, counts, journal, issued, life)


async def lanes_give_back(venue: Venue, evening: Evening) -> None:
    """The lanes come by themselves, give back, and only then take the new epoch."""
    for lane in (evening.first, evening.second):
        await left(lane, evening.life)
        for number in evening.cancelled:
            assert (await lane.scan(venue.code(number)))["reason"] == "cancelled"
    awaited = (await venue.counts())["lanes"]["awaited"]
    assert awaited == [evening.late.device]
    for number in evening.cancelled:
        body = {"code": venue.code(number), "gate": GATE}
        verdict = await venue.post("/api/v1/check-ins", body)
        assert (verdict["reason"], verdict["assurance"]) == ("cancelled", "provisional")
    for number in (*evening.before, *evening.guests):
        shown = await evening.first.scan(venue.code(number))
        assert shown["decision"] in ("refuse", "repeat"), shown
    assert (await devices_of(venue))[evening.stolen.device]["revoked"]


async def the_late_one_is_who_it_was(venue: Venue, evening: Evening) -> None:
    """A device that the backup does not know is enrolled again, and brings what it owes."""
    late, devices = evening.late, await devices_of(venue)
    await late.kill()
    code = (await venue.post("/api/v1/devices/codes", {"gate": GATE}))["code"]
    identity = late.state / "identity.json"
    again = await enrol(code, f"127.0.0.1:{venue.tls}", "late", Identity.load(identity))
    assert again.device == late.device
    again.save(identity)
    newcomer = await venue.enrolled("newcomer")
    assert newcomer.device not in devices
    assert newcomer.device != late.device
    await late.start(*venue.streams)
    await returned(venue)
    await venue.delivered([evening.first, evening.second, late])
    assert evening.journal <= set(venue.journal())
    restored = await venue.counts()
    assert await venue.entered() == sum(gate["entered"] for gate in evening.counts["gates"])
    assert restored["decisions"]["admit"] == evening.counts["decisions"]["admit"]
    assert (await late.scan(evening.late_codes[0]))["decision"] in ("refuse", "repeat")
    for code in evening.late_codes[1:3]:
        shown = await evening.second.scan(code)
        assert (shown["decision"], shown["assurance"]) == ("admit", "confirmed"), shown


async def no_serial_is_issued_twice(venue: Venue, evening: Evening) -> None:
    """What is sold from now on is new, and good."""
    new = await sold(venue, 3)
    fresh = asked(
        venue.data / "boxoffice.sqlite",
        f"SELECT scope, serial FROM codes WHERE ticket IN ({', '.join(repr(n) for n in new)})",
    )
    assert len(fresh) == 3
    assert not set(fresh) & set(evening.issued)
    for number in new:
        await admitted(evening.second, await venue.photographed(number))


async def test_every_promise_holds_after_a_restore(venue: Venue, tmp_path: Path) -> None:
    venue.sell([Item(venue.evening.tonight, 1, 0) for _ in range(20)])
    await venue.open()
    backup = tmp_path / "tonight.backup"
    evening = await lost_evening(venue, backup)
    assert backup.stat().st_mode & 0o777 == 0o600

    await venue.kill()
    down = len(evening.late.lines)
    await restore(venue, backup, tmp_path / "lost")
    await venue.open()

    await evening.late.heard(down, event="down", line=UNKNOWN)
    await lanes_give_back(venue, evening)
    await the_late_one_is_who_it_was(venue, evening)
    await no_serial_is_issued_twice(venue, evening)
    assert (await venue.counts())["conflicts"] == evening.counts["conflicts"]


@pytest.mark.full
async def test_two_restores_of_one_backup_are_two_lives(venue: Venue, tmp_path: Path) -> None:
    await venue.open()
    lane, silent = [await venue.enrolled(name) for name in ("lane", "silent")]
    await silent.start(*venue.streams)
    await lane.start(*venue.streams)
    await venue.informed(lane)
    first, second, third = venue.evening.full
    backup = tmp_path / "tonight.backup"
    await back_up(venue, backup)
    assert (await silent.scan(venue.code(third)))["decision"] == "admit"
    await venue.delivered([silent])
    await silent.kill()
    await venue.kill()
    (life,) = epochs(lane)

    await restore(venue, backup, tmp_path / "lost")
    await venue.open()
    await left(lane, life)
    assert (await lane.scan(venue.code(first)))["assurance"] == "provisional"
    said = await command(venue, "devices", "write-off", silent.device)
    assert "verdicts are confirmed again" in said
    assert (await lane.scan(venue.code(second)))["assurance"] == "confirmed"
    await venue.office(f"tickets/{first}/cancel", CANCEL)
    await refused(lane, venue.code(first))
    sold_first = [await venue.photographed(number) for number in await sold(venue, 3)]
    await venue.delivered([lane])
    (earlier,) = epochs(lane)
    await venue.kill()

    # The spare machine is lost as well; the next one takes the same backup.
    await restore(venue, backup, tmp_path / "lost twice")
    await venue.open()
    await left(lane, earlier)
    (later,) = epochs(lane)
    assert life[0] < earlier[0] < later[0]
    assert (await lane.scan(venue.code(first)))["reason"] == "cancelled"
    assert (await lane.scan(venue.code(second)))["decision"] in ("refuse", "repeat")
    await silent.start("catalogue")
    await returned(venue)
    await venue.delivered([lane, silent])
    assert (await lane.scan(venue.code(third)))["reason"] == "already_used"
    sold_next = [await venue.photographed(number) for number in await sold(venue, 3)]
    assert not set(sold_first) & set(sold_next)
    assert await venue.entered() == 3
