"""`outbox`: check-ins that ticketing systems have not taken."""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import IO, Any

from validator.errors import FixRequest
from validator.gateway.api.outbox import delivery_json, undelivered
from validator.gateway.commands.parser import (
    Commands,
    add_json,
    config_of,
    need_data,
    open_store,
    print_rows,
)
from validator.gateway.local_client import ask

_MOST = 1000
_COLUMNS = ("source", "check_in", "ticket", "at", "kind", "gate", "direction", "count")
_FIELDS = (*_COLUMNS, "state", "answer")


def add(commands: Commands) -> None:
    """Add the command."""
    group = commands.group(
        "outbox",
        "Look at what ticketing systems are still owed, and what they refused.",
        [
            "entrance-gateway outbox list",
            "entrance-gateway outbox list --refused --json",
            "entrance-gateway outbox retry --source infomaniak",
            "entrance-gateway outbox export owed.csv --csv",
        ],
    )
    listing = group.add(
        "list",
        "List the check-ins that are still to be delivered, oldest first.",
        _list,
        more=f"At most {_MOST}. Nothing is ever dropped.",
    )
    listing.add_argument(
        "--refused", action="store_true", help="those that were refused for good, with the answer"
    )
    add_json(listing)
    retry = group.add(
        "retry",
        "Deliver again what was refused for good.",
        _retry,
        ["entrance-gateway outbox retry", "entrance-gateway outbox retry --source pretix"],
        more="Once its cause is put right: a ticket that had been deleted, a list without its\n"
        "product. A check-in that has arrived after all is not counted twice.",
    )
    retry.add_argument("check_in", metavar="CHECK_IN", nargs="?", help="only this one, by its id")
    retry.add_argument("--source", metavar="NAME", help="only this ticketing system's")
    export = group.add(
        "export",
        "Write out all that is owed or was refused, for a system that stays away.",
        _export,
        ["entrance-gateway outbox export - | less"],
        more="JSON lines, by ticket number; nobody is named. Nothing is changed: what is\n"
        "delivered later goes its way.",
    )
    export.add_argument("file", metavar="FILE", help="a new file, or - for standard output")
    export.add_argument("--csv", action="store_true", help="CSV with a head line")


def _list(args: argparse.Namespace) -> int:
    store = open_store(config_of(args))
    with store.reading() as session:
        rows = list(map(delivery_json, islice(undelivered(session, args.refused), _MOST)))
    store.close()
    columns = (*_COLUMNS, "answer") if args.refused else _COLUMNS
    empty = "Nothing was refused." if args.refused else "Everything is delivered."
    print_rows(rows, columns, args.json, empty)
    return 0


def _retry(args: argparse.Namespace) -> int:
    config = config_of(args)
    need_data(config)
    asked = {"source": args.source, "check_in": args.check_in}
    body = {key: value for key, value in asked.items() if value is not None}
    count = ask(config, "POST", "outbox", "retry", body=body)["retried"]
    if not count:
        raise FixRequest(
            "Nothing like that was refused. See: entrance-gateway outbox list --refused"
        )
    print(f"Check-ins that are delivered again: {count}.")
    return 0


def _export(args: argparse.Namespace) -> int:
    store = open_store(config_of(args))
    try:
        with store.reading() as session:
            rows = (
                delivery_json(delivery)
                for refused in (False, True)
                for delivery in undelivered(session, refused)
            )
            if args.file == "-":
                count = _write(rows, sys.stdout, args.csv)
            else:
                count = _write_file(rows, Path(args.file), args.csv)
    finally:
        store.close()
    print(f"Check-ins written: {count}.", file=sys.stderr)
    return 0


def _write_file(rows: Iterable[Mapping[str, Any]], path: Path, as_csv: bool) -> int:
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(number, "w", encoding="utf-8", newline="") as file:
            return _write(rows, file, as_csv)
    except OSError as error:
        raise FixRequest(
            f"{path} can't be written ({error.strerror}). Name a new file in a folder with space."
        ) from error


def _write(rows: Iterable[Mapping[str, Any]], file: IO[str], as_csv: bool) -> int:
    table = csv.DictWriter(file, _FIELDS, lineterminator="\n") if as_csv else None
    if table is not None:
        table.writeheader()
    count = 0
    for row in rows:
        count += 1
        if table is not None:
            table.writerow(row)
        else:
            file.write(json.dumps(row) + "\n")
    return count
