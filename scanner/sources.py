"""Where a lane's codes come from, by the names of `--source`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection
from pathlib import Path

from device.decoders import available
from device.pictures import PictureFolder
from device.ports import Source
from device.stdin import Lines
from scanner.errors import FixStart
from validator.model import Catalogue

SOURCES = "hid:NAME, serial:DEVICE, camera:N, video:FILE, images:DIR or stdin"


def open_source(name: str, formats: Callable[[], Collection[str]] = frozenset) -> Source:
    """Return the source of a name; what it needs is loaded only then.

    Args:
        name: `hid:NAME` (a scanner's product name, serial number, `VENDOR:PRODUCT`, or its path;
            a hidraw path is read in HID-POS mode), `serial:DEVICE[@SPEED]`, `camera:N` (number
            or path), `video:FILE` (played once), `images:DIR` or `stdin`.
        formats: Gives the symbologies that tickets have now; empty = all.

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
        from device.serialport import SerialScanner

        return SerialScanner(place)
    if place and kind in ("camera", "video"):
        from device.camera.camera import Camera

        return Camera(place, film=kind == "video", formats=formats)
    if place and kind == "hid":
        if Path(place).resolve().name.startswith("hidraw"):
            from device.linux.posscanner import PosScanner

            return PosScanner(place)
        from device.linux.keyboards import KeyboardScanners

        return KeyboardScanners(place)
    raise FixStart(f"Unknown source '{name[:60]}'; use {SOURCES}.")


def formats_of(catalogue: Catalogue) -> Collection[str]:
    """Return the symbologies that tickets can have; empty = any, since a source doesn't say.

    Our own tokens are QR codes; a source of plain codes may declare the forms of its own.
    """
    found = {"qrcode"}
    for source in catalogue.sources.values():
        if not source.shapes or any(not shape.symbology for shape in source.shapes):
            return frozenset()
        found |= {shape.symbology for shape in source.shapes}
    return found
