import io

from device.errors import DeviceError
from device.ports import LONGEST_CODE, Sighting
from device.stdin import Lines


async def everything(text: bytes) -> list[Sighting | DeviceError]:
    return [item async for item in Lines(io.BytesIO(text)).sightings()]


async def test_windows_line_ends_are_taken_off() -> None:
    (found,) = await everything(b"E1:A.\r\n")
    assert isinstance(found, Sighting)
    assert (found.text, found.origin) == ("E1:A.", "line 1")


async def test_blank_lines_are_skipped_but_counted() -> None:
    (found,) = await everything(b"\n  \nX")
    assert isinstance(found, Sighting)
    assert found.origin == "line 3"


async def test_bytes_that_are_no_text_are_handed_on_as_bytes() -> None:
    (found,) = await everything(b"\xff\x00\n")
    assert isinstance(found, Sighting)
    assert (found.text, found.data) == (None, b"\xff\x00")


async def test_an_endless_line_is_told_once_and_the_next_code_still_comes() -> None:
    told, found = await everything(b"x" * 300_000 + b"\nNEXT\n")
    assert isinstance(told, DeviceError)
    assert isinstance(found, Sighting)
    assert found.text == "NEXT"


async def test_a_line_just_too_long_is_told() -> None:
    told, found = await everything(b"x" * (LONGEST_CODE + 1) + b"\nNEXT")
    assert isinstance(told, DeviceError)
    assert isinstance(found, Sighting)


async def test_no_input_is_the_end() -> None:
    assert await everything(b"") == []
