"""Run a lane without a screen."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from offline_cache.sync.timing import Timing
from scanner.commands import command, takes_state
from scanner.texts import LANGUAGES

if TYPE_CHECKING:
    from scanner.commands import Commands


def add_to(commands: Commands, state: Path) -> None:
    """Enter the command."""
    about = "Run a lane without a screen: one line for each scan."
    parser = command(commands, "lane", about, _run)
    parser.add_argument(
        "--source",
        required=True,
        metavar="SOURCE",
        help="where codes come from: hid:NAME (USB scanner by product name, serial number, "
        "VENDOR:PRODUCT or path), serial:DEVICE[@SPEED], camera:N[@MS] (number or "
        "path, and exposure in milliseconds), video:FILE, images:DIR "
        "(pictures, also those that arrive later) or stdin",
    )
    parser.add_argument(
        "--sound",
        choices=("on", "off"),
        default="on",
        help="let verdicts be heard; without a sound device the lane says so and goes on",
    )
    parser.add_argument(
        "--lamps",
        default="",
        metavar="LAMPS",
        help="gpio:CHIP:GREEN,YELLOW,RED (lines), serial:DEVICE (LCUS relays 1 to 3) or "
        "http://HOST[:PORT] (switches 0 to 2 of a local Shelly)",
    )
    parser.add_argument(
        "--turnstile",
        default="",
        metavar="TURNSTILE",
        help="gpio:CHIP:OPEN,CONTACT (lines), serial:DEVICE (LCUS relay 1, contact between RTS "
        "and CTS) or http://HOST[:PORT] (switch 0 and input 0 of a local Shelly)",
    )
    parser.add_argument(
        "--patience",
        type=_patience,
        default=Timing().claim_s,
        metavar="S",
        help="how long a guest waits for the gateway's answer before the lane decides alone, in "
        "seconds, 0.05 to 60 (default: %(default)s)",
    )
    takes_state(parser, state)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--lang", choices=LANGUAGES, default="en", help="language of the lines")


def _run(asked: argparse.Namespace) -> int:
    from scanner.station.outputs import StationOptions
    from scanner.station.run import run

    options = StationOptions(asked.sound == "on", asked.lamps, asked.turnstile)
    return run(asked.state, asked.source, asked.lang, asked.json, options, asked.patience)


def _patience(text: str) -> float:
    if not (text.replace(".", "", 1).isdecimal() and 0.05 <= float(text) <= 60):
        raise argparse.ArgumentTypeError("write seconds, from 0.05 to 60")
    return float(text)
