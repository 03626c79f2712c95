"""A scanner in HID-POS mode through hidraw.

Source: Linux kernel documentation, "HIDRAW - Raw Access to USB and Bluetooth HID devices".
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator

from device.errors import Defect, DeviceError, PartMissing
from device.hid_pos import LENGTH, Reports
from device.ports import Sighting

RETRY_S = 0.5
"""Pause before a scanner that is gone is looked for again."""


class PosScanner:
    """Reads one hidraw device; waits for one that is unplugged to come back.

    Args:
        path: `/dev/hidraw0`, or a stable link to it made by a udev rule.
    """

    latest = choose = None

    def __init__(self, path: str) -> None:
        self._path = path
        self._closed = asyncio.Event()

    async def sightings(self) -> AsyncIterator[Sighting | DeviceError]:
        """Yield codes; an error once for each time that the scanner is lost."""
        complained = False
        while not self._closed.is_set():
            try:
                descriptor = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK)
            except OSError as error:
                if not complained:
                    complained = True
                    yield _unreachable(self._path, error)
                await self._pause()
                continue
            complained = False
            try:
                async for item in self._codes(descriptor):
                    yield item
            finally:
                os.close(descriptor)

    def close(self) -> None:
        """End `sightings` soon."""
        self._closed.set()

    async def _codes(self, descriptor: int) -> AsyncIterator[Sighting | DeviceError]:
        loop, ready, reports = asyncio.get_running_loop(), asyncio.Event(), Reports()
        loop.add_reader(descriptor, ready.set)
        closing = asyncio.create_task(self._closed.wait())
        try:
            while not self._closed.is_set():
                waiting = asyncio.create_task(ready.wait())
                await asyncio.wait({waiting, closing}, return_when=asyncio.FIRST_COMPLETED)
                waiting.cancel()
                ready.clear()
                try:
                    report = os.read(descriptor, LENGTH)
                except BlockingIOError:
                    continue
                except OSError:
                    return
                if not report:
                    return
                try:
                    found = reports.take(report)
                except DeviceError as error:
                    yield error
                    continue
                if found is not None:
                    yield Sighting.of_bytes(found.data, found.symbology, self._path)
        finally:
            closing.cancel()
            loop.remove_reader(descriptor)

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._closed.wait(), RETRY_S)
        except TimeoutError:
            return


def _unreachable(path: str, error: OSError) -> PartMissing:
    if isinstance(error, PermissionError):
        what = "this user may not read it. Install the udev rule of systemd/."
        defect = Defect.SCANNER_FORBIDDEN
    elif isinstance(error, FileNotFoundError):
        what = "it is not plugged in. Plug it in; it is used as soon as it is there."
        defect = Defect.SCANNER_GONE
    else:
        what, defect = f"{error.strerror}.", Defect.SCANNER_GONE
    return PartMissing(f"The scanner at {path[:80]} can't be read: {what}", defect)
