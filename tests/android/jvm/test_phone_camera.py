"""The phone's camera: our Java class against CameraX's signatures, our Python above it."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import numpy
import pytest
import segno

from device.android.camera import PhoneCamera
from device.android.chain import PhoneChain
from device.android.java import activity, java_class
from device.android.lifecycle import Lifecycle
from device.decoders.zbar import Zbar
from device.errors import DeviceError, ForeignCode, PartMissing
from device.ports import Gray, Sighting, Symbol
from device.wanted import Wanted
from doubles.device.java_phone import until

CODE = "E1:6BFOXN*TS0BI$ZD-P% A.+/"


@pytest.fixture
def lens() -> Any:
    """What stands before the phone's camera."""
    java_class("android.app.Activity").granted.add("android.permission.CAMERA")
    provider = java_class("androidx.camera.lifecycle.ProcessCameraProvider")
    provider.taken = False
    return provider


def ticket(stride: int = 0) -> tuple[bytes, int, int, int]:
    """Return a picture of a ticket whose rows have a tail, as cameras give them."""
    picture = [[0 if dark else 255 for dark in row] for row in segno.make(CODE).matrix_iter(6, 8)]
    height, width = len(picture), len(picture[0])
    stride = stride or width + 13
    rows = b"".join(bytes(row) + b"\x80" * (stride - width) for row in picture)
    return rows, width, height, stride


async def shown(lens: Any, picture: tuple[bytes, int, int, int], rotation: int = 0) -> None:
    await until(lambda: lens.show(*picture, rotation))


def _more(frames: list[Gray], before: int) -> bool:
    return len(frames) > before


async def following(codes: AsyncIterator[Sighting | DeviceError]) -> Sighting | DeviceError:
    return await asyncio.wait_for(anext(codes), 60)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
async def test_a_ticket_before_the_camera_is_read_however_the_phone_is_held(
    lens: Any, rotation: int
) -> None:
    camera = PhoneCamera(PhoneChain(Zbar()).look)
    codes = camera.sightings()
    reading = asyncio.ensure_future(following(codes))
    await shown(lens, ticket(), rotation)
    found = await reading
    assert found == Sighting(CODE, CODE.encode(), "qrcode", "camera")
    camera.close()


async def test_pictures_come_upright_and_to_the_pixel(lens: Any) -> None:
    seen: list[Gray] = []

    def read(picture: Gray, _: float) -> list[Symbol]:
        seen.append(picture)
        return [Symbol("X", b"X", "qrcode", ())]

    camera = PhoneCamera(read)
    codes = camera.sightings()
    reading = asyncio.ensure_future(following(codes))
    await shown(lens, (bytes([1, 2, 3, 99, 4, 5, 6, 99]), 3, 2, 4), 90)
    await reading
    assert seen[0].tolist() == [[4, 1], [5, 2], [6, 3]]
    latest = camera.latest()
    assert latest is not None and numpy.array_equal(latest, seen[0])
    camera.close()


async def test_a_code_that_stays_in_view_comes_once(lens: Any) -> None:
    frames: list[Gray] = []
    codes_seen = [Symbol("A", b"A", "qrcode", ())] * 3 + [Symbol("B", b"B", "qrcode", ())]

    def read(picture: Gray, _: float) -> list[Symbol]:
        frames.append(picture)
        return [codes_seen[min(len(frames), len(codes_seen)) - 1]]

    camera = PhoneCamera(read)
    codes = camera.sightings()
    reading = asyncio.ensure_future(following(codes))
    for _ in range(4):
        before = len(frames)
        await shown(lens, ticket())
        await until(partial(_more, frames, before))
    first, second = await reading, await following(codes)
    assert isinstance(first, Sighting) and isinstance(second, Sighting)
    assert (first.text, second.text) == ("A", "B")
    camera.close()


async def test_a_code_that_can_be_no_ticket_is_told_calmly(lens: Any) -> None:
    camera = PhoneCamera(PhoneChain(Zbar()).look, lambda: Wanted({"ean13"}))
    codes = camera.sightings()
    reading = asyncio.ensure_future(following(codes))
    await shown(lens, ticket())
    told = await reading
    assert isinstance(told, ForeignCode) and "not one of our codes" in str(told)
    camera.close()


async def test_every_picture_is_given_back_to_the_phone(lens: Any) -> None:
    camera = PhoneCamera(PhoneChain(Zbar()).look)
    codes = camera.sightings()
    reading = asyncio.ensure_future(following(codes))
    for _ in range(50):
        await shown(lens, ticket())
    await reading
    await until(lambda: lens.closed == lens.open)
    camera.close()


async def test_without_leave_it_says_so_asks_once_and_goes_on_when_it_is_given(lens: Any) -> None:
    phone = java_class("android.app.Activity")
    phone.granted.clear()
    phone.asked.clear()
    camera = PhoneCamera(PhoneChain(Zbar()).look)
    lifecycle = Lifecycle((camera,))
    codes = camera.sightings()
    missing = await following(codes)
    assert isinstance(missing, PartMissing) and "Allow it" in str(missing)
    activity().getApplication().leaveAndComeBack(activity())
    phone.granted.add("android.permission.CAMERA")
    activity().getApplication().leaveAndComeBack(activity())
    reading = asyncio.ensure_future(following(codes))
    await shown(lens, ticket())
    assert isinstance(await reading, Sighting)
    assert phone.asked.size() == 1
    lifecycle.close()
    camera.close()


async def test_a_camera_that_is_taken_is_told_and_used_when_it_is_free(lens: Any) -> None:
    lens.taken = True
    camera = PhoneCamera(PhoneChain(Zbar()).look)
    codes = camera.sightings()
    missing = await following(codes)
    assert isinstance(missing, PartMissing) and "no such camera" in str(missing)
    lens.taken = False
    camera.resumed()
    reading = asyncio.ensure_future(following(codes))
    await shown(lens, ticket())
    assert isinstance(await reading, Sighting)
    camera.close()


async def test_the_lamp_stays_on_over_a_pause_and_the_other_camera_is_taken(lens: Any) -> None:
    camera = PhoneCamera(PhoneChain(Zbar()).look)
    codes = camera.sightings()
    reading = asyncio.ensure_future(following(codes))
    camera.torch(True)
    await shown(lens, ticket())
    await reading
    assert lens.torch and not lens.front
    lens.torch = False
    camera.paused()
    camera.resumed()
    camera.face(True)
    await until(lambda: lens.torch and lens.front)
    camera.close()
    await until(lambda: not lens.show(*ticket(), 0))
