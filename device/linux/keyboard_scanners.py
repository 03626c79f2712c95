"""Keyboard scanners through evdev: held exclusively, by stable name, plugged in at any time.

Source: Linux kernel documentation, "Linux Input Subsystem userspace API" (evdev, SYN_DROPPED).
"""

from __future__ import annotations

import errno
import os
import select
import struct
import subprocess
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from device.errors import Defect, DeviceError, PartMissing, ReadAgain
from device.keyboard import Broken, Typing
from device.layouts import typed
from device.ports import Key, Sighting
from device.worker_thread import WorkerThread

if TYPE_CHECKING:
    import evdev

INPUT, KNOWN = Path("/dev/input"), Path("/sys/class/input")
"""Where the kernel shows input devices, and what it knows of them."""

LOOK_S = 0.5
"""Pause between two looks for scanners that were plugged in."""

QUIET_S = 0.1
"""How often a code without an end mark is asked whether it is over."""


EVENT = struct.Struct("llHHi")
"""Time in seconds and microseconds, type, code, value. Source: Linux `input.h`."""


@dataclass(slots=True)
class _Held:
    """A scanner that is grabbed.

    The kernel keeps some ten strokes, 20 ms of a fast scanner, and Python's threads may have to
    wait longer than that for each other. So a `cat` of its own empties it into a pipe, which
    holds a thousand.
    """

    device: evdev.InputDevice
    typing: Typing = field(default_factory=Typing)
    dropping: bool = False
    rest: bytes = b""
    pump: subprocess.Popen[bytes] = field(init=False)

    def __post_init__(self) -> None:
        os.set_blocking(self.device.fd, True)
        self.pump = subprocess.Popen(["cat"], stdin=self.device.fd, stdout=subprocess.PIPE)

    def fileno(self) -> int:
        """Return the pipe's end."""
        assert self.pump.stdout is not None
        return self.pump.stdout.fileno()

    def events(self) -> list[tuple[int, int, int]] | None:
        """Return type, code and value of what has come; None = it was unplugged."""
        data = os.read(self.fileno(), 65_536)
        if not data:
            return None
        data = self.rest + data
        whole = len(data) - len(data) % EVENT.size
        self.rest = data[whole:]
        return [event[2:] for event in EVENT.iter_unpack(data[:whole])]

    def close(self) -> None:
        """Give the scanner back to the desktop."""
        self.pump.kill()
        self.pump.communicate()
        self.device.close()


class KeyboardScanners:
    """Reads all keyboard scanners of a name, and takes their keys away from the desktop.

    Args:
        name: Part of the product's name, its serial number, `VENDOR:PRODUCT` in hexadecimal, or
            a path under `/dev`; every device that it fits is read.

    Raises:
        PartMissing: The library is not installed.
    """

    latest = choose = None

    def __init__(self, name: str) -> None:
        try:
            import evdev
        except ImportError as error:
            raise PartMissing(
                "USB keyboard scanners need evdev. Install entrance-control[station].",
                Defect.LIBRARY_MISSING,
            ) from error
        self._evdev = evdev
        self._name = name
        self._held: dict[str, _Held] = {}
        self._told = ""
        self._worker: WorkerThread[Sighting | DeviceError] = WorkerThread("keyboards")

    def sightings(self) -> AsyncIterator[Sighting | DeviceError]:
        """Yield codes; an error each time that the last scanner goes or can't be had."""
        return self._worker.items(self._work)

    def close(self) -> None:
        """End `sightings` soon."""
        self._worker.closed.set()

    def _work(self) -> None:
        due_s = 0.0
        try:
            while not self._worker.closed.is_set():
                if time.monotonic() >= due_s:
                    self._take_new()
                    due_s = time.monotonic() + LOOK_S
                paths = {held.fileno(): path for path, held in self._held.items()}
                for descriptor in select.select(list(paths), [], [], QUIET_S)[0]:
                    self._read(paths[descriptor])
                for held in self._held.values():
                    self._hand_over(held, held.typing.quiet(time.monotonic()))
        finally:
            for held in self._held.values():
                held.close()

    def _take_new(self) -> None:
        refused = None
        for path in map(str, INPUT.glob("event*")):
            if path in self._held or not _fits(path, self._name):
                continue
            try:
                device = self._evdev.InputDevice(path)
            except OSError as error:
                refused = _refused(self._name, error)
                continue
            try:
                device.grab()
            except OSError as error:
                device.close()
                refused = _refused(self._name, error)
                continue
            self._held[path] = _Held(device)
            self._told = ""
        if not self._held:
            self._tell(refused or _absent(self._name))

    def _read(self, path: str) -> None:
        held, codes = self._held[path], self._evdev.ecodes
        events = held.events()
        if events is None:
            self._held.pop(path).close()
            if not self._held:
                self._tell(_absent(self._name))
            return
        for kind, code, value in events:
            if kind == codes.EV_SYN and code == codes.SYN_DROPPED:
                # Until the next report what is read belongs to a gap.
                held.dropping = True
                held.typing.lost()
            elif kind == codes.EV_SYN and code == codes.SYN_REPORT:
                held.dropping = False
            elif kind == codes.EV_KEY and not held.dropping:
                self._hand_over(held, held.typing.key(code, value, time.monotonic()))

    def _hand_over(self, held: _Held, found: tuple[Key, ...] | Broken | None) -> None:
        if isinstance(found, Broken):
            self._worker.hand_over(ReadAgain(found.value))
        elif found is not None:
            text = typed(found)
            self._worker.hand_over(Sighting(text, text.encode(), None, held.device.name, found))

    def _tell(self, error: PartMissing) -> None:
        if str(error) != self._told:
            self._told = str(error)
            self._worker.hand_over(error)


def _fits(path: str, name: str) -> bool:
    if name.startswith("/dev/"):
        return os.path.realpath(name) == os.path.realpath(path)
    # What it is called is known to everybody, also to those who may not read its keys.
    about = KNOWN / os.path.basename(path) / "device"
    wanted = name.casefold()
    exact = (_said(about / "uniq"), f"{_said(about / 'id/vendor')}:{_said(about / 'id/product')}")
    return wanted in exact or wanted in _said(about / "name")


def _said(file: Path) -> str:
    try:
        return file.read_text(errors="replace").strip().casefold()
    except OSError:
        return ""


def _absent(name: str) -> PartMissing:
    return PartMissing(
        f"The scanner '{name[:80]}' is not plugged in. "
        "Plug it in; it is used as soon as it is there.",
        Defect.SCANNER_GONE,
    )


def _refused(name: str, error: OSError) -> PartMissing:
    if error.errno == errno.EBUSY:
        what, defect = "another program holds it. Close that program.", Defect.SCANNER_HELD
    elif error.errno in (errno.EACCES, errno.EPERM):
        what = "this user may not read it. Add the user to the group input."
        defect = Defect.SCANNER_FORBIDDEN
    else:
        what, defect = f"{error.strerror}. Plug it out and in again.", Defect.SCANNER_GONE
    return PartMissing(f"The scanner '{name[:80]}' can't be read: {what}", defect)
