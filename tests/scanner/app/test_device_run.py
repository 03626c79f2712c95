"""A device with a screen from its enrolment to its end, at a real gateway, without the screen."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest

from device.errors import Defect, DeviceError, ForeignCode, PartMissing
from doubles.gateway.authority import Authority
from doubles.gateway.feed_source import FeedSource
from doubles.gateway.live import LiveGateway, live_gateway
from doubles.lane.failing_parts import SECRET, Eye, Failing, FailingEye
from doubles.store.device_cache import identity, in_touch, opened
from offline_cache.identity.identity import Identity
from offline_cache.knowledge.occupancy import Occupancy
from offline_cache.sync.events import LinkEvent
from offline_cache.sync.link import Link
from offline_cache.sync.timing import Timing
from scanner.app.device_run import DeviceRun, open_state
from scanner.face.enrolment_form import Said
from scanner.face.equipment import Device, Equipment
from scanner.face.face import Face
from scanner.face.freshness import Level
from scanner.lane.device_state import DeviceState
from scanner.lane.lane import Lane as LaneAtWork
from scanner.lane.lane_log import LaneLog
from scanner.lane.ports import Light
from scanner.wording.notes import Note
from scanner.wording.palette import Look
from validator.enrolment import Invitation
from validator.model import Fault, Trouble


@dataclass(slots=True)
class Lane:
    """A device at work, and its events to wait for."""

    device_run: DeviceRun
    eye: Eye
    logged: list[str]
    seen: Callable[[], object] = lambda: None
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.device_run.face.changed = self.device_run.enrolment.changed = self._change

    @property
    def face(self) -> Face:
        return self.device_run.face

    def _change(self) -> None:
        self.seen()
        self._changed.set()

    async def until(self, true: Callable[[], object]) -> None:
        async with asyncio.timeout(30):
            while not true():
                await self._changed.wait()
                self._changed.clear()

    async def look(self, code: str) -> Look:
        """Hold a code up; return what the screen shows of it."""
        before = len(self.face.history.latest)
        self.eye.see(code)
        await self.until(lambda: len(self.face.history.latest) > before)
        return self.face.history.latest[0].look

    def said(self) -> Said:
        return self.device_run.enrolment.said

    def notes(self) -> list[Note]:
        return [told.note for told in self.face.notes.kept]


class Patient(DeviceState):
    """Waits for the gateway's answer as long as a busy machine needs."""

    def link(self, told: Callable[[LinkEvent], None], timing: Timing | None = None) -> Link:
        return super().link(told, Timing(claim_s=30.0))


def open_patiently(device: Device, identity: Identity) -> DeviceState:
    return Patient.open(device.state, identity, device.vault)


@asynccontextmanager
async def at_work(
    folder: Path,
    *missing: DeviceError,
    broken: tuple[FailingEye, ...] = (),
    state: Callable[[Device, Identity], DeviceState] = open_patiently,
) -> AsyncIterator[Lane]:
    eye, logged = Eye(), list[str]()
    device = Device(folder / "lane", (*broken, eye), Equipment(missing=missing), name="Kiosk")
    face = Face(device.equipment)
    lane = Lane(DeviceRun(device, face, LaneLog(logged.append), state, again_s=0.0), eye, logged)
    working = asyncio.create_task(lane.device_run.run())
    yield lane
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    assert eye.closed


async def invitation(gateway: LiveGateway) -> Invitation:
    body = {"gate": "a"}
    _, made = await gateway.call("POST", "/api/v1/devices/codes", body, gateway.admin)
    address = f"127.0.0.1:{gateway.daemon.tls.port}"
    return Invitation(address, made["code"], bytes.fromhex(made["pin"]))


async def joined(lane: Lane, gateway: LiveGateway) -> None:
    await lane.until(lambda: lane.device_run.enrolment.wanted)
    lane.eye.see((await invitation(gateway)).text)
    await lane.until(lambda: lane.face.place and lane.face.freshness.level is Level.GATEWAY)


