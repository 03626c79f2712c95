"""A real lane in a process of its own, told on stdin what to scan and for how many people.

One JSON object a line in: `{"text", "count"?, "symbology"?}`; the lines of `lane --json` out.
At the end of the input it stays until its journal is delivered.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from device.ports import Sighting
from device.stdin import Lines
from offline_cache.cache import Cache
from offline_cache.identity.identity import Identity
from offline_cache.sync.link import Link
from offline_cache.sync.timing import Timing
from scanner.lane.device_state import DeviceState
from scanner.lane.lane import Lane
from scanner.lane.ports import Gateway, Light, Store
from scanner.station.printer import Printer
from validator.clock import Clock
from validator.machine_clock import machine_clock

Ports = tuple[Store, Gateway, Light]


def main(wrapped: Callable[[Ports], Ports], arguments: argparse.Namespace) -> None:
    """Run a lane until the input ends.

    Args:
        wrapped: Puts something between the lane and its store, link and light.
        arguments: As `arguments` takes them.
    """
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    ahead_ns = arguments.ahead_s * 1_000_000_000
    clock = Clock(lambda: time.time_ns() + ahead_ns, machine_clock().boot_ns)
    state: Path = arguments.state
    timing = Timing(
        claim_s=arguments.wait_s,
        reach_s=arguments.silence_s,
        silence_s=arguments.silence_s,
        longest_s=1.0,
    )
    identity = Identity.load(state / "identity.json")
    with contextlib.closing(DeviceState.open(state, identity, clock=clock)) as device:
        printer = Printer("en", True, device.offset.corrected(), device.cache)
        link = device.link(printer.told, timing)
        store, gateway, light = wrapped((device.cache, link, printer))
        lane = Lane(identity.device, store, gateway, light, clock, os.urandom)
        asyncio.run(_work(lane, link, device.cache))


def arguments() -> argparse.ArgumentParser:
    """Return what every such lane takes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("state", type=Path)
    parser.add_argument("--wait-s", type=float, default=0.2)
    parser.add_argument("--silence-s", type=float, default=10.0)
    parser.add_argument("--ahead-s", type=int, default=0, help="its clock, of the true time")
    return parser


async def _work(lane: Lane, link: Link, cache: Cache) -> None:
    linked = asyncio.create_task(link.run())
    async for sighting in Lines(sys.stdin.buffer).sightings():
        assert isinstance(sighting, Sighting) and sighting.text
        said = json.loads(sighting.text)
        await lane.take(said["text"], said.get("symbology"), count=said.get("count"))
    while cache.backlog():  # noqa: ASYNC110 - the journal has no event for it
        await asyncio.sleep(0.02)
    linked.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await linked


if __name__ == "__main__":
    main(lambda ports: ports, arguments().parse_args())
