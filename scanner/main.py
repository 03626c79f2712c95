"""The command `entrance-scanner`."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from device.errors import DeviceError
from offline_cache.errors import CacheError
from scanner.commands import decode, doctor, enrol, export, lane, move, status, ui
from scanner.errors import ScannerError
from validator.errors import ValidatorError

COMMANDS = (lane, ui, enrol, move, decode, doctor, status, export)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: Without the program's name; None = those of the process.

    Returns:
        Exit code: 0 done, 1 it went wrong (one line on stderr says how). Wrong usage exits with 2.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # what a terminal has no character for
    asked = _parser().parse_args(arguments)
    try:
        code: int = asked.run(asked)
    except (ScannerError, CacheError, DeviceError, ValidatorError) as error:
        print(f"entrance-scanner: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Whoever read the output has seen enough; nothing may be flushed to it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130
    return code


def state_dir() -> Path:
    """Return where the device keeps its identity and cache unless told otherwise.

    Source: XDG Base Directory Specification.
    """
    named = os.environ.get("XDG_STATE_HOME", "")
    try:
        top = Path(named) if named.startswith("/") else Path.home() / ".local" / "state"
    except RuntimeError:  # a user without a home, as systemd makes them
        top = Path("/var/lib")
    return top / "entrance-scanner"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="entrance-scanner",
        description="One lane: reads tickets and decides, with or without a network.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add_to(commands, state_dir())
    return parser


if __name__ == "__main__":
    sys.exit(main())
