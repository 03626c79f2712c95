"""Numbered steps in SQL that bring a database to what this program knows."""

from __future__ import annotations

import sqlite3
from importlib.resources.abc import Traversable


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


def migrate(db: sqlite3.Connection, schema: Traversable, application_id: int = 0) -> None:
    """Take the steps that a database lacks, each whole or not at all.

    Args:
        db: Without transactions of Python's own (`isolation_level=None`).
        schema: Folder of the steps, `0001….sql` and so on without a gap.
        application_id: Marks the file as ours, with the first step.

    Raises:
        NewerSchema: It has taken more steps; nothing was changed.
        sqlite3.Error: The disk does not take a step.

    Source: SQLite, `PRAGMA user_version` and `PRAGMA application_id`.
    """
    steps = sorted(entry.name for entry in schema.iterdir() if entry.name.endswith(".sql"))
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    if version > len(steps):
        raise NewerSchema(version, len(steps))
    for number, name in enumerate(steps[version:], version + 1):
        db.executescript(
            f"BEGIN IMMEDIATE;\n{(schema / name).read_text('utf-8')}\n"
            f"PRAGMA application_id = {application_id};\n"
            f"PRAGMA user_version = {number};\nCOMMIT;"
        )
