"""Write the journal out, for the evening whose gateway never comes back."""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from scanner.commands import command, takes_state
from scanner.errors import FixStart
from validator.clock import iso

if TYPE_CHECKING:
    from offline_cache.journal.reader import JournalReader, Written
    from scanner.commands import Commands

FIELDS = (
    "sequence",
    "hash",
    "state",
    "why",
    "id",
    "kind",
    "of",
    "at",
    "device",
    "gate",
    "performance",
    "direction",
    "decision",
    "reason",
    "assurance",
    "count",
    "ticket",
    "code",
    "by",
    "override",
)


def add_to(commands: Commands, state: Path) -> None:
    """Enter the command."""
    about = "Write the journal out, as JSON lines or CSV: for a gateway that never comes back."
    parser = command(commands, "export", about, _run)
    parser.add_argument("file", metavar="FILE", help="a new file, or - for standard output")
    parser.add_argument("--csv", action="store_true", help="CSV with a head line")
    takes_state(parser, state)


def lines(journal: JournalReader) -> Iterator[dict[str, Any]]:
    """Yield the journal's rows, ready for JSON: ticket and credential by id, nobody by name."""
    for row in journal.rows():
        yield dict.fromkeys(FIELDS) | _head(row) | _event(row)


def _head(row: Written) -> dict[str, Any]:
    state = row.state.name.lower()
    return {"sequence": row.sequence, "hash": row.hash.hex(), "state": state, "why": row.why}


def _event(row: Written) -> dict[str, Any]:
    event = row.event
    if event is None:
        return {"kind": "gap"}
    return {
        "id": event.id,
        "kind": event.kind.value,
        "of": event.of,
        "at": iso(event.corrected),
        "device": event.device,
        "gate": event.gate,
        "performance": event.performance,
        "direction": event.direction.value,
        "decision": event.decision.value,
        "reason": event.reason.value,
        "assurance": event.assurance.value,
        "count": event.count,
        "ticket": event.ticket,
        "code": event.code.hex() if event.code else None,
        "by": event.by.value,
        "override": event.override_by,
    }


def _run(asked: argparse.Namespace) -> int:
    from offline_cache.file.database import Store
    from offline_cache.journal.reader import JournalReader

    path: Path = asked.state / "cache.sqlite"
    if not path.exists():
        raise FixStart(f"There is no journal in {asked.state}: name the device's folder (--state).")
    with closing(Store.open(path)) as store:
        rows = lines(JournalReader(store))
        if asked.file == "-":
            count = _write(rows, sys.stdout, asked.csv)
        else:
            count = _write_file(rows, Path(asked.file), asked.csv)
    print(f"Journal rows written: {count}.", file=sys.stderr)
    return 0


def _write_file(rows: Iterator[dict[str, Any]], path: Path, as_csv: bool) -> int:
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(number, "w", encoding="utf-8", newline="") as file:
            count = _write(rows, file, as_csv)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise FixStart(
            f"{path} can't be written ({error.strerror}): name a new file in a folder with space."
        ) from error
    return count


def _write(rows: Iterator[dict[str, Any]], file: IO[str], as_csv: bool) -> int:
    count = 0
    table = csv.DictWriter(file, FIELDS, lineterminator="\n") if as_csv else None
    if table is not None:
        table.writeheader()
    for row in rows:
        count += 1
        if table is not None:
            table.writerow(row)
        else:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return count
