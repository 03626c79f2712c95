"""Keyboard scanners through evdev: held exclusively, by stable name, plugged in at any time.

Source: Linux kernel documentation, "Linux Input Subsystem userspace API" (evdev, SYN_DROPPED).
"""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from device.errors import DeviceError, PartMissing
from device.keyboard import Broken, Typing
from device.layouts import typed
from device.ports import Key, Sighting

if TYPE_CHECKING:
    import evdev

LOOK_S = 0.5
"""Pause between two looks for scanners that were plugged in."""

QUIET_S = 0.1
"""How often a code without an end mark is asked whether it is over."""

WAITING = 64
"""Codes that wait to be judged; a burst of more is told and dropped."""


@dataclass(slots=True)
class _Held:
    """A scanner that is grabbed."""

    device: evdev.InputDevice
    typing: Typing = field(default_factory=Typing)
    dropping: bool = False


class KeyboardScanners:
    """Reads all keyboard scanners of a name, and takes their keys away from the desktop.

    Args:
        name: Product name, serial number, `VENDOR:PRODUCT` in hexadecimal, or a path under
            `/dev`; every device that it fits is read.

    Raises:
        PartMissing: The library is not installed.
    """

    def __init__(self, name: str) -> None:
        try:
            import evdev
        except ImportError as error:
            raise PartMissing(
                "USB keyboard scanners need evdev. Install entrance-control[station]."
            ) from error
        self._evdev = evdev
        self._name = name
        self._held: dict[str, _Held] = {}
        self._told: set[str] = set()
        self._found: asyncio.Queue[Sighting | DeviceError] = asyncio.Queue(WAITING)
        self._closed = asyncio.Event()

    async def sightings(self) -> AsyncIterator[Sighting | DeviceError]:
        """Yield codes; an error each time that the last scanner goes or can't be had."""
        looking = asyncio.create_task(self._look())
        closing = asyncio.create_task(self._closed.wait())
        try:
            while not self._closed.is_set():
                getting = asyncio.create_task(self._found.get())
                await asyncio.wait({getting, closing, looking}, return_when=asyncio.FIRST_COMPLETED)
                if looking.done():
                    looking.result()
                if not getting.done():
                    getting.cancel()
                    return
                yield getting.result()
        finally:
            looking.cancel()
            closing.cancel()
            for path in list(self._held):
                self._let_go(path)

    def close(self) -> None:
        """End `sightings` soon."""
        self._closed.set()

    async def _look(self) -> None:
        due_s = 0.0
        clock = asyncio.get_running_loop().time
        while True:
            if clock() >= due_s:
                due_s = clock() + LOOK_S
                self._take_new()
            for held in self._held.values():
                self._hand_over(held, held.typing.quiet(clock()))
            await asyncio.sleep(QUIET_S)

    def _take_new(self) -> None:
        refused = None
        for path in self._evdev.list_devices():
            if path in self._held:
                continue
            try:
                device = self._evdev.InputDevice(path)
            except OSError as error:
                refused = _refused(self._name, error)
                continue
            if not _fits(device, path, self._name):
                device.close()
                continue
            try:
                device.grab()
            except OSError as error:
                device.close()
                refused = _refused(self._name, error)
                continue
            self._held[path] = _Held(device)
            self._told.clear()
            asyncio.get_running_loop().add_reader(device.fd, self._read, path)
        if not self._held:
            self._tell(refused or PartMissing(_ABSENT.format(self._name[:80])))

    def _read(self, path: str) -> None:
        held, codes = self._held[path], self._evdev.ecodes
        now_s = asyncio.get_running_loop().time()
        try:
            for event in held.device.read():
                if event.type == codes.EV_SYN and event.code == codes.SYN_DROPPED:
                    # Until the next report what is read belongs to a gap.
                    held.dropping = True
                    held.typing.lost()
                elif event.type == codes.EV_SYN and event.code == codes.SYN_REPORT:
                    held.dropping = False
                elif event.type == codes.EV_KEY and not held.dropping:
                    self._hand_over(held, held.typing.key(event.code, event.value, now_s))
        except BlockingIOError:
            return
        except OSError:
            self._let_go(path)
            if not self._held:
                self._tell(PartMissing(_ABSENT.format(self._name[:80])))

    def _hand_over(self, held: _Held, found: tuple[Key, ...] | Broken | None) -> None:
        if found is None or self._found.full():
            return
        if isinstance(found, Broken):
            self._found.put_nowait(DeviceError(found.value))
            return
        text = typed(found)
        self._found.put_nowait(Sighting(text, text.encode(), None, held.device.name, found))

    def _tell(self, error: PartMissing) -> None:
        if str(error) not in self._told and not self._found.full():
            self._told = {str(error)}
            self._found.put_nowait(error)

    def _let_go(self, path: str) -> None:
        held = self._held.pop(path)
        asyncio.get_running_loop().remove_reader(held.device.fd)
        held.device.close()


_ABSENT = "The scanner '{}' is not plugged in. Plug it in; it is used as soon as it is there."


def _fits(device: evdev.InputDevice, path: str, name: str) -> bool:
    info = device.info
    stable = (device.name, device.uniq, f"{info.vendor:04x}:{info.product:04x}")
    if name.startswith("/dev/"):
        return os.path.realpath(name) == os.path.realpath(path)
    return name.casefold() in (word.casefold() for word in stable if word)


def _refused(name: str, error: OSError) -> PartMissing:
    if error.errno == errno.EBUSY:
        what = "another program holds it. Close that program."
    elif error.errno in (errno.EACCES, errno.EPERM):
        what = "this user may not read it. Add the user to the group input."
    else:
        what = f"{error.strerror}. Plug it out and in again."
    return PartMissing(f"The scanner '{name[:80]}' can't be read: {what}")
