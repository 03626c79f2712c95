"""Readers of pictures, key files and standard input."""

import asyncio
import io
from functools import cache

from device.decoders import available, decode_picture, read_picture
from device.decoders.picture_file import LARGEST_PICTURE
from device.errors import DeviceError
from device.ports import LONGEST_CODE
from device.stdin import Lines
from fuzz.folder import FOLDER
from validator.errors import FixConfig
from validator.gateway.commands.check import lines
from validator.gateway.host.data_folder import open_secrets
from validator.keys import SigningKey

DECODERS = available()


def picture(data: bytes) -> None:
    """A file is a picture of bounded size, whose codes are text, or is refused."""
    path = FOLDER / "picture"
    path.write_bytes(data)
    try:
        image = read_picture(path)
    except DeviceError:
        return
    assert image.size <= LARGEST_PICTURE
    if image.size <= 250_000:
        for symbol in decode_picture(image, DECODERS):
            assert len(symbol.data) <= 10_000


def key(data: bytes) -> None:
    """A key file of the gateway holds 32 bytes, or is refused."""
    folder = FOLDER / "secrets"
    folder.mkdir(exist_ok=True)
    (folder / "feed.key").write_bytes(data)
    try:
        secrets = open_secrets(folder, bytes)
    except FixConfig:
        return
    assert secrets.feed.public == SigningKey.from_seed(bytes.fromhex(data.decode())).public


def checked_lines(data: bytes) -> None:
    """The lines of `check`: one answer for each, each bounded."""
    for line in lines(io.BytesIO(data)):
        assert len(line) <= 16_384


def scanned_lines(data: bytes) -> None:
    """The lines of a headless lane: codes within the bound, or a fault."""
    _runner().run(_drained(data))


@cache
def _runner() -> asyncio.Runner:
    return asyncio.Runner()


async def _drained(data: bytes) -> None:
    async for found in Lines(io.BytesIO(data)).sightings():
        text = None if isinstance(found, DeviceError) else found.text
        assert text is None or len(text) <= LONGEST_CODE