async def test_a_picture_makes_a_device_known_and_it_scans_at_once(tmp_path: Path) -> None:
    async with live_gateway(tmp_path / "gateway") as gateway, at_work(tmp_path) as lane:
        await joined(lane, gateway)
        assert lane.face.notes.line("en") == "This device is known now. Ready to scan."
        evening = gateway.evening
        assert await lane.look(gateway.code(evening.full[0])) is Look.ADMIT
        assert await lane.look(gateway.code(evening.full[0])) is Look.REPEAT
        assert await lane.look(gateway.code(evening.cancelled)) is Look.REFUSE
        assert lane.face.history.here == 1
        lane.eye.shown.put_nowait(ForeignCode("This is not one of our codes."))
        await lane.until(lambda: "not one of our" in lane.face.notes.line("en").lower())
        lane.eye.shown.put_nowait(PartMissing("The camera 0 gives no more pictures."))
        await lane.until(lambda: lane.face.history.latest[0].look is Look.FAULT)
        assert any("lane-" in value for _, value in lane.device_run.facts())


async def test_a_group_is_let_in_smaller_and_larger_again(tmp_path: Path) -> None:
    async with live_gateway(tmp_path / "gateway") as gateway, at_work(tmp_path) as lane:
        await joined(lane, gateway)
        face = lane.face
        assert await lane.look(gateway.code(gateway.evening.group)) is Look.ADMIT
        assert (face.people, face.most) == (4, 4)
        for people in (3, 1, 4):
            await face.recount(people)
            assert (face.people, face.most) == (people, 4)
            assert face.history.here == people
        await face.recount(5)
        assert face.people == 4
        face.undo()
        assert face.history.here == 0
        assert await lane.look(gateway.code(gateway.evening.group)) is Look.ADMIT


async def test_a_typed_code_makes_a_device_known_after_two_mistakes(tmp_path: Path) -> None:
    async with live_gateway(tmp_path / "gateway") as gateway, at_work(tmp_path) as lane:
        enrolment = lane.device_run.enrolment
        await lane.until(lambda: enrolment.wanted)
        invited = await invitation(gateway)
        enrolment.code = invited.code[:-1]
        await enrolment.join()
        assert lane.said() is Said.MISTYPED
        enrolment.code, enrolment.address = invited.code, ""
        await enrolment.join()
        assert lane.said() is Said.ADDRESS
        enrolment.address = invited.address
        await enrolment.join()
        assert lane.said() is Said.HINT
        await lane.until(lambda: lane.face.place)
        assert enrolment.code == ""


async def test_each_way_not_to_become_known_says_what_to_do(tmp_path: Path) -> None:
    async with live_gateway(tmp_path / "gateway") as gateway, at_work(tmp_path) as lane:
        enrolment = lane.device_run.enrolment
        await lane.until(lambda: enrolment.wanted)
        await enrolment.read("https://an.advertisement.example/")
        assert lane.said() is Said.FOREIGN
        invited = await invitation(gateway)
        whole = invited.pin[:8] + bytes(24)
        await enrolment.read(Invitation(invited.address, invited.code, whole).text)
        assert lane.said() is Said.STRANGER
        await enrolment.read(Invitation("127.0.0.1:9", invited.code, invited.pin).text)
        assert lane.said() is Said.UNREACHABLE
        await gateway.call("POST", "/api/v1/enrol", {"secret": "00" * 5, "name": "x"}, tls=True)
        assert lane.face.lane is None


async def test_a_revoked_device_forgets_everything_and_can_be_made_known_again(
    tmp_path: Path,
) -> None:
    async with live_gateway(tmp_path / "gateway") as gateway, at_work(tmp_path) as lane:
        await joined(lane, gateway)
        (device,) = (value for _, value in lane.device_run.facts() if value.startswith("lane-"))
        await gateway.call("POST", f"/api/v1/devices/{device}/revoke", {}, gateway.admin)
        await lane.until(lambda: lane.face.lane is None)
        assert {Note.REVOKED, Note.WIPED} <= set(lane.notes())
        assert not (tmp_path / "lane" / "identity.json").exists()
        await joined(lane, gateway)
        assert await lane.look(gateway.code(gateway.evening.full[0])) is Look.ADMIT


