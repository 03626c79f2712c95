"""What keeps a lane at work: no part of it ends unheard, whatever fails."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

import pytest

from device.errors import DeviceError, ForeignCode
from doubles.gateway.committer_with_devices import RING
from doubles.lane.failing_parts import SECRET, Eye, Failing, FailingEye, Mistake
from offline_cache.errors import CacheError
from offline_cache.sync.events import Alarm
from rules.sources import ROOT
from scanner.errors import StartAgain
from scanner.lane.events import Failed, LaneEvent, Wiped
from scanner.lane.lane import Lane
from scanner.lane.layouts import Layouts
from scanner.lane.runtime import Runtime, finished
from validator.admission import Shown
from validator.model import Fault

MACHINE = ("aiohttp", "kivy", "evdev", "serial", "gpiod", "cv2", "miniaudio", "device.linux")
LAYOUTS = Layouts(lambda: RING, print)


@dataclass(slots=True)
class Ears:
    """A face that remembers what it is told.

    Attributes:
        deaf: What it raises when it is told something.
        turns: Of the loop, that a code takes.
        began: A code is being taken.
    """

    deaf: Exception | None = None
    turns: int = 0
    began: asyncio.Event = field(default_factory=asyncio.Event)
    events: list[LaneEvent] = field(default_factory=list)
    shown: list[Shown | Fault] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    missing: list[DeviceError] = field(default_factory=list)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, text: str, symbology: str | None) -> None:
        if text == "broken":
            raise Mistake
        await finished(self._judged(text))

    async def _judged(self, text: str) -> None:
        self.began.set()
        for _ in range(self.turns):
            await asyncio.sleep(0)
        self.taken.append(text)
        self._changed.set()

    def missed(self, error: DeviceError) -> None:
        self.missing.append(error)

    def told(self, event: LaneEvent) -> None:
        if self.deaf is not None:
            raise self.deaf
        self.events.append(event)
        self._changed.set()

    def show(self, shown: Shown | Fault, elapsed_ms: float) -> None:
        self.shown.append(shown)
        self._changed.set()

    async def until(self, true: Callable[[], object]) -> None:
        async with asyncio.timeout(30):
            while not true():
                await self._changed.wait()
                self._changed.clear()

    @property
    def failed(self) -> list[str]:
        return [event.part for event in self.events if isinstance(event, Failed)]


@dataclass(slots=True)
class Door:
    """A lane whose expiry may fail, and that may be shut."""

    expiry: Failing = field(default_factory=lambda: Failing(0))
    steps: list[str] = field(default_factory=list)

    def expire(self) -> Fault | None:
        self.expiry.once()
        return None

    def shut(self) -> None:
        self.steps.append("shut")


async def never(_: object = None) -> None:
    await asyncio.get_running_loop().create_future()


async def stopped(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def lane(door: Door) -> Lane:
    return cast(Lane, door)


def no_wipe() -> bool:
    raise AssertionError("nobody has revoked it")


@pytest.mark.parametrize("part", ["link", "expiry", "count"])
async def test_a_part_that_fails_is_told_with_its_place_and_begins_again(part: str) -> None:
    face, link, door, count = Ears(), Failing(0), Door(), Failing(0)
    failing = {"link": link, "expiry": door.expiry, "count": count}[part]
    failing.times = 2
    runtime = Runtime(face, again_s=0.0)
    serving = asyncio.create_task(runtime.serve(lane(door), link, no_wipe, count=count.run))
    await face.until(lambda: face.failed == [part, part])
    while failing.begun < 3:  # noqa: ASYNC110 - it begins with the loop's next turns
        await asyncio.sleep(0)
    assert runtime.whole
    told = str(face.events[0])
    assert f"A part of this lane failed inside the program ({part}: Mistake, scanner.lane." in told
    assert "begins again" in told and SECRET not in told
    await stopped(serving)


async def test_a_lane_is_not_whole_while_a_part_waits_to_begin_again() -> None:
    face, link = Ears(), Failing(1)
    runtime = Runtime(face, again_s=3600.0)
    assert runtime.whole
    serving = asyncio.create_task(runtime.serve(lane(Door()), link, no_wipe))
    await face.until(lambda: face.failed)
    await asyncio.sleep(0)
    assert not runtime.whole
    await stopped(serving)


async def test_a_scan_that_fails_is_a_fault_with_its_place_and_the_next_one_is_taken() -> None:
    face, eye = Ears(), Eye()
    foreign = ForeignCode("This is not one of our codes.")
    eye.see("broken")
    eye.shown.put_nowait(foreign)
    eye.see("next")
    eye.shown.put_nowait(None)
    await Runtime(face).run([eye], LAYOUTS, [never], asyncio.wait)
    (shown,) = face.shown
    assert isinstance(shown, Fault)
    assert "(Mistake, scanner.lane.runtime:" in shown.what and SECRET not in shown.what
    assert (face.taken, face.missing, face.failed) == (["next"], [foreign], ["scan"])
    assert eye.closed


async def test_a_source_that_fails_is_told_and_the_others_are_read_on() -> None:
    face, broken, eye = Ears(), FailingEye(), Eye()
    runtime = Runtime(face)
    running = asyncio.create_task(runtime.run([broken, eye], LAYOUTS, [], never))
    await face.until(lambda: face.failed == ["source"])
    eye.see("next")
    await face.until(lambda: face.taken == ["next"])
    assert not runtime.whole
    assert "reads nothing more" in str(face.events[0])
    await stopped(running)
    assert broken.closed and eye.closed


async def test_a_lane_that_lives_by_a_source_that_fails_is_to_be_started_again() -> None:
    face, broken = Ears(), FailingEye()
    with pytest.raises(StartAgain, match=r"\(Mistake, scanner\.lane\.runtime:\d+\)") as ended:
        await Runtime(face).run([broken], LAYOUTS, [never], asyncio.wait)
    assert SECRET not in str(ended.value)
    assert face.failed == ["source"]


async def test_what_can_not_even_be_told_ends_the_lane_and_everything_in_it() -> None:
    link, beside, eye = Failing(1), Failing(0), Eye()
    runtime = Runtime(Ears(deaf=OSError("No space left on device")))
    serve = lambda: runtime.serve(lane(Door()), link, no_wipe)  # noqa: E731
    with pytest.raises(StartAgain, match="OSError"):
        await runtime.run([eye], LAYOUTS, [serve, beside.run], never)
    assert eye.closed and beside.ended


async def test_a_face_that_nobody_reads_any_more_ends_the_lane_without_a_word() -> None:
    runtime = Runtime(Ears(deaf=BrokenPipeError()))
    serve = lambda: runtime.serve(lane(Door()), Failing(1), no_wipe)  # noqa: E731
    with pytest.raises(BrokenPipeError):
        await runtime.run([Eye()], LAYOUTS, [serve], never)


async def test_a_part_without_a_keeper_that_fails_ends_the_lane() -> None:
    with pytest.raises(StartAgain, match="Mistake"):
        await Runtime(Ears()).run([Eye()], LAYOUTS, [Failing(1).run], never)


async def test_the_scan_under_way_comes_to_its_end_before_the_link_ends() -> None:
    face, eye, link = Ears(turns=5), Eye(), Failing(0)
    link.end = lambda: face.taken.append("link ended")
    runtime = Runtime(face)
    serve = lambda: runtime.serve(lane(Door()), link, no_wipe)  # noqa: E731
    eye.see("code")
    await runtime.run([eye], LAYOUTS, [serve], lambda _: face.began.wait())
    assert face.taken == ["code", "link ended"]


@pytest.mark.parametrize("wiped", [True, False])
async def test_a_revoked_lane_is_shut_then_wiped_unless_it_owes_something(wiped: bool) -> None:
    face, door, link, count = Ears(), Door(), Failing(0), Failing(0)

    def wipe() -> bool:
        door.steps.append("wipe")
        return wiped

    serving = asyncio.create_task(Runtime(face).serve(lane(door), link, wipe, count=count.run))
    while not count.begun:  # noqa: ASYNC110 - its turn comes with the loop's next
        await asyncio.sleep(0)
    link.over.set()
    while len(door.steps) < 2:  # noqa: ASYNC110 - likewise
        await asyncio.sleep(0)
    assert door.steps == ["shut", "wipe"]
    assert face.events == ([Wiped()] if wiped else [])
    if wiped:
        await serving
    assert count.ended == wiped
    await stopped(serving)


async def test_a_revoked_lane_that_can_not_be_wiped_says_why_and_stays_shut() -> None:
    face, door, link = Ears(), Door(), Failing(0)
    link.over.set()

    def wipe() -> bool:
        raise CacheError("The disk can't be written.")

    serving = asyncio.create_task(Runtime(face).serve(lane(door), link, wipe))
    await face.until(lambda: face.events)
    assert face.events == [Alarm("The disk can't be written.")]
    assert door.steps == ["shut"] and not serving.done()
    await stopped(serving)


def test_the_runtime_needs_nothing_of_a_machine() -> None:
    text = (
        f"import sys; sys.modules.update(dict.fromkeys({MACHINE!r})); import scanner.lane.runtime"
    )
    done = subprocess.run([sys.executable, "-c", text], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
