"""Numbered steps in SQL that bring a database to what this program knows."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from importlib.resources.abc import Traversable

_RETRY_S = 0.01


class NewerSchema(Exception):
    """A newer program has written the database: install that one.

    Args:
        version: Steps that the database has taken.
        known: Steps that this program knows.
    """

    def __init__(self, version: int, known: int) -> None:
        super().__init__(f"The database is of version {version}, {known} is known.")
        self.version = version
        self.known = known


def keep_log(db: sqlite3.Connection, patience_s: float = 5.0) -> str:
    """Let a database keep a write-ahead log, however many open it at the same moment.

    Args:
        db: New or not.
        patience_s: Seconds in which others may hold the file. SQLite's own `busy_timeout` does not
            count for this one.

    Returns:
        `wal`, or what the disk does instead.

    Raises:
        sqlite3.Error: The disk does not take it.

    Source: SQLite, `PRAGMA journal_mode`.
    """
    until_s = time.monotonic() + patience_s
    while True:
        try:
            mode: str = db.execute("PRAGMA journal_mode = WAL").fetchone()[0]
            return mode
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until_s:
                raise
            time.sleep(_RETRY_S)


def migrate(db: sqlite3.Connection, schema: Traversable, application_id: int = 0) -> None:
    """Take the steps of a folder that a database lacks; see `take_steps`.

    Args:
        db: Without transactions of Python's own (`isolation_level=None`).
        schema: Folder of the steps, `0001….sql` and so on without a gap.
        application_id: Marks the file as ours.

    Raises:
        NewerSchema: It has taken more steps; nothing was changed.
        sqlite3.Error: The disk does not take a step.
    """
    names = sorted(entry.name for entry in schema.iterdir() if entry.name.endswith(".sql"))
    take_steps(db, [(schema / name).read_text("utf-8") for name in names], application_id)


def take_steps(db: sqlite3.Connection, steps: Sequence[str], application_id: int = 0) -> None:
    """Take the steps that a database lacks, each whole or not at all.

    Which step is next is asked in the transaction that takes it: others may open the same new
    database at the same moment.

    Args:
        db: Without transactions of Python's own (`isolation_level=None`).
        steps: Statements of each.
        application_id: Marks the file as ours.

    Raises:
        NewerSchema: It has taken more steps; nothing was changed.
        sqlite3.Error: The disk does not take a step.

    Source: SQLite, `PRAGMA user_version` and `PRAGMA application_id`.
    """
    while _version(db, len(steps)) < len(steps):
        db.execute("BEGIN EXCLUSIVE")
        try:
            version = _version(db, len(steps))
            if version < len(steps):
                for statement in _statements(steps[version]):
                    db.execute(statement)
                db.execute(f"PRAGMA application_id = {application_id}")
                db.execute(f"PRAGMA user_version = {version + 1}")
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise


def _version(db: sqlite3.Connection, known: int) -> int:
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    if version > known:
        raise NewerSchema(version, known)
    return version


def _statements(script: str) -> Iterator[str]:
    """Cut a script into its statements; `executescript` would end the transaction first."""
    statement = ""
    for part in script.split(";"):
        statement += part + ";"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    yield statement