async def test_a_lane_that_loses_its_gateway_says_so_and_goes_on(tmp_path: Path) -> None:
    async with at_work(tmp_path, PartMissing("There is no sound.")) as lane:
        async with live_gateway(tmp_path / "gateway") as gateway:
            await joined(lane, gateway)
            code = gateway.code(gateway.evening.full[0])
        await lane.until(lambda: lane.face.freshness.level is not Level.GATEWAY)
        # A heartbeat may not have come yet: then how old its knowledge is, is not known.
        assert await lane.look(code) in (Look.ADMIT, Look.CHECK)
        seen = lane.face.presentation
        assert seen is not None and seen.dashed
        assert Note.PART in lane.notes()


async def test_a_camera_that_works_all_the_same_is_no_fault_upon_the_screen(tmp_path: Path) -> None:
    async with live_gateway(tmp_path / "gateway") as gateway, at_work(tmp_path) as lane:
        await joined(lane, gateway)
        lane.eye.shown.put_nowait(DeviceError("Its exposure can't be set.", Defect.CAMERA_EXPOSURE))
        await lane.until(lambda: Note.PART in lane.notes())
        assert lane.face.shown is None
        lane.eye.shown.put_nowait(DeviceError("It sees only black.", Defect.CAMERA_DARK))
        await lane.until(lambda: lane.face.shown is not None)
        assert isinstance(lane.face.shown, Fault) and lane.face.shown.kind is Defect.CAMERA_DARK


async def test_a_cache_that_another_program_holds_is_a_fault_until_it_is_free(
    tmp_path: Path,
) -> None:
    async with live_gateway(tmp_path / "gateway") as gateway, at_work(tmp_path) as lane:
        await joined(lane, gateway)
        device = Device(tmp_path / "lane", (), Equipment())
        second = DeviceRun(device, Face(device.equipment))
        told = asyncio.Event()
        second.face.changed = told.set
        working = asyncio.create_task(second.run())
        async with asyncio.timeout(20):
            await told.wait()
        fault = second.face.shown
        assert fault is not None and getattr(fault, "kind", None) is Trouble.OTHER
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


class FailingLink(Link):
    """A link with a mistake in it.

    Attributes:
        running: Fails where it is kept up.
        asked: Fails where it is asked whether it is up.
    """

    running = Failing(0)
    asked = Failing(0)

    @property
    def connected(self) -> bool:
        """Whether it is up."""
        self.asked.once()
        return False

    async def run(self) -> None:
        """Stay connected, or fail."""
        await self.running.run()


class FailingLane(LaneAtWork):
    """A lane with a mistake in its expiry."""

    expiry = Failing(0)

    def expire(self) -> Fault | None:
        """Release nothing."""
        self.expiry.once()
        return None


class FailingOccupancy:
    """An occupancy with a mistake in it."""

    def __init__(self, counting: Failing) -> None:
        self._counting = counting

    def inside(self, performances: tuple[int, ...]) -> Iterator[int]:
        """Count to seven."""
        self._counting.once()
        yield 7


@dataclass(frozen=True, slots=True)
class FailingState(DeviceState):
    """What a device keeps, with a mistake in one of its parts."""

    part: str = ""
    failing: Failing = field(default_factory=Failing)

    def of(self, part: str) -> Failing:
        """Return the mistake of a part."""
        return self.failing if part == self.part else Failing(0)

    def link(self, told: Callable[[LinkEvent], None], timing: Timing | None = None) -> Link:
        """Return a link."""
        link = FailingLink(self.identity, self.cache, self.clock, told, offset=self.offset)
        link.running, link.asked = self.of("link"), self.of("freshness")
        return link

    def lane(self, link: Link, light: Light) -> LaneAtWork:
        """Return a lane."""
        device = self.identity.device
        lane = FailingLane(device, self.cache, link, light, self.clock, os.urandom)
        lane.expiry = self.of("expiry")
        return lane


