"""A device with a screen from its enrolment to its end, at a real gateway, without the screen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from device.errors import Defect, DeviceError, ForeignCode, PartMissing
from device.ports import Sighting
from doubles.gateway.live import LiveGateway, live_gateway
from scanner.app.device_run import DeviceRun
from scanner.face.enrolment_form import Said
from scanner.face.equipment import Device, Equipment
from scanner.face.face import Face
from scanner.face.freshness import Level
from scanner.wording.notes import Note
from scanner.wording.palette import Look
from validator.enrolment import Invitation
from validator.model import Fault, Trouble


@dataclass(slots=True)
class Eye:
    """A camera that a test holds codes in front of."""

    shown: asyncio.Queue[Sighting | DeviceError] = field(default_factory=asyncio.Queue)
    closed: bool = False

    async def sightings(self) -> AsyncIterator[Sighting | DeviceError]:
        while True:
            yield await self.shown.get()

    def close(self) -> None:
        self.closed = True

    def see(self, text: str) -> None:
        self.shown.put_nowait(Sighting(text, text.encode(), "qrcode", "test"))


@dataclass(slots=True)
class Lane:
    """A device at work, and its events to wait for."""

    device_run: DeviceRun
    eye: Eye
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.device_run.face.changed = self.device_run.enrolment.changed = self._changed.set

    @property
    def face(self) -> Face:
        return self.device_run.face

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


@asynccontextmanager
async def at_work(folder: Path, *missing: DeviceError) -> AsyncIterator[Lane]:
    eye = Eye()
    device = Device(folder / "lane", (eye,), Equipment(missing=missing), name="Kiosk")
    lane = Lane(DeviceRun(device, Face(device.equipment)), eye)
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
