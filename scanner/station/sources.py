"""Where a lane's codes come from, by the names of `--source`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from device.decoders import available
from device.picture_folder import PictureFolder
from device.ports import Source
from device.stdin import Lines
from device.wanted import Wanted
from scanner.errors import FixStart

SOURCES = "hid:NAME, serial:DEVICE, camera:N[@MS], video:FILE, images:DIR or stdin"


def open_source(name: str, wanted: Callable[[], Wanted] = Wanted) -> Source:
    """Return the source of a name; what it needs is loaded only then.

    Args:
        name: `hid:NAME` (a scanner's product name, serial number, `VENDOR:PRODUCT`, or its path;
            a hidraw path is read in HID-POS mode), `serial:DEVICE[@SPEED]`, `camera:N[@MS]`
            (number or path, and an exposure in milliseconds), `video:FILE` (played once; also a
            row of pictures such as `shot%03d.png`), `images:DIR` or `stdin`.
        wanted: Gives what a camera looks for now.

    Raises:
        FixStart: There is no such source.
        DeviceError: What it needs is not installed.
    """
    kind, _, place = name.partition(":")
    if name == "stdin":
        return Lines(sys.stdin.buffer)
    if place and kind == "images":
        return PictureFolder(Path(place), available())
    if place and kind == "serial":
        from device.serial_scanner import SerialScanner

        return SerialScanner(place)
    if place and kind in ("camera", "video"):
        from device.camera.camera import Camera

        return Camera(place, film=kind == "video", wanted=wanted)
    if place and kind == "hid":
        if Path(place).resolve().name.startswith("hidraw"):
            from device.linux.pos_scanner import PosScanner

            return PosScanner(place)
        from device.linux.keyboard_scanners import KeyboardScanners

        return KeyboardScanners(place)
    raise FixStart(f"Unknown source '{name[:60]}'; use {SOURCES}.")
