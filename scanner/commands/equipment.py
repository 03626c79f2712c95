"""The eyes and hands that a machine has: what works, what is missing, what to do.

No lane needs all of them, so whatever is missing here is a note, not a fault.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from device.errors import PartMissing
from device.speaker import Loudspeaker


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Args:
        good: Nothing to do.
        text: What was found, and what to do.
        grave: The lane can't work like this.
    """

    good: bool
    text: str
    grave: bool = True


def note(text: str) -> Finding:
    """Return something that is missing and that a lane can do without."""
    return Finding(False, text, grave=False)


def fine(text: str) -> Finding:
    """Return something that is as it should be."""
    return Finding(True, text)


@dataclass(frozen=True, slots=True)
class Machine:
    """Where to look.

    Args:
        devices: Folder of device files.
        may: Whether this user has a file's rights, as `os.access` tells.
        environment: Variables that name a display.
    """

    devices: Path = Path("/dev")
    may: Callable[[Path, int], bool] = os.access
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def nodes(self, *patterns: str) -> list[Path]:
        """Return the device files of some patterns."""
        return sorted(path for pattern in patterns for path in self.devices.glob(pattern))

    def refused(self, nodes: Sequence[Path]) -> list[Path]:
        """Return those that this user may not use."""
        return [path for path in nodes if not self.may(path, os.R_OK | os.W_OK)]


def findings(machine: Machine) -> Iterator[Finding]:
    """Yield what was found, one part after the other.

    Args:
        machine: Where to look.
    """
    yield from _keyboards(machine)
    yield from _serial(machine)
    yield from _camera(machine)
    yield _sound()
    yield from _gpio(machine)
    yield from _display(machine)


def _keyboards(machine: Machine) -> Iterator[Finding]:
    if not _there("evdev"):
        yield note("USB keyboard scanners need evdev. Install entrance-control[station].")
    nodes = machine.nodes("input/event*", "hidraw*")
    if not nodes:
        yield note("No USB scanner is plugged in. Plug it in; a lane uses it as soon as it is.")
    elif len(refused := machine.refused(nodes)) == len(nodes):
        yield _forbidden(f"read USB scanners ({refused[0]})", "input")
    else:
        names = ", ".join(_name(path) for path in machine.nodes("input/by-id/*-event-kbd"))
        yield fine(f"USB scanners can be read{f': {names}' if names else ''}.")


def _serial(machine: Machine) -> Iterator[Finding]:
    if not _there("serial"):
        yield note("Serial scanners and boards need pyserial. Install entrance-control[station].")
    nodes = machine.nodes("ttyUSB*", "ttyACM*")
    if refused := machine.refused(nodes):
        yield _forbidden(f"use {refused[0]}", "dialout")
    elif nodes:
        yield fine(f"Serial ports can be used: {', '.join(map(str, nodes))}.")
    else:
        yield note("No serial scanner or board is plugged in.")


def _camera(machine: Machine) -> Iterator[Finding]:
    if not _there("cv2"):
        yield note("Cameras need OpenCV. Install entrance-control[camera].")
    nodes = machine.nodes("video*")
    if not nodes:
        yield note("No camera is plugged in. Pictures and scanners work without one.")
    elif refused := machine.refused(nodes):
        yield _forbidden(f"use the camera {refused[0]}", "video")
    else:
        yield fine(f"The camera {nodes[0]} can be used.")


def _sound() -> Finding:
    try:
        Loudspeaker().close()
    except PartMissing as error:
        return note(str(error))
    return fine("Verdicts can be heard.")


def _gpio(machine: Machine) -> Iterator[Finding]:
    nodes = machine.nodes("gpiochip*")
    if not nodes:
        yield note(
            "No GPIO chip: hang lamps and turnstile on a serial board, or on one in the network."
        )
    elif not _there("gpiod"):
        yield note("Lamps and turnstile on GPIO need gpiod 2. Install entrance-control[station].")
    elif refused := machine.refused(nodes):
        udev = "and install the udev rule of systemd/"
        yield _forbidden(f"use {refused[0]}", "gpio", udev)
    else:
        yield fine(f"Lamps and turnstile can hang on {nodes[0]}.")


def _display(machine: Machine) -> Iterator[Finding]:
    if find_spec("kivy") is None:
        yield note("The screen needs Kivy. Install entrance-control[kiosk].")
    named = next(
        (name for name in ("WAYLAND_DISPLAY", "DISPLAY") if machine.environment.get(name)), ""
    )
    if named:
        yield fine(f"There is a display ({named}).")
    elif nodes := machine.nodes("dri/card*"):
        yield fine(f"There is a display ({nodes[0]}).")
    else:
        yield note("There is no display: entrance-scanner lane works without one.")


def _forbidden(what: str, group: str, then: str = "then sign in again") -> Finding:
    return note(f"This user may not {what}: add the user to the group {group}, {then}.")


def _there(library: str) -> bool:
    # Loaded, not only found: OpenCV and evdev also want libraries of the system.
    try:
        import_module(library)
    except ImportError:
        return False
    return True


def _name(path: Path) -> str:
    return path.name.removeprefix("usb-").removesuffix("-event-kbd").replace("_", " ")
