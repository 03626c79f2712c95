"""Look for what would keep this device from working, and say what to do."""

from __future__ import annotations

import argparse
import json
import os
import socket
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from device.decoders import available, missing
from offline_cache.errors import CacheError, CloseOther
from offline_cache.file.database import Store
from offline_cache.identity.identity import Identity
from offline_cache.journal.reader import JournalReader
from scanner.commands import command, equipment, takes_state
from scanner.commands.equipment import Finding

if TYPE_CHECKING:
    from scanner.commands import Commands

OLDEST_SQLITE = (3, 37, 0)
"""First version with STRICT tables."""

SLOW_SYNC_MS = 20.0
"""A disk that takes longer, in milliseconds, is felt by the guests."""

SYNCS = 20
PATIENCE_S = 3.0


def add_to(commands: Commands, state: Path) -> None:
    """Enter the command."""
    about = "Look for what would keep this device from working, and say what to do."
    parser = command(commands, "doctor", about, _run)
    takes_state(parser, state)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def findings(state: Path) -> Iterator[Finding]:
    """Yield what was found, one after the other.

    Args:
        state: The device's folder.
    """
    decoders = available()
    for decoder in decoders:
        yield Finding(True, f"{decoder.name} reads codes.")
    for error in missing():
        yield Finding(False, str(error), grave=not decoders)
    yield from equipment.findings(equipment.Machine())
    yield _sqlite()
    yield _disk(state)
    try:
        identity = Identity.load(state / "identity.json")
    except CacheError as error:
        yield Finding(False, str(error))
        return
    yield Finding(True, f"Enrolled as {identity.device}.")
    yield _gateway(identity.gateway)
    if (state / "cache.sqlite").exists():
        yield _journal(state / "cache.sqlite")


def _run(asked: argparse.Namespace) -> int:
    failed = False
    for finding in findings(asked.state):
        if asked.json:
            level = "ok" if finding.good else "fail" if finding.grave else "warn"
            print(json.dumps({"level": level, "text": finding.text}, ensure_ascii=False))
        else:
            mark = "ok   " if finding.good else "FAULT" if finding.grave else "note "
            print(f"{mark}  {finding.text}", flush=True)
        failed = failed or (finding.grave and not finding.good)
    return 1 if failed else 0


def _sqlite() -> Finding:
    good = sqlite3.sqlite_version_info >= OLDEST_SQLITE
    advice = "." if good else "; 3.37 is needed: update Python or the system."
    return Finding(good, f"SQLite is {sqlite3.sqlite_version}{advice}")


def _disk(state: Path) -> Finding:
    place = next((path for path in (state, *state.absolute().parents) if path.is_dir()), Path("/"))
    try:
        with tempfile.TemporaryFile(dir=place) as file:
            started = time.perf_counter()
            for _ in range(SYNCS):
                file.write(b"entrance control".ljust(4096))
                file.flush()
                os.fsync(file.fileno())
            each_ms = (time.perf_counter() - started) * 1000 / SYNCS
    except OSError as error:
        return Finding(
            False, f"{place} can't be written ({error.strerror}): free space or name another."
        )
    if each_ms > SLOW_SYNC_MS:
        text = f"The disk takes {each_ms:.0f} ms to keep a check-in: use a faster one."
        return Finding(False, text, grave=False)
    return Finding(True, f"The disk keeps a check-in in {each_ms:.1f} ms.")


def _journal(path: Path) -> Finding:
    try:
        with closing(Store.open(path)) as store:
            broken = JournalReader(store).broken()
    except CloseOther:
        return Finding(True, "A lane works here; stop it to have its journal looked through.")
    except CacheError as error:
        return Finding(False, str(error))
    if broken is not None:
        return Finding(
            False, f"The journal's chain breaks at row {broken}: export it, tell the supervisor."
        )
    return Finding(True, "The journal is one whole chain.")


def _gateway(address: str) -> Finding:
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), PATIENCE_S):
            return Finding(True, f"The gateway answers at {address}.")
    except (OSError, ValueError, OverflowError):
        text = f"The gateway does not answer at {address}: is it on, and on the same network?"
        return Finding(False, f"{text} The lane works alone meanwhile.", grave=False)
