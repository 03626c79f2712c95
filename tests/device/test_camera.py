"""A camera sees each ticket once for each time that it is shown, and nothing that is not there."""

import asyncio
from pathlib import Path

import cv2
import numpy
import pytest

from device.camera.camera import Camera
from device.errors import DeviceError, ForeignCode, PartMissing
from device.ports import Sighting, Symbol
from device.wanted import Wanted
from doubles.device.film import held_up, save, ticket

pytestmark = pytest.mark.slow

PAGE = "https://example.org/"
FIRST, SECOND = "E1:6BFOXN*TS0BI$ZD-P%A.", "E1:ABC12345DEFGHIJ+/%K."


async def seen(camera: Camera, longest_s: float = 30.0) -> list[Sighting | DeviceError]:
    async with asyncio.timeout(longest_s):
        return [item async for item in camera.sightings()]


def texts(items: list[Sighting | DeviceError]) -> list[str | None]:
    return [item.text for item in items if isinstance(item, Sighting)]


@pytest.mark.parametrize("name", ["evening.avi", "evening.mp4"])
async def test_two_tickets_are_seen_once_each(tmp_path: Path, name: str) -> None:
    frames = [held_up(ticket(FIRST), angle, seed=angle) for angle in range(16)]
    frames += [held_up(None, seed=number) for number in range(4)]
    frames += [held_up(ticket(SECOND), 30 + angle, seed=angle) for angle in range(16)]
    film = save(frames, tmp_path / name)
    items = await seen(Camera(str(film), film=True))
    assert texts(items) == [FIRST, SECOND]
    assert items[0].symbology == "qrcode"  # type: ignore[union-attr]


async def test_a_ticket_that_stays_in_view_is_one_scan_and_shown_again_is_another(
    tmp_path: Path,
) -> None:
    code = ticket(FIRST)
    frames = [held_up(code, seed=number) for number in range(20)]
    frames += [held_up(None, seed=number) for number in range(32)]
    frames += [held_up(code, seed=number) for number in range(6)]
    items = await seen(Camera(str(save(frames, tmp_path / "again.avi")), film=True))
    assert texts(items) == [FIRST, FIRST]


async def test_an_empty_room_holds_no_code(tmp_path: Path) -> None:
    film = save([held_up(None, noise=40, seed=number) for number in range(30)], tmp_path / "no.avi")
    assert await seen(Camera(str(film), film=True)) == []


def no_page(symbol: Symbol) -> bool:
    return symbol.text == PAGE


async def test_an_advertisement_is_told_calmly_once_and_not_judged(tmp_path: Path) -> None:
    film = save([held_up(ticket(PAGE), seed=n) for n in range(9)], tmp_path / "poster.avi")
    (told,) = await seen(Camera(str(film), film=True, wanted=lambda: Wanted(foreign=no_page)))
    assert isinstance(told, ForeignCode)
    assert "not one of our codes" in str(told)


async def test_an_advertisement_on_the_ticket_itself_is_not_told(tmp_path: Path) -> None:
    both = numpy.hstack([ticket(FIRST, 3), ticket(PAGE, 3)[:99]])
    film = save([held_up(both, seed=n) for n in range(9)], tmp_path / "both.avi")
    items = await seen(Camera(str(film), film=True, wanted=lambda: Wanted(foreign=no_page)))
    assert texts(items) == [FIRST]
    assert len(items) == 1


async def test_a_row_of_pictures_is_a_film(tmp_path: Path) -> None:
    for number, text in enumerate([FIRST] * 20 + [SECOND] * 20):
        cv2.imwrite(str(tmp_path / f"shot{number:03d}.png"), held_up(ticket(text), seed=number))
    items = await seen(Camera(str(tmp_path / "shot%03d.png"), film=True))
    assert texts(items) == [FIRST, SECOND]
    (told,) = await seen(Camera(str(tmp_path / "other%03d.png"), film=True))
    assert "no film that can be played" in str(told)


async def test_the_latest_picture_can_be_shown(tmp_path: Path) -> None:
    camera = Camera(str(save([held_up(None)] * 3, tmp_path / "look.avi")), film=True)
    assert camera.latest() is None
    await seen(camera)
    shown = camera.latest()
    assert shown is not None
    assert shown.shape == (480, 640)


async def test_what_is_no_film_is_told(tmp_path: Path) -> None:
    path = tmp_path / "notes.avi"
    path.write_text("no film")
    (told,) = await seen(Camera(str(path), film=True))
    assert "no film that can be played" in str(told)
    (told,) = await seen(Camera(str(tmp_path / "missing.avi"), film=True))
    assert "not there" in str(told)


async def test_another_camera_can_be_chosen_while_one_is_waited_for() -> None:
    camera = Camera("97")
    items = camera.sightings()
    async with asyncio.timeout(10):
        assert "/dev/video97" in str(await anext(items))
        camera.choose("/dev/video98@5")
        assert "/dev/video98 " in str(await anext(items))
    camera.close()


async def test_a_camera_that_is_not_plugged_in_is_told_once_and_waited_for() -> None:
    camera = Camera("97")
    items = camera.sightings()
    async with asyncio.timeout(10):
        told = await anext(items)
        assert isinstance(told, PartMissing)
        assert "Plug it in" in str(told)
        more = asyncio.ensure_future(anext(items, None))
        camera.close()
        assert await more is None
