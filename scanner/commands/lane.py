"""Run a lane without a screen."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

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
        "VENDOR:PRODUCT or path), serial:DEVICE[@SPEED], images:DIR (pictures, also those that "
        "arrive later) or stdin",
    )
    takes_state(parser, state)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--lang", choices=LANGUAGES, default="en", help="language of the lines")


def _run(asked: argparse.Namespace) -> int:
    from scanner.headless import run

    return run(asked.state, asked.source, asked.lang, asked.json)