def enrolled(folder: Path) -> None:
    """Make the device known, and let it hear its evening."""
    state = folder / "lane"
    state.mkdir()
    known = identity(gateway="127.0.0.1:9", authority_pem=Authority(folder / "ca").pem)
    known.save(state / "identity.json")
    with closing(opened(state)) as cache:
        in_touch(cache, FeedSource())


@pytest.mark.parametrize(
    ("part", "first"), [("link", 1), ("expiry", 1), ("count", 1), ("freshness", 3)]
)
async def test_a_part_that_fails_is_noted_and_logged_and_the_lane_scans_on(
    tmp_path: Path, part: str, first: int
) -> None:
    enrolled(tmp_path)
    failing = Failing(1, first)

    def failing_state(device: Device, identity: Identity) -> DeviceState:
        state = open_state(device, identity)
        parts = (state.folder, identity, state.cache, state.clock, state.offset, None)
        failing_one = FailingState(*parts, part, failing)
        state.cache.occupancy = cast(Occupancy, FailingOccupancy(failing_one.of("count")))
        return failing_one

    async with at_work(tmp_path, state=failing_state) as lane:
        await lane.until(lambda: Note.FAILED in lane.notes())
        assert await lane.look("no ticket") is Look.REFUSE
        while failing.begun <= first:  # noqa: ASYNC110 - it begins with the loop's next turns
            await asyncio.sleep(0)
        told = lane.face.notes.kept[0].whole("en")
        assert f"A part of this lane failed inside the program ({part}: Mistake, scanner." in told
        (logged,) = (line for line in lane.logged if "event=failed" in line)
        assert logged.startswith(f"<3>event=failed part={part} error=Mistake at=scanner.")
        assert SECRET not in told + logged


async def test_an_eye_that_fails_is_noted_and_the_other_one_sees_on(tmp_path: Path) -> None:
    enrolled(tmp_path)
    async with at_work(tmp_path, broken=(FailingEye(),)) as lane:
        await lane.until(lambda: Note.FAILED in lane.notes() and lane.face.lane)
        assert "reads nothing more" in lane.face.notes.kept[0].whole("en")
        assert await lane.look("no ticket") is Look.REFUSE


async def test_a_lane_that_can_not_be_opened_by_a_mistake_is_a_fault_until_it_can(
    tmp_path: Path,
) -> None:
    enrolled(tmp_path)
    failing = Failing(1)

    def failing_state(device: Device, identity: Identity) -> DeviceState:
        failing.once()
        return open_state(device, identity)

    async with at_work(tmp_path, state=failing_state) as lane:
        shown: list[object] = []
        lane.seen = lambda: shown.append(lane.face.shown)
        await lane.until(lambda: lane.face.lane is not None)
        fault = next(each for each in shown if isinstance(each, Fault))
        assert "(lane: Mistake, scanner.app.device_run:" in fault.what
        assert await lane.look("no ticket") is Look.REFUSE


async def test_a_touch_that_fails_is_a_fault_whose_place_is_logged(tmp_path: Path) -> None:
    enrolled(tmp_path)
    async with at_work(tmp_path) as lane:
        await lane.until(lambda: lane.face.lane)
        await lane.device_run.guarded(Failing(1).run())
        assert isinstance(lane.face.shown, Fault) and lane.face.shown.kind is Trouble.PROGRAM
        (logged,) = (line for line in lane.logged if "event=failed" in line)
        assert logged.startswith("<3>event=failed part=scan error=Mistake at=scanner.")
        assert Note.FAILED not in lane.notes()
