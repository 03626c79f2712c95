"""One file for each command of `entrance-scanner`, and one for what the doctor looks at.

A command reads its words and loads what it needs only when it runs; what it does is done in other
rooms. Only scanner/main.py enters, and the package for Android leaves it out.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    Commands: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]
    """Where a command enters itself; the standard library gives this type no public name."""


def command(
    commands: Commands, name: str, about: str, run: Callable[[argparse.Namespace], int]
) -> argparse.ArgumentParser:
    """Enter a command.

    Args:
        commands: The program's commands.
        name: As typed.
        about: One line of help.
        run: Does it; returns the exit code.
    """
    parser = commands.add_parser(name, help=about, description=about)
    parser.set_defaults(run=run)
    return parser


def takes_state(parser: argparse.ArgumentParser, state: Path) -> None:
    """Let a command take the device's folder.

    Args:
        parser: The command's.
        state: Folder unless told otherwise.
    """
    parser.add_argument(
        "--state",
        type=Path,
        default=state,
        metavar="DIR",
        help="folder of the device's identity and cache "
        "(default: $XDG_STATE_HOME/entrance-scanner or ~/.local/state/entrance-scanner)",
    )
