"""What SQLite's errors mean for people, and whether a store is sound."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from validator.errors import FixConfig
from validator.gateway.store.port import NotStored

DAMAGED = (
    "The gateway's store {name} is damaged; nothing in it was changed. Keep its folder as it is, "
    "put the last backup into an empty one (entrance-gateway restore FILE --data DIR) and serve "
    "that; the lanes give back what the backup lacks."
)

CHECKED = ("claims", "device_rows", "devices", "epoch", "events", "outbox", "streams")
"""Tables that are looked through at every start: nobody else has what is in them."""

_MADE_S = 2.0
"""A new store has its first page on disk after so many seconds."""

_DAMAGES = ("SQLITE_CORRUPT", "SQLITE_NOTADB")


@contextmanager
def translated() -> Iterator[None]:
    """Say in a sentence for people what SQLite raises.

    Raises:
        NotStored: Instead of an error of SQLite.
    """
    try:
        yield
    except (sqlite3.Error, OverflowError) as error:
        raise later(error) from error


def later(error: Exception) -> NotStored:
    """Return what a caller is told of an error."""
    name = _name(error)
    if name == "SQLITE_FULL":
        return NotStored("The gateway's disk is full: free some space. Lanes go on alone.")
    if name.startswith(_DAMAGES):
        return NotStored(
            "The gateway's store is damaged: stop the gateway and restore the last backup "
            "(entrance-gateway restore). Lanes go on alone."
        )
    return NotStored(
        f"The gateway's store does not answer ({name}): check its disk. Lanes go on alone."
    )


@contextmanager
def opening(path: Path) -> Iterator[None]:
    """Say in a sentence for people why a store can't be opened.

    Args:
        path: The file; one that stays empty was not always so.

    Raises:
        FixConfig: Instead of an error of SQLite or of the disk.
    """
    try:
        if _stays_empty(path):
            raise FixConfig(DAMAGED.format(name=path.name))
        yield
    except (OSError, sqlite3.Error) as error:
        if _name(error).startswith(_DAMAGES):
            raise FixConfig(DAMAGED.format(name=path.name)) from error
        raise FixConfig(
            f"The gateway's store {path.name} can't be opened ({error}); "
            "check the data directory's owner and free space."
        ) from error


def _stays_empty(path: Path) -> bool:
    """Tell whether a file is empty, and not because somebody is just making it."""
    until_s = time.monotonic() + _MADE_S
    while path.exists() and path.stat().st_size == 0:
        if time.monotonic() > until_s:
            return True
        time.sleep(0.01)
    return False


def check(connection: sqlite3.Connection, path: Path) -> None:
    """Look through what nobody else has.

    Raises:
        FixConfig: It is damaged.
    """
    rows = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    for table in {name for (name,) in rows}.intersection(CHECKED):
        if connection.execute(f"PRAGMA quick_check({table})").fetchone()[0] != "ok":
            raise FixConfig(DAMAGED.format(name=path.name))


def _name(error: Exception) -> str:
    # What Python's own layer raises carries no name.
    return getattr(error, "sqlite_errorname", type(error).__name__)
