"""Run a lane with a screen."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.commands import command, takes_state
from scanner.texts import LANGUAGES

if TYPE_CHECKING:
    from device.ports import Gray, Source
    from scanner.commands import Commands

MIN, MAX = 240, 8_192
"""Pixels of a window, each way."""


def add_to(commands: Commands, state: Path) -> None:
    """Enter the command."""
    about = "Run a lane with a screen: a phone's in portrait, a kiosk's in landscape."
    parser = command(commands, "ui", about, _run)
    parser.add_argument(
        "--source",
        action="append",
        default=[],
        metavar="SOURCE",
        help="where codes come from, besides a scanner that types into the window; as of `lane`",
    )
    takes_state(parser, state)
    parser.add_argument("--lang", choices=LANGUAGES, default="en", help="language to begin with")
    parser.add_argument(
        "--window",
        type=_size,
        default="1280x800",
        metavar="SIZE",
        help="WIDTHxHEIGHT in pixels (default: 1280x800), or `full` for a kiosk's whole screen",
    )


def _size(text: str) -> tuple[int, int] | None:
    if text == "full":
        return None
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise argparse.ArgumentTypeError("write WIDTHxHEIGHT, such as 390x844, or full")
    if not (MIN <= int(width) <= MAX and MIN <= int(height) <= MAX):
        raise argparse.ArgumentTypeError(f"from {MIN} to {MAX:,} pixels each way")
    return int(width), int(height)


def _run(asked: argparse.Namespace) -> int:
    from device.linux.display import display_size
    from device.speaker import Loudspeaker
    from scanner.errors import FixStart
    from scanner.face.equipment import Device, Equipment, Inventory, WantedCodes
    from scanner.station.sources import open_source

    if not {"DISPLAY", "SDL_VIDEODRIVER"} & set(os.environ):
        raise FixStart(
            "There is no display that a window can be opened on. Start it in a desktop session, "
            "or run `entrance-scanner lane`, which needs none."
        )
    try:
        from scanner.app.window import run
    except ImportError as error:
        raise FixStart("The screen needs Kivy. Install entrance-control[kiosk].") from error

    inventory, wanted = Inventory(), WantedCodes()
    found = [inventory.take(partial(open_source, name, wanted)) for name in asked.source]
    eyes = [eye for eye in found if eye is not None]
    latest, turn = _camera(eyes)
    speaker = inventory.take(Loudspeaker)
    for trouble in inventory.missing:
        # The screen says it too; a kiosk's journal is read by whoever looks after it.
        print(f"entrance-scanner: {trouble}", file=sys.stderr)
    equipment = Equipment(
        speaker=speaker, turn_camera=turn, latest=latest, missing=tuple(inventory.missing)
    )
    run(
        Device(
            asked.state,
            eyes,
            equipment,
            language=asked.lang,
            wanted=wanted,
            window=asked.window or display_size(),
            whole=asked.window is None,
        )
    )
    return 0


def _camera(
    eyes: Sequence[Source],
) -> tuple[Callable[[], Gray | None] | None, Callable[[bool], None] | None]:
    """Return what the first camera sees, and what takes the machine's next one in its place."""
    from device.camera.nodes import cameras

    camera = next((eye for eye in eyes if eye.latest is not None), None)
    if camera is None:
        return None, None
    choose, paths = camera.choose, [found.path for found in cameras()]
    if choose is None or len(paths) < 2:
        return camera.latest, None
    turn = cycle([*paths[1:], paths[0]])
    return camera.latest, lambda _: choose(next(turn))
