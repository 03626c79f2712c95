"""Clocks that are wrong: a lane's, with and without a link, and the gateway's."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from generators.fault_table import FaultTable
from journeys.venue.venue import CLOCK, Venue
from journeys.venue.waiting import ROOT
from validator.boxoffice import BoxOffice, Item
from validator.clock import HOUR_MS, MINUTE_MS, parse_iso
from validator.model import Performance

TEN_MIN_S = 600


@pytest.mark.parametrize(
    ("ahead_s", "doors_min", "right", "told"),
    [
        (-TEN_MIN_S, 0, ("admit", "ok"), "10 min behind"),
        (TEN_MIN_S, 10, ("refuse", "too_early"), "10 min ahead of"),
    ],
)
async def test_a_lanes_clock_ten_minutes_off_opens_no_door_too_early_or_too_late(
    tmp_path: Path,
    faults: FaultTable,
    ahead_s: int,
    doors_min: int,
    right: tuple[str, str],
    told: str,
) -> None:
    venue = Venue(tmp_path, doors_min=doors_min)
    try:
        await venue.open()
        lane = await venue.enrolled("lane")
        await lane.start(*venue.streams, ahead_s=ahead_s)
        assert told in (await lane.heard(0, event="alarm"))["line"]
        await venue.informed(lane)
        first, second = (venue.code(number) for number in venue.evening.full[:2])
        line = await lane.scan(first)
        assert (line["decision"], line["reason"], line["assurance"]) == (*right, "confirmed")

        await lane.kill()
        await venue.shut()
        before = len(lane.lines)
        await lane.start(ahead_s=ahead_s)
        assert told in (await lane.heard(before, event="alarm"))["line"]
        line = await lane.scan(second)
        assert (line["decision"], line["reason"], line["assurance"]) == (*right, "provisional")
        assert abs(parse_iso(line["at"]) - CLOCK.now()) < 5 * MINUTE_MS, "shows the right time"
    finally:
        await venue.close()
    faults.row(
        "Clock",
        f"A lane's clock {told.removesuffix(' of')}",
        seen=f"Attention: This device's clock is {told} the gateway's, which counts.",
        ends=f"{' '.join(right)}: judged by the gateway's time, also alone and after a restart",
    )


async def test_a_gateway_without_a_sane_clock_goes_on_from_what_it_knew_and_says_so(
    venue: Venue, faults: FaultTable
) -> None:
    await venue.open()
    lane = await venue.enrolled("lane")
    await lane.start(*venue.streams)
    await venue.informed(lane)
    first, second, third = (venue.code(number) for number in venue.evening.full)
    assert (await lane.scan(first))["decision"] == "admit"
    assert (await venue.readiness())["clock"] == {"verified": True, "why": ""}
    await venue.shut()

    before = len(lane.lines)
    await venue.open(ahead_s=24 * HOUR_MS // 1000 - int(time.time()))
    clock = (await venue.readiness())["clock"]
    assert not clock["verified"]
    assert "1970-01-02" in clock["why"]
    assert (await venue.counts())["clock"]["why"]
    await lane.heard(before, event="up")
    line = await lane.scan(second)
    assert (line["decision"], line["reason"], line["assurance"]) == ("admit", "ok", "confirmed")
    assert (await lane.scan(first))["reason"] == "already_used"
    await venue.shut()

    before = len(lane.lines)
    await venue.open()
    assert (await venue.readiness())["clock"]["verified"]
    await lane.heard(before, event="up")
    assert (await lane.scan(third))["assurance"] == "confirmed"
    await venue.delivered([lane])
    assert (await venue.counts())["conflicts"] == 0
    faults.row(
        "Clock",
        "The gateway's machine starts in 1970",
        seen="Clock unverified: this machine's clock shows a time which is past.",
        ends="time runs on from the last that was stored; verdicts confirmed; verified once set",
    )


NIGHT = (
    ("2027-10-30T21:59:59+02:00", "too_early"),
    ("2027-10-31T02:30+01:00", "ok"),
    ("2027-10-31T06:00+01:00", "too_late"),
)
"""A club night over midnight, in which the clocks are set back."""


async def test_a_night_over_midnight_with_an_hour_twice_is_judged_by_instants(
    venue: Venue, tmp_path: Path
) -> None:
    office = BoxOffice.open(venue.data, CLOCK, os.urandom)
    scope = office.catalogue.next_scope()
    doors, end = parse_iso("2027-10-30T22:00+02:00"), parse_iso(NIGHT[-1][0])
    show = Performance(
        scope, venue.evening.event, "Night", doors, doors, end, "Europe/Zurich", 6 * 60
    )
    office.catalogue.put_performance(show)
    (ticket,) = office.orders.sell("Guest", "", [Item(scope, 1, 0)]).tickets
    office.close()
    config = tmp_path / "gateway.toml"
    with config.open("a") as file:
        file.write(
            f'[[gates]]\nid = "night"\nname = "Night"\nperformances = [{scope}]\nstale = "allow"\n'
        )
    await venue.open()
    await venue.shut()
    for at, reason in NIGHT:
        assert await asyncio.to_thread(checked, ticket.code.text, at, config) == reason, at


def checked(code: str, at: str, config: Path) -> str:
    """Return the reason that `entrance-gateway check` gives for a code."""
    words = ["check", "--gate", "night", "--at", at, "--json", "--config", str(config)]
    done = subprocess.run(
        [sys.executable, "-m", "validator.gateway.main", *words],
        input=f"{code}\n",
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    return str(json.loads(done.stdout)["reason"])
