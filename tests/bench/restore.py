"""A spare machine takes over: from the backup's file to the first confirmed verdict.

Real processes and the commands that people type: `restore` into an empty folder, `serve`, and a
lane that has been there all the time, gives back what the backup lacks, and scans.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench.rows import Progress, Row
from journeys.venue.restoring import back_up, restore
from journeys.venue.venue import CLOCK, GATE, Venue
from validator.boxoffice import BoxOffice, Item
from validator.clock import iso
from validator.model import uuid7

TICKETS, CHECK_INS = 50_000, 20_000
AFTER = 200
"""Entries and cancellations that only the lane knows of."""

BUDGET_S = 120.0
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Takeover:
    """How long it took, in seconds.

    Args:
        backup_s: To make the backup, beside a running gateway.
        restore_s: From the command to its end.
        serving_s: From there to both listeners answering.
        confirmed_s: From the start of the restore to the first confirmed verdict of the lane.
        megabytes: Size of the backup.
    """

    backup_s: float
    restore_s: float
    serving_s: float
    confirmed_s: float
    megabytes: float


def run(small: bool, tell: Progress) -> list[Row]:
    """Measure a takeover."""
    tickets, check_ins = (1_000, 400) if small else (TICKETS, CHECK_INS)
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(take_over(Path(folder), tickets, check_ins, tell))
    name = f"{tickets:,} tickets, {check_ins:,} check-ins"
    return [
        Row(f"restore to first confirmed verdict, {name}", found.confirmed_s, "s", budget=BUDGET_S),
        Row("of that: restore command", found.restore_s, "s"),
        Row("of that: gateway until it is ready", found.serving_s, "s"),
        Row(f"backup beside a running gateway, {name}", found.backup_s, "s"),
        Row("size of the backup", found.megabytes, "MB"),
    ]


async def take_over(folder: Path, tickets: int, check_ins: int, tell: Progress) -> Takeover:
    """Lose a gateway and restore it.

    Args:
        folder: Gets everything.
        tickets: Sold before the backup, besides those of the sample evening.
        check_ins: In the journal before the backup.
        tell: Hears of progress.
    """
    venue = Venue(folder)
    try:
        tell(f"{tickets} tickets are sold")
        codes = _sell(venue, tickets)
        numbers = list(codes)
        tell("the gateway hears of them")
        await venue.open()
        tell(f"{check_ins} check-ins are reported")
        await _report(venue, list(codes.values())[:check_ins])
        lane = await venue.enrolled("lane")
        await lane.start(*venue.streams)
        await venue.informed(lane)
        backup = folder / "tonight.backup"
        tell("backup")
        began = time.monotonic()
        await back_up(venue, backup)
        backup_s = time.monotonic() - began
        fresh = numbers[check_ins:]
        for number in fresh[:AFTER]:
            assert (await lane.scan(codes[number]))["decision"] == "admit"
        for number in fresh[AFTER : AFTER + 3]:
            body = {"refund": "none", "reason": "unwell"}
            await venue.office(f"tickets/{number}/cancel", body)
        await venue.delivered([lane])
        await venue.kill()
        tell("restore")
        began = time.monotonic()
        await restore(venue, backup, folder / "lost")
        restored = time.monotonic()
        await venue.open()
        serving = time.monotonic()
        for number in fresh[AFTER + 3 :]:
            shown = await lane.scan(codes[number])
            if shown["assurance"] == "confirmed" and shown["decision"] == "admit":
                break
            await asyncio.sleep(0.05)
        confirmed = time.monotonic()
        assert (await lane.scan(codes[fresh[AFTER]]))["reason"] == "cancelled"
        return Takeover(
            backup_s,
            restored - began,
            serving - restored,
            confirmed - began,
            backup.stat().st_size / 1e6,
        )
    finally:
        await venue.close()


def _sell(venue: Venue, count: int) -> dict[str, str]:
    """Sell tickets; return their codes by number."""
    codes: dict[str, str] = {}
    office = BoxOffice.open(venue.data, CLOCK, os.urandom)
    try:
        for start in range(0, count, _AT_ONCE):
            items = [Item(venue.evening.tonight, 1, 0)] * min(_AT_ONCE, count - start)
            order = office.orders.sell("Guest", "", items)
            codes |= {ticket.number: ticket.code.text for ticket in order.tickets}
    finally:
        office.close()
    return codes


async def _report(venue: Venue, codes: list[str]) -> None:
    for start in range(0, len(codes), _AT_ONCE):
        now = CLOCK.now()
        items = [
            {
                "id": uuid7(now, os.urandom(10)),
                "code": code,
                "gate": GATE,
                "at": iso(now),
                "decision": "admit",
                "assurance": "provisional",
            }
            for code in codes[start : start + _AT_ONCE]
        ]
        said = await venue.post("/api/v1/check-ins/batch", {"check_ins": items})
        assert all(outcome["accepted"] for outcome in said["outcomes"]), said["outcomes"][:3]
