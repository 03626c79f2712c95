"""A lane without a screen: codes in, one line a scan out."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path

from device.errors import DeviceError, ForeignCode
from device.linux.notify import Notify
from device.ports import Source, Turnstile
from offline_cache.identity.identity import Identity
from offline_cache.sync.timing import Timing
from scanner.lane.device_state import DeviceState
from scanner.lane.events import LaneEvent
from scanner.lane.faults import unread
from scanner.lane.gatekeeper import Gatekeeper
from scanner.lane.lane import Lane
from scanner.lane.lane_log import LaneLog
from scanner.lane.layouts import Layouts
from scanner.lane.runtime import Runtime, Work, finished, show_broken
from scanner.station.outputs import Station, StationOptions
from scanner.station.printer import Printer
from scanner.station.sources import open_source
from validator.admission import Shown
from validator.model import Fault


class StationFace:
    """The face of a lane without a screen: lines, sound and lamps; a turnstile lets guests in.

    Args:
        lane: Its light is everything that shows verdicts.
        turnstile: None = the guests walk in.
        printer: Says what is no verdict.
    """

    def __init__(self, lane: Lane, turnstile: Turnstile | None, printer: Printer) -> None:
        self._lane = lane
        self._printer = printer
        failed = partial(show_broken, self, "turnstile")
        self._keeper = Gatekeeper(lane, turnstile, printer.advise, failed)

    def show(self, shown: Shown | Fault, elapsed_ms: float) -> None:
        """Show a verdict or fault."""
        self._lane.light.show(shown, elapsed_ms)

    async def take(self, text: str, symbology: str | None) -> None:
        """Let a ticket be judged, and its guests in."""
        self._keeper.follow(await finished(self._lane.take(text, symbology)))

    def missed(self, error: DeviceError) -> None:
        """Tell what a source could not read, or what is no ticket."""
        if isinstance(error, ForeignCode):
            self._printer.advise(str(error))
        else:
            self.show(unread(error), 0.0)

    def told(self, event: LaneEvent) -> None:
        """Tell what happened besides verdicts."""
        self._printer.told(event)

    async def settled(self) -> None:
        """Wait until everybody who was let in went through, or is not waited for any more."""
        await self._keeper.settled()


def run(
    state: Path,
    source: str,
    language: str = "en",
    as_json: bool = False,
    options: StationOptions | None = None,
    patience_s: float = Timing().claim_s,
) -> int:
    """Run a lane until it is told to stop (SIGTERM, SIGINT, end of stdin).

    Args:
        state: Folder of the device's identity and cache.
        source: As `scanner.station.sources.open_source` takes it.
        language: Of the lines.
        as_json: One JSON object a line.
        options: What hangs on the lane; None = sound alone.
        patience_s: How long a guest waits for the gateway's answer, in seconds.

    Returns:
        Exit code.

    Raises:
        FixStart: The source or a part is unknown.
        StartAgain: The lane ended on a mistake of its program.
        DeviceError: What the source needs is not installed.
        CacheError: Not enrolled, or the cache can't be opened.
    """
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    identity = Identity.load(state / "identity.json")
    with contextlib.closing(DeviceState.open(state, identity)) as device:
        log = LaneLog.of(os.environ)
        clock = device.offset.corrected()
        printer = Printer(language, as_json, clock, device.cache, log=log)
        eyes = open_source(source, device.wanted)
        link = device.link(printer.told, Timing(claim_s=patience_s))
        if device.cache.mended is not None:
            printer.told(device.cache.mended)
        station = Station.of(options or StationOptions(), printer, printer.advise)
        with contextlib.closing(station):
            lane = device.lane(link, station.light)
            face = StationFace(lane, station.turnstile, printer)
            runtime = Runtime(face)
            layouts = Layouts(lambda: device.cache.ring, printer.advise)
            serve = partial(runtime.serve, lane, link, device.wipe)
            notify = Notify.of(os.environ, os.getpid())
            asyncio.run(work(runtime, face, eyes, layouts, serve, notify))
    return 0


async def work(
    runtime: Runtime,
    face: StationFace,
    eyes: Source,
    layouts: Layouts,
    serve: Work,
    notify: Notify,
) -> None:
    """Scan until the source ends or the process is told to stop.

    Args:
        runtime: Keeps the parts at work.
        face: Of the lane.
        eyes: Where codes come from.
        layouts: Reads what typing scanners meant.
        serve: Keeps the lane linked.
        notify: Hears that the lane is ready, and that it lives.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    async def over(reading: Sequence[asyncio.Task[None]]) -> None:
        await _first(asyncio.wait(reading), stop.wait())
        # After the last code of a file its guest is still to go through.
        await _first(face.settled(), stop.wait())

    living = partial(live, notify, lambda: runtime.whole)
    await runtime.run([eyes], layouts, [serve, living], over)


async def live(notify: Notify, whole: Callable[[], bool]) -> None:
    """Tell systemd that the lane is ready, then for as long as it is whole that it lives.

    Args:
        notify: Hears it.
        whole: Whether every part of the lane is at work.
    """
    notify.say("READY=1")
    while notify.watchdog_s:
        if whole():
            notify.say("WATCHDOG=1")
        await asyncio.sleep(notify.watchdog_s / 3)


async def _first(*waits: Awaitable[object]) -> None:
    """Wait until one of these is over, and give up the others."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
