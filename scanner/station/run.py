"""A lane without a screen: codes in, one line a scan out."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

from device.errors import DeviceError, ForeignCode
from device.linux.notify import Notify
from device.ports import Sighting, Source
from offline_cache.cache import Cache
from offline_cache.errors import CacheError
from offline_cache.identity.identity import Identity
from offline_cache.knowledge.ages import this_boot
from offline_cache.sync.clock_offset import Offset
from offline_cache.sync.link import Alarm, Link
from offline_cache.sync.offset_file import OffsetFile
from offline_cache.wipe import wipe
from scanner.lane.expected_codes import wanted_of
from scanner.lane.faults import broken, unread
from scanner.lane.gatekeeper import Gatekeeper
from scanner.lane.lane import Lane
from scanner.lane.lane_log import ERROR, LaneLog
from scanner.lane.layouts import Layouts
from scanner.station.outputs import Station, StationOptions
from scanner.station.printer import Printer
from scanner.station.sources import open_source
from validator.admission import Shown
from validator.clock import Clock
from validator.model import Fault

EXPIRE_S = 1.0
"""How often it is looked whether a held entry's time is over."""


def run(
    state: Path,
    source: str,
    language: str = "en",
    as_json: bool = False,
    options: StationOptions | None = None,
) -> int:
    """Run a lane until it is told to stop (SIGTERM, SIGINT, end of stdin).

    Args:
        state: Folder of the device's identity and cache.
        source: As `scanner.sources.open_source` takes it.
        language: Of the lines.
        as_json: One JSON object a line.
        options: What hangs on the lane; None = sound alone.

    Returns:
        Exit code.

    Raises:
        FixStart: The source or a part is unknown.
        DeviceError: What the source needs is not installed.
        CacheError: Not enrolled, or the cache can't be opened.
    """
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    clock = Clock(time.time_ns, lambda: time.clock_gettime_ns(time.CLOCK_BOOTTIME))
    known = state / "identity.json"
    identity = Identity.load(known)
    with contextlib.closing(Cache.open(state / "cache.sqlite", clock, identity)) as cache:
        offset = Offset(clock, OffsetFile(state / "clock.json"), this_boot())
        log = LaneLog(_to_journal) if "JOURNAL_STREAM" in os.environ else LaneLog.SILENT
        printer = Printer(language, as_json, offset.corrected(), cache, log=log)
        eyes = open_source(source, lambda: wanted_of(cache.catalogue, identity.device))
        link = Link(
            identity,
            cache,
            clock,
            printer.told,
            offset=offset,
            address=lambda: Identity.load(known).gateway,
        )
        if cache.mended is not None:
            log.event(ERROR, "mended")
            printer.told(Alarm(str(cache.mended)))
        station = Station.of(options or StationOptions(), printer, printer.advise)
        lane = Lane(identity.device, cache, link, station.light, clock, os.urandom)
        layouts = Layouts(lambda: cache.ring, printer.advise)
        keeper = Gatekeeper(lane, station.turnstile, printer.advise)
        leave = partial(_leave, state, cache, printer)
        with contextlib.closing(station):
            notify = Notify.of(os.environ, os.getpid())
            asyncio.run(_work(lane, link, eyes, layouts, keeper, printer.advise, leave, notify))
    return 0


def _to_journal(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _leave(state: Path, cache: Cache, printer: Printer) -> None:
    """Wipe a revoked device, unless something that it owes was not taken."""
    try:
        if cache.backlog():
            return
        cache.close()
        wipe(state, f"{printer.clock.now()}: this device was revoked and has wiped itself.")
    except CacheError as error:
        printer.told(Alarm(str(error)))
        return
    printer.farewell()


async def _work(
    lane: Lane,
    link: Link,
    eyes: Source,
    layouts: Layouts,
    keeper: Gatekeeper,
    advise: Callable[[str], object],
    leave: Callable[[], None],
    notify: Notify,
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    linked = asyncio.create_task(_stay_linked(lane, link, leave))
    scanning = asyncio.create_task(_scan(lane, eyes, layouts, keeper, advise))
    expiring = asyncio.create_task(_expire(lane))
    living = asyncio.create_task(_live(notify))
    waiter = asyncio.create_task(stop.wait())
    await asyncio.wait([scanning, waiter], return_when=asyncio.FIRST_COMPLETED)
    # After the last code of a file its guest is still to go through.
    settling = asyncio.create_task(keeper.settled())
    await asyncio.wait([settling, waiter], return_when=asyncio.FIRST_COMPLETED)
    waiter.cancel()
    # The scan that is under way may need the link to come to its end.
    for task in (scanning, expiring, linked, settling, living):
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _stay_linked(lane: Lane, link: Link, leave: Callable[[], None]) -> None:
    await link.run()
    # It ends only on a revocation. Nothing may be written between the last look and the wipe.
    lane.shut()
    leave()


async def _scan(
    lane: Lane,
    eyes: Source,
    layouts: Layouts,
    keeper: Gatekeeper,
    advise: Callable[[str], object],
) -> None:
    async for sighting in eyes.sightings():
        match sighting:
            case ForeignCode():
                advise(str(sighting))
            case DeviceError():
                lane.light.show(unread(sighting), 0.0)
            case Sighting():
                try:
                    text = layouts.text(sighting)
                    keeper.follow(await _finished(lane.take(text, sighting.symbology)))
                except Exception as error:
                    # A mistake of ours must not stop the lane for the next guest.
                    lane.light.show(broken(error), 0.0)


async def _finished(scan: Coroutine[Any, Any, Shown | Fault]) -> Shown | Fault:
    """Wait for a scan: told to stop, the lane still gives the guest at the gate a verdict."""
    taking = asyncio.ensure_future(scan)
    try:
        return await asyncio.shield(taking)
    except asyncio.CancelledError:
        await taking
        raise


async def _live(notify: Notify) -> None:
    """Tell systemd that the lane is ready, then that its event loop turns."""
    notify.say("READY=1")
    while notify.watchdog_s:
        notify.say("WATCHDOG=1")
        await asyncio.sleep(notify.watchdog_s / 3)


async def _expire(lane: Lane) -> None:
    while True:
        if fault := lane.expire():
            lane.light.show(fault, 0.0)
        await asyncio.sleep(EXPIRE_S)
