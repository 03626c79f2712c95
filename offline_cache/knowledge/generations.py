"""Generations of a stream's rows: a new one is filled apart, takes over, the old one is swept.

So a snapshot of any size is taken in small transactions, between which scans are judged by the
rows that still count; a crash in between leaves those, and what stood apart is swept.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from validator.feed.names import CANCELLATIONS, CATALOGUE, TICKETS, USES

SWEPT = 100
"""Rows that one transaction looks through: with their indexes that is a few milliseconds."""

SWEPT_FRAMES = 10

_TABLES = {
    CATALOGUE: ("catalogue", "key"),
    CANCELLATIONS: ("cancellations", "target"),
    TICKETS: ("tickets", "key"),
    USES: ("uses", "key"),
}
"""By kind of stream: the table of its rows, and the first column of that table's primary key."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """How far a generation is swept.

    Args:
        id: Of the generation.
        past: All that lies before this key is gone.
    """

    id: int
    past: bytes


def fresh(db: sqlite3.Connection, name: str) -> int:
    """Return a generation to fill, apart from the one that counts."""
    row = db.execute("SELECT id FROM streams WHERE stage = 'empty'").fetchone()
    if row is None:
        row = db.execute("SELECT coalesce(max(id), 0) + 1 FROM streams").fetchone()
    id = int(row[0])
    db.execute(
        "INSERT INTO streams VALUES (?, ?, 0, zeroblob(8), 0, zeroblob(32), 'apart')"
        " ON CONFLICT (id) DO UPDATE SET name = excluded.name, stage = 'apart'",
        (id, f"{name}~{id}"),
    )
    return id


def switch(db: sqlite3.Connection, name: str, id: int) -> None:
    """Let a generation count instead of the one that did; where it stands is the caller's."""
    db.execute(
        "UPDATE streams SET name = name || '~' || id, stage = 'apart' WHERE name = ?", (name,)
    )
    db.execute("UPDATE streams SET name = ?, stage = 'live' WHERE id = ?", (name, id))


def sweep(db: sqlite3.Connection, last: Sweep | None = None) -> Sweep | None:
    """Delete a few of the rows that stand apart; only while none are being written there.

    Args:
        db: Connection.
        last: What the sweep before returned, once that is on disk.

    Returns:
        How far it is; None = nothing is left to be swept.
    """
    old = db.execute("SELECT id, name FROM streams WHERE stage = 'apart' ORDER BY id").fetchone()
    if old is None:
        return None
    id, name = old
    past = last.past if last is not None and last.id == id else b""
    frames = db.execute(
        "DELETE FROM frames WHERE rowid IN (SELECT rowid FROM frames WHERE stream = ? LIMIT ?)",
        (id, SWEPT_FRAMES),
    )
    if frames.rowcount:
        return Sweep(id, past)
    table, key = _TABLES[name.partition("~")[0].partition(".")[0]]
    next_ = db.execute(
        f"SELECT {key} FROM {table} WHERE {key} > ? ORDER BY {key} LIMIT 1 OFFSET ?", (past, SWEPT)
    ).fetchone()
    if next_ is not None:
        db.execute(
            f"DELETE FROM {table} WHERE {key} >= ? AND {key} < ? AND stream = ?",
            (past, next_[0], id),
        )
        return Sweep(id, next_[0])
    db.execute(f"DELETE FROM {table} WHERE {key} >= ? AND stream = ?", (past, id))
    db.execute("DELETE FROM image WHERE stream = ?", (id,))
    db.execute("DELETE FROM marks WHERE stream = ?", (id,))
    db.execute("UPDATE streams SET stage = 'empty' WHERE id = ?", (id,))
    return Sweep(id, b"")
