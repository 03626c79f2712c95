"""A lane without a screen goes on whatever fails in it, and says what it was."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest

from device.errors import DeviceError, ForeignCode, PictureUnreadable
from device.linux.notify import Notify
from device.ports import Sighting
from doubles.clock.hand_clock import HandClock
from doubles.gateway.authority import Authority
from doubles.gateway.committer_with_devices import RING
from doubles.lane.failing_parts import SECRET, Eye, Failing, FailingEye, Mistake
from doubles.store.device_cache import identity, opened
from offline_cache.cache import Cache
from rules.sources import ROOT
from scanner.errors import StartAgain
from scanner.lane.lane import Lane
from scanner.lane.lane_log import LaneLog
from scanner.lane.layouts import Layouts
from scanner.lane.runtime import Runtime
from scanner.station.printer import Printer
from scanner.station.run import StationFace, live, work
from validator.model import Fault

LAYOUTS = Layouts(lambda: RING, print)


@dataclass(slots=True)
class Stumbling:
    """A lane that fails at its first scan."""

    light: Printer
    expiry: Failing = field(default_factory=lambda: Failing(0))
    taken: list[str] = field(default_factory=list)

    async def take(self, text: str, symbology: str | None = None, **_: Any) -> Fault:
        self.taken.append(text)
        if len(self.taken) == 1:
            raise Mistake
        return Fault("read", "go on")

    def expire(self) -> Fault | None:
        self.expiry.once()
        return None


@dataclass(slots=True)
class Station:
    """A station's parts, and what it says and logs."""

    cache: Cache
    link: Failing = field(default_factory=lambda: Failing(0))
    lines: list[dict[str, Any]] = field(default_factory=list)
    logged: list[str] = field(default_factory=list)
    write: Callable[[str], object] = print
    grown: asyncio.Event = field(default_factory=asyncio.Event)
    lane: Stumbling = field(init=False)
    runtime: Runtime = field(init=False)
    face: StationFace = field(init=False)

    def __post_init__(self) -> None:
        self.write = self._heard
        clock, log = HandClock().clock, LaneLog(self.logged.append)
        printer = Printer("en", True, clock, self.cache, lambda line: self.write(line), log)
        self.lane = Stumbling(printer)
        self.face = StationFace(cast(Lane, self.lane), None, printer)
        self.runtime = Runtime(self.face, again_s=0.0)

    def _heard(self, line: str) -> None:
        self.lines.append(json.loads(line))
        self.grown.set()

    async def run(self, eye: Eye | FailingEye) -> None:
        serve = partial(self.runtime.serve, cast(Lane, self.lane), self.link, lambda: False)
        await work(self.runtime, self.face, eye, LAYOUTS, serve, Notify())


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    cache = opened(tmp_path)
    yield Station(cache)
    cache.close()


async def test_a_scan_that_fails_or_can_not_be_read_is_a_fault_and_the_next_one_is_taken(
    station: Station,
) -> None:
    eye = Eye()
    items: tuple[Sighting | DeviceError, ...] = (
        Sighting("first", b"first", "qrcode", "1.png"),
        PictureUnreadable("2.png is damaged; take another picture."),
        ForeignCode("This is not one of our codes."),
        Sighting(None, b"\xff\x00", "qrcode", "3.png"),
    )
    for item in (*items, None):
        eye.shown.put_nowait(item)
    await station.run(eye)
    assert station.lane.taken == ["first", "\xff\x00"]
    assert [line["event"] for line in station.lines] == ["fault", "fault", "advice"]
    assert "(Mistake, scanner." in station.lines[0]["what"]
    (logged,) = (line for line in station.logged if "event=failed" in line)
    assert logged.startswith("<3>event=failed part=scan error=Mistake at=scanner.")
    assert SECRET not in str(station.logged) + str(station.lines)


@pytest.mark.parametrize("part", ["link", "expiry"])
async def test_a_part_that_fails_is_said_and_logged_and_the_lane_scans_on(
    station: Station, part: str
) -> None:
    failing = {"link": station.link, "expiry": station.lane.expiry}[part]
    failing.times, eye = 1, Eye()
    running = asyncio.create_task(station.run(eye))
    async with asyncio.timeout(30):
        await station.grown.wait()
    station.lane.taken.append("before")
    eye.see("code")
    eye.shown.put_nowait(None)
    await running
    assert station.lane.taken == ["before", "code"]
    assert failing.begun >= 2
    (line,) = station.lines
    assert line["event"] == "alarm"
    assert (
        f"Attention: A part of this lane failed inside the program ({part}: Mistake, "
        in line["line"]
    )
    assert station.logged[0].startswith(f"<3>event=failed part={part} error=Mistake at=scanner.")
    assert SECRET not in str(station.logged) + str(station.lines)


async def test_a_source_that_fails_ends_the_lane_with_a_word(station: Station) -> None:
    with pytest.raises(StartAgain, match="ended on a mistake of its program"):
        await station.run(FailingEye())
    (line,) = station.lines
    assert "A part of this lane failed inside the program (source: " in line["line"]
    assert station.logged[0].startswith("<3>event=failed part=source error=Mistake")


async def test_a_lane_that_can_say_nothing_any_more_ends(station: Station) -> None:
    def full(line: str) -> None:
        raise OSError("No space left on device")

    station.write, station.link.times = full, 1
    with pytest.raises(StartAgain, match="OSError"):
        await station.run(Eye())
    assert station.logged[0].startswith("<3>event=failed part=link error=Mistake")


async def test_the_watchdog_is_not_fed_while_a_part_of_the_lane_is_down(tmp_path: Path) -> None:
    looks = [True, False, False, True]

    def whole() -> bool:
        if not looks:
            raise Mistake
        return looks.pop(0)

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(tmp_path / "notify"))
        ear.setblocking(False)
        with pytest.raises(Mistake):
            await live(Notify(str(tmp_path / "notify"), watchdog_s=1e-9), whole)
        assert [ear.recv(100) for _ in range(3)] == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"]
        with pytest.raises(BlockingIOError):
            ear.recv(100)


def test_a_lane_whose_lines_nobody_reads_any_more_ends(tmp_path: Path) -> None:
    known = identity(gateway="127.0.0.1:9", authority_pem=Authority(tmp_path / "ca").pem)
    known.save(tmp_path / "identity.json")
    reading, writing = os.pipe()
    os.close(reading)
    words = ("lane", "--source", "stdin", "--sound", "off", "--state", str(tmp_path))
    lane = subprocess.Popen(
        [sys.executable, "-m", "scanner", *words],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(writing)
    assert lane.wait(60) == 1
    assert lane.stderr is not None and lane.stdin is not None
    assert lane.stderr.read() == ""
    lane.stdin.close()
    lane.stderr.close()
