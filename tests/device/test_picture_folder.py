import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy
import pytest
import segno
from PIL import Image

from device.decoders import available, read_picture
from device.errors import DecoderMissing, DeviceError, PartMissing, PictureUnreadable
from device.picture_folder import PictureFolder
from device.ports import Sighting


def write(path: Path, text: str) -> None:
    segno.make(text, micro=False).save(str(path), kind="png", scale=5)


def watch(folder: Path) -> tuple[PictureFolder, AsyncIterator[Sighting | DeviceError]]:
    source = PictureFolder(folder, available(), 0.001)
    return source, source.sightings()


async def following(items: AsyncIterator[Sighting | DeviceError]) -> Sighting | DeviceError:
    async with asyncio.timeout(30):
        return await anext(items)


async def text_of(items: AsyncIterator[Sighting | DeviceError]) -> str | None:
    item = await following(items)
    assert isinstance(item, Sighting), item
    return item.text


async def test_a_picture_that_arrives_later_is_read(tmp_path: Path) -> None:
    write(tmp_path / "b.png", "B")
    _, items = watch(tmp_path)
    assert await text_of(items) == "B"
    write(tmp_path / ".draft", "A")
    (tmp_path / ".draft").rename(tmp_path / "a.png")
    assert await text_of(items) == "A"


async def test_each_name_is_read_once(tmp_path: Path) -> None:
    write(tmp_path / "a.png", "A")
    _, items = watch(tmp_path)
    assert await text_of(items) == "A"
    write(tmp_path / "a.png", "AGAIN")
    write(tmp_path / "b.png", "B")
    assert await text_of(items) == "B"


async def test_drafts_and_other_files_are_left_alone(tmp_path: Path) -> None:
    for name in (".a.png", "b.png.tmp", "notes.txt"):
        write(tmp_path / name, "NO")
    write(tmp_path / "c.png", "YES")
    _, items = watch(tmp_path)
    assert await text_of(items) == "YES"


async def test_a_half_written_picture_is_read_once_it_is_whole(tmp_path: Path) -> None:
    write(tmp_path / ".whole", "WHOLE")
    whole = (tmp_path / ".whole").read_bytes()
    (tmp_path / "a.png").write_bytes(whole[: len(whole) // 2])
    write(tmp_path / "b.png", "B")
    _, items = watch(tmp_path)
    assert await text_of(items) == "B"
    with (tmp_path / "a.png").open("ab") as file:
        file.write(whole[len(whole) // 2 :])
    assert await text_of(items) == "WHOLE"


async def test_a_file_that_never_becomes_a_picture_is_told_and_the_next_is_read(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.png").write_bytes(b"no picture")
    _, items = watch(tmp_path)
    told = await following(items)
    assert isinstance(told, PictureUnreadable)
    assert "a.png" in str(told)
    write(tmp_path / "b.png", "B")
    assert await text_of(items) == "B"


async def test_a_picture_without_a_code_is_told(tmp_path: Path) -> None:
    Image.new("L", (50, 50), 255).save(tmp_path / "a.png")
    _, items = watch(tmp_path)
    told = await following(items)
    assert isinstance(told, DeviceError)
    assert "No code" in str(told)


async def test_a_missing_folder_is_told_once_and_read_when_it_appears(tmp_path: Path) -> None:
    folder = tmp_path / "later"
    _, items = watch(folder)
    assert isinstance(await following(items), PartMissing)
    folder.mkdir()
    write(folder / "a.png", "A")
    assert await text_of(items) == "A"


def test_a_lane_without_any_decoder_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(DecoderMissing, match="Install"):
        PictureFolder(tmp_path, [])


def test_a_decompression_bomb_is_refused(tmp_path: Path) -> None:
    Image.new("1", (20_000, 20_000)).save(tmp_path / "bomb.png")
    with pytest.raises(PictureUnreadable, match="too many pixels"):
        read_picture(tmp_path / "bomb.png")


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "huge.png").open("wb") as file:
        file.truncate(1 << 33)
    with pytest.raises(PictureUnreadable, match="64 MB"):
        read_picture(tmp_path / "huge.png")


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_pixel_becomes_gray(mode: str, tmp_path: Path) -> None:
    gray = numpy.linspace(0, 255, 256).reshape(16, 16).astype(numpy.uint8)
    picture = Image.fromarray(gray)
    if mode == "I;16":
        picture = Image.fromarray(gray.astype(numpy.uint16) * 257)
    elif mode != "L":
        picture = picture.convert(mode)
    picture.save(tmp_path / "a.png")
    read = read_picture(tmp_path / "a.png")
    assert read.shape == (16, 16)
    assert read[0, 0] < 30
    assert read[15, 15] > 220


def test_transparent_ground_is_white(tmp_path: Path) -> None:
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(tmp_path / "a.png")
    assert (read_picture(tmp_path / "a.png") == 255).all()


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp", "bmp", "gif"])
def test_a_cut_off_picture_is_an_error_and_never_a_crash(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{kind}"
    Image.effect_noise((64, 64), 50).save(path)
    whole = path.read_bytes()
    for length in range(0, len(whole) // 2, max(1, len(whole) // 60)):
        path.write_bytes(whole[:length])
        with pytest.raises(PictureUnreadable):
            read_picture(path)
