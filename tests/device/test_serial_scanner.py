"""Serial scanners, over a real pseudo-terminal."""

import asyncio
import os
import pty
import termios
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.errors import DeviceError, PartMissing
from device.ports import LONGEST_CODE, Sighting
from device.serial_scanner import Framing, SerialScanner

TICKET = b"E1:6BFOXN*TS0BI$ZD-P% A.+/"


@pytest.fixture
def line() -> Iterator[tuple[int, str]]:
    """Give the scanner's end of a serial line and the name of the computer's."""
    scanner, computer = pty.openpty()
    yield scanner, os.ttyname(computer)
    for descriptor in (scanner, computer):
        os.close(descriptor)


async def opened(scanner: int) -> None:
    """Wait until somebody reads the line raw; what came before is dropped by the system."""
    async with asyncio.timeout(10):
        while termios.tcgetattr(scanner)[3] & termios.ICANON:  # noqa: ASYNC110 - a tty tells nobody
            await asyncio.sleep(0.005)


async def following(codes: AsyncIterator[Sighting | DeviceError]) -> Sighting | DeviceError:
    return await asyncio.wait_for(anext(codes), 10)


async def test_codes_are_read_to_the_byte(line: tuple[int, str]) -> None:
    scanner, name = line
    source = SerialScanner(name)
    async with aclosing(source.sightings()) as codes:  # type: ignore[type-var]
        reading = asyncio.create_task(following(codes))
        await opened(scanner)
        os.write(scanner, TICKET + b"\r\n" + b"\x02SECOND\x03" + b"3rd\xff\r")
        first = await reading
        assert isinstance(first, Sighting)
        assert (first.text, first.data, first.symbology) == (TICKET.decode(), TICKET, None)
        second, third = await following(codes), await following(codes)
        assert isinstance(second, Sighting) and second.text == "SECOND"
        assert isinstance(third, Sighting) and (third.text, third.data) == (None, b"3rd\xff")
        source.close()


async def test_a_scanner_without_an_end_mark_is_understood_by_its_pause(
    line: tuple[int, str],
) -> None:
    scanner, name = line
    source = SerialScanner(name)
    async with aclosing(source.sightings()) as codes:  # type: ignore[type-var]
        reading = asyncio.create_task(following(codes))
        await opened(scanner)
        os.write(scanner, b"4006381333931")
        found = await reading
        assert isinstance(found, Sighting) and found.text == "4006381333931"
        source.close()


async def test_a_port_that_is_not_there_is_told_once_and_used_when_it_comes(tmp_path: Path) -> None:
    link = tmp_path / "scanner"
    source = SerialScanner(str(link))
    async with aclosing(source.sightings()) as codes:  # type: ignore[type-var]
        missing = await following(codes)
        assert isinstance(missing, PartMissing)
        assert "Plug it in" in str(missing)
        scanner, computer = pty.openpty()
        link.symlink_to(os.ttyname(computer))
        reading = asyncio.create_task(following(codes))
        await opened(scanner)
        os.write(scanner, TICKET + b"\r")
        found = await reading
        assert isinstance(found, Sighting) and found.data == TICKET
        source.close()
        os.close(scanner)
        os.close(computer)


def test_a_speed_that_no_port_has_is_refused() -> None:
    with pytest.raises(DeviceError, match="speed"):
        SerialScanner("/dev/ttyACM0@fast")


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=8), st.integers(1, 16))
def test_framing_does_not_depend_on_how_bytes_arrive(codes: list[bytes], step: int) -> None:
    wire = b"".join(code + b"\r\n" for code in codes)
    at_once, bit_by_bit = Framing(), Framing()
    whole = at_once.take(wire)
    parts = [
        item
        for start in range(0, len(wire), step)
        for item in bit_by_bit.take(wire[start : start + step])
    ]
    assert whole == parts


def test_an_endless_code_is_told_and_spoils_nothing_else() -> None:
    framing = Framing()
    too_long, following_code = framing.take(b"A" * (LONGEST_CODE + 1) + b"\rNEXT\r")
    assert isinstance(too_long, DeviceError)
    assert following_code == b"NEXT"
