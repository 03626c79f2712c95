"""Readers of what scanners send: USB reports, bytes of a serial port, keys."""

import contextlib

from device.errors import DeviceError
from device.hid_pos import LENGTH, REPORT, Decoded, Reports
from device.keyboard import DOWN, ENTER, Broken, Typing
from device.layouts import LAYOUTS, typed
from device.ports import LONGEST_CODE
from device.serial_scanner import Framing
from doubles.device.keys import strokes

CODE = "4006381333931"
MOST = 512
"""Bytes of one input that are used: byte by byte is slow; endless codes have tests of their own."""

NEXT = bytes((REPORT, len(CODE))) + b"]E0" + CODE.encode().ljust(56, b"\0") + b"\0\0\0"


def pos_reports(data: bytes) -> None:
    """Codes within the bound, or a fault; whatever came, the next code is whole again."""
    reports = Reports()
    for start in range(0, len(data) * 3, LENGTH):
        with contextlib.suppress(DeviceError):
            found = reports.take((data * 3)[start : start + LENGTH])
            assert found is None or 0 < len(found.data) <= LONGEST_CODE
    with contextlib.suppress(DeviceError):
        reports.take(bytes((REPORT,)).ljust(LENGTH, b"\0"))
    assert reports.take(NEXT) == Decoded(CODE.encode(), "ean13")


def serial_bytes(data: bytes) -> None:
    """Codes within the bound, however the bytes arrive; the code after an end mark is whole."""
    long, step = data[:MOST], 1 + len(data) % 64
    framing = Framing()
    parts = [framing.take(long[start : start + step]) for start in range(0, len(long), step)]
    found = [*(item for part in parts for item in part), *framing.quiet()]
    whole = Framing()
    assert list(map(str, found)) == list(map(str, whole.take(long) + whole.quiet()))
    assert all(isinstance(item, DeviceError) or len(item) <= LONGEST_CODE for item in found)
    assert framing.take(CODE.encode() + b"\r") == [CODE.encode()]


def keys(data: bytes) -> None:
    """Codes that a layout has a text for, key by key; the next code is whole again.

    Two bytes are a key and what happens to it.
    """
    typing, now_s, layout = Typing(), 0.0, LAYOUTS[len(data) % len(LAYOUTS)]
    for code, what in zip(data[:MOST:2], data[1:MOST:2], strict=False):
        now_s += what / 500
        if what == 255:
            typing.lost()
        found = typing.quiet(now_s) or typing.key(code, what % 3, now_s)
        if found and not isinstance(found, Broken):
            assert len(typed(found, layout)) == len(found)
    typing.lost()
    typing.key(ENTER, DOWN, now_s)
    last = [typing.key(code, value, now_s) for code, value in strokes(CODE)]
    assert [typed(found) for found in last if isinstance(found, tuple)] == [CODE]
