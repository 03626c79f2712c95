"""Every source brings all its codes in order, tells what it could not read, and ends when told."""

import asyncio
import io
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import segno

from device.decoders import available
from device.errors import DeviceError
from device.picture_folder import PictureFolder
from device.ports import Sighting, Source
from device.stdin import Lines

CODES = ["E1:FIRST.", "4006381333931", "E1:LAST."]
SOURCES = ["pictures", "lines", "pipe"]


@pytest.fixture(params=SOURCES)
async def source(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Source]:
    text = "\n".join(CODES).encode()
    if request.param == "pictures":
        for place, code in enumerate(CODES):
            segno.make(code, micro=False).save(str(tmp_path / f"{place}.png"), scale=5)
        yield PictureFolder(tmp_path, available(), 0.001)
    elif request.param == "lines":
        yield Lines(io.BytesIO(text))
    else:
        reading, writing = os.pipe()
        os.write(writing, text + b"\n")
        with os.fdopen(reading, "rb") as stream:
            yield Lines(stream)
            os.close(writing)


async def take(source: Source, count: int) -> list[Sighting | DeviceError]:
    found: list[Sighting | DeviceError] = []
    async with asyncio.timeout(30):
        async for item in source.sightings():
            found.append(item)
            if len(found) == count:
                break
    return found


async def test_all_codes_come_in_order(source: Source) -> None:
    found = await take(source, len(CODES))
    assert [item.text for item in found if isinstance(item, Sighting)] == CODES
    assert [item.data.decode() for item in found if isinstance(item, Sighting)] == CODES
    assert all(item.origin for item in found if isinstance(item, Sighting))
    source.close()


async def test_a_closed_source_ends(source: Source) -> None:
    seen = 0
    async with asyncio.timeout(30):
        async for _ in source.sightings():
            seen += 1
            source.close()
    assert seen >= 1


async def test_closing_twice_is_closing(source: Source) -> None:
    source.close()
    source.close()
    assert await take(source, 1) == []
