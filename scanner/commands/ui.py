"""Run a lane with a screen."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.commands import command, takes_state
from scanner.texts import LANGUAGES

if TYPE_CHECKING:
    from scanner.commands import Commands


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


def _run(asked: argparse.Namespace) -> int:
    from device.errors import DeviceError
    from device.ports import Source, Speaker
    from device.speaker import Loudspeaker
    from scanner.errors import FixStart
    from scanner.hands import Device, Hands
    from scanner.sources import open_source

    if not {"DISPLAY", "SDL_VIDEODRIVER"} & set(os.environ):
        raise FixStart(
            "There is no display that a window can be opened on. Start it in a desktop session, "
            "or run `entrance-scanner lane`, which needs none."
        )
    try:
        from scanner.app import run
    except ImportError as error:
        raise FixStart("The screen needs Kivy. Install entrance-control[kiosk].") from error

    missing: list[DeviceError] = []
    eyes: list[Source] = []
    speaker: Speaker | None = None
    for name in asked.source:
        try:
            eyes.append(open_source(name))
        except DeviceError as error:
            missing.append(error)
    try:
        speaker = Loudspeaker()
    except DeviceError as error:
        missing.append(error)
    latest = next((eye.latest for eye in eyes if hasattr(eye, "latest")), None)
    hands = Hands(speaker=speaker, latest=latest, missing=tuple(missing))
    run(Device(asked.state, eyes, hands, language=asked.lang))
    return 0
