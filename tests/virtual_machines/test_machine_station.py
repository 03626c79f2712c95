"""A station in a machine of its own: real USB and camera devices, Debian's kernel and systemd."""

from __future__ import annotations

from pathlib import Path

import pytest

from journeys.venue.venue import Venue
from validator.boxoffice import Item
from virtual_machines.guest_machine import missing, run

BURST = 200
FURTHER = {"keyboard": 1, "two": 3, "caps_lock": 2, "layout": 1, "dropped": 2} | {
    "pos": 1,
    "serial": 1,
    "camera": 2,
    "udev": 1,
}
"""Tickets that each step lets in, the burst aside."""

SOLD = BURST + sum(FURTHER.values())

pytestmark = [
    pytest.mark.full,
    pytest.mark.skipif(bool(missing()), reason=f"not installed: {', '.join(missing())}"),
]


async def test_every_device_ends_in_a_verdict_of_the_real_station(tmp_path: Path) -> None:
    venue = Venue(tmp_path)
    order = venue.sell([Item(venue.evening.tonight, 1, 0)] * SOLD)
    try:
        await venue.open()
        code = (await venue.post("/api/v1/devices/codes", {"gate": "main"}))["code"]
        results = await run(
            {
                "code": code,
                "gateway": f"10.0.2.2:{venue.tls}",
                "tickets": [
                    {"number": ticket.number, "text": venue.code(ticket.number)}
                    for ticket in order.tickets
                ],
                "burst": BURST,
                "cancelled": venue.code(venue.evening.cancelled),
            }
        )
        entered = await venue.entered()
    finally:
        await venue.close()
    failed = {name: said for name, (well, said) in results.items() if not well}
    assert results and not failed
    assert entered == SOLD
