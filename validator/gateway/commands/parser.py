"""What all commands have in common: their options, and how they print."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from validator.errors import FixConfig
from validator.gateway.config import Config, load
from validator.gateway.host.data_folder import STORE
from validator.gateway.store.sqlite.store import SqliteStore

Run = Callable[[argparse.Namespace], int]
"""Does a command; returns the exit code."""


class Commands:
    """Where commands add themselves.

    Args:
        subparsers: Of the program's parser, or of a command that has commands.
        above: That command may stand alone, so --config and --data may be given before, too.
    """

    def __init__(
        self,
        subparsers: argparse._SubParsersAction[argparse.ArgumentParser],
        above: bool = False,
    ) -> None:
        self._subparsers = subparsers
        self._left_out = argparse.SUPPRESS if above else None

    def add(
        self, name: str, what: str, run: Run, examples: Sequence[str] = (), more: str = ""
    ) -> argparse.ArgumentParser:
        """Add a command with --config and --data.

        Args:
            name: As typed.
            what: A sentence.
            run: Does it.
            examples: Lines to type.
            more: A paragraph on what it does.
        """
        parser = self._subparsers.add_parser(
            name,
            help=what,
            description=f"{what}\n\n{more}" if more else what,
            epilog=_shown(examples),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        parser.add_argument(
            "--config",
            type=Path,
            metavar="FILE",
            default=self._left_out,
            help="TOML file; without it the defaults hold",
        )
        parser.add_argument(
            "--data",
            type=Path,
            metavar="DIR",
            default=self._left_out,
            help="data folder, instead of the file's",
        )
        parser.set_defaults(run=run)
        return parser

    def group(self, name: str, what: str, examples: Sequence[str]) -> Commands:
        """Add a command that has commands."""
        parser = self._subparsers.add_parser(
            name,
            help=what,
            description=what,
            epilog=_shown(examples),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        return Commands(parser.add_subparsers(metavar="COMMAND", required=True))


def config_of(args: argparse.Namespace) -> Config:
    """Read the configuration that the options name.

    Raises:
        FixConfig: It is wrong.
    """
    return load(args.config, args.data)


def open_store(config: Config) -> SqliteStore:
    """Open a store that is there, to look at it; a running gateway is not disturbed.

    Raises:
        FixConfig: There is none.
    """
    need_data(config)
    return SqliteStore(config.data / STORE)


def need_data(config: Config) -> None:
    """Refuse a data folder that no gateway has ever used: most likely it is mistyped.

    Raises:
        FixConfig: It is none.
    """
    if not (config.data / STORE).exists():
        raise FixConfig(
            f"There is no gateway's data in {config.data}. Give the right --data, or start "
            "`entrance-gateway serve` there first."
        )


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add --json."""
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def confirmed(args: argparse.Namespace, word: str) -> bool:
    """Ask whether to go on, unless --yes was given.

    Args:
        args: With `yes`, see `add_yes`.
        word: What has to be typed.

    Returns:
        Whether it was confirmed; nothing typed, or no terminal, is a no.
    """
    if args.yes:
        return True
    try:
        typed = input(f"Type {word} to go on: ")
    except EOFError:
        print()
        typed = ""
    if typed.strip() == word:
        return True
    print("Nothing was changed. (To go on without being asked: --yes)")
    return False


def add_yes(parser: argparse.ArgumentParser) -> None:
    """Add --yes."""
    parser.add_argument("--yes", action="store_true", help="go on without being asked")


def print_rows(
    rows: Iterable[Mapping[str, Any]], columns: Sequence[str], as_json: bool, empty: str
) -> None:
    """Print a table, or JSON lines.

    Args:
        rows: What to print; JSON lines have all their fields.
        columns: Fields of the table.
        as_json: JSON lines.
        empty: What is said of an empty table.
    """
    if as_json:
        for row in rows:
            print(json.dumps(row))
        return
    table = [[_cell(row.get(column)) for column in columns] for row in rows]
    if not table:
        print(empty)
        return
    table.insert(0, [column.replace("_", " ") for column in columns])
    widths = [max(len(line[place]) for line in table) for place in range(len(columns))]
    for line in table:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        print("  ".join(cells).rstrip())


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return "-" if value is None or value == "" else str(value)


def _shown(examples: Sequence[str]) -> str | None:
    return "examples:\n" + "\n".join(f"  {line}" for line in examples) if examples else None
