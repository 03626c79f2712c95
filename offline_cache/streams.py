"""Where each stream stands and the sealed frames it came in, with the rows they brought."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Protocol

from offline_cache.plan import CATALOGUE
from validator.errors import FrameRefused
from validator.feed import Accepted, Cursor, Delta, Epoch, Held, Row, Snapshot
from validator.wire.messages import Position

LARGEST = (1 << 63) - 1
"""Largest number that an SQLite column holds. Source: SQLite, datatypes, INTEGER."""


class Rows(Protocol):
    """The table of one kind of streams."""

    def clear(self, db: sqlite3.Connection, stream: int) -> None:
        """Drop every row of a stream."""
        ...

    def write(self, db: sqlite3.Connection, stream: int, rows: tuple[Row, ...]) -> int:
        """Apply rows; return how many could not be read and were left out."""
        ...


class Streams:
    """The tables `streams` and `frames`, inside a transaction that the caller holds.

    Args:
        tables: Where rows go, by kind of stream (`tickets` of `tickets.5`).
    """

    def __init__(self, tables: Mapping[str, Rows]) -> None:
        self._tables = tables

    def held(self, db: sqlite3.Connection, name: str) -> Held:
        """Return where a stream stands."""
        row = db.execute(
            "SELECT counter, random, sequence, digest FROM streams WHERE name = ?", (name,)
        ).fetchone()
        if row is None:
            return Held.empty(name)
        counter, random, sequence, digest = row
        return Held(name, Cursor(Epoch(counter, int.from_bytes(random, "big")), sequence), digest)

    def take(self, db: sqlite3.Connection, accepted: Accepted, sealed: bytes, part: int = 0) -> int:
        """Write a frame's rows, where the stream stands after it, and the frame itself.

        Args:
            db: Connection.
            accepted: What the follower made of the frame.
            sealed: The frame as it came.
            part: Which part of a snapshot it is, from 0; the others are taken with it.

        Returns:
            How many rows could not be read and were left out.

        Raises:
            FrameRefused: The stream is of no kind that is known here.
        """
        held = accepted.held
        table = self._tables.get(kind_of(held.stream))
        cursor = held.cursor
        if table is None or cursor is None:
            raise FrameRefused("A frame of an unknown stream came; it is dropped.")
        if max(cursor.epoch.counter, cursor.sequence) > LARGEST:
            raise FrameRefused(f"{held.stream}: a cursor is out of range; the old state stays.")
        place = _place(cursor)
        stream = self._stand(db, held, place)
        if accepted.replaces and part == 0:
            db.execute("DELETE FROM frames WHERE stream = ?", (stream,))
            table.clear(db, stream)
        db.execute("INSERT INTO frames VALUES (?, ?, ?, ?, ?, ?)", (stream, *place, part, sealed))
        return table.write(db, stream, accepted.rows)

    def wait(self, db: sqlite3.Connection, frame: Snapshot, sealed: bytes) -> bool:
        """Keep a part of a snapshot until all are there; return whether they are now.

        Parts of another snapshot of the stream are dropped: what came last is what is sent now.
        """
        if max(frame.cursor.epoch.counter, frame.cursor.sequence) > LARGEST:
            raise FrameRefused(f"{frame.stream}: a cursor is out of range; the old state stays.")
        which = (*_place(frame.cursor), frame.digest, frame.parts)
        db.execute(
            "DELETE FROM waiting WHERE stream = ?"
            " AND (counter, random, sequence, digest, parts) IS NOT (?, ?, ?, ?, ?)",
            (frame.stream, *which),
        )
        db.execute(
            "INSERT OR REPLACE INTO waiting VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (frame.stream, *which, frame.part, sealed),
        )
        have = db.execute("SELECT count(*) FROM waiting WHERE stream = ?", (frame.stream,))
        return bool(have.fetchone()[0] == frame.parts)

    def waited(self, db: sqlite3.Connection, name: str) -> Iterator[bytes]:
        """Yield the parts that waited, in order, and forget them."""
        parts = db.execute(
            "SELECT part FROM waiting WHERE stream = ? ORDER BY part", (name,)
        ).fetchall()
        for (part,) in parts:
            yield db.execute(
                "SELECT sealed FROM waiting WHERE stream = ? AND part = ?", (name, part)
            ).fetchone()[0]
        db.execute("DELETE FROM waiting WHERE stream = ?", (name,))

    def knows(self, db: sqlite3.Connection, frame: Delta, sealed: bytes) -> bool:
        """Tell whether this very change was applied and is still kept."""
        cursor = frame.cursor
        if max(cursor.epoch.counter, cursor.sequence) > LARGEST:
            return False
        row = db.execute(
            "SELECT 1 FROM frames JOIN streams ON streams.id = frames.stream WHERE name = ?"
            " AND frames.counter = ? AND frames.random = ? AND frames.sequence = ? AND sealed = ?",
            (frame.stream, *_place(cursor), sealed),
        ).fetchone()
        return row is not None

    def position(self, db: sqlite3.Connection, name: str) -> Position:
        """Return a stream's cursor as it travels."""
        return position_of(self.held(db, name))

    def _stand(self, db: sqlite3.Connection, held: Held, place: tuple[int, bytes, int]) -> int:
        row = db.execute(
            "INSERT INTO streams (name, counter, random, sequence, digest) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (name) DO UPDATE SET counter = excluded.counter,"
            " random = excluded.random, sequence = excluded.sequence, digest = excluded.digest"
            " RETURNING id",
            (held.stream, *place, held.digest),
        ).fetchone()
        return int(row[0])


def _place(cursor: Cursor) -> tuple[int, bytes, int]:
    return cursor.epoch.counter, cursor.epoch.random.to_bytes(8, "big"), cursor.sequence


def kind_of(stream: str) -> str:
    """Return the kind of a stream, `tickets` of `tickets.5`."""
    kind, dot, _ = stream.partition(".")
    return kind if bool(dot) != (kind == CATALOGUE) else ""


def position_of(held: Held) -> Position:
    """Return where a follower stands as it travels."""
    if held.cursor is None:
        return Position(held.stream, 0, 0, 0)
    return Position(held.stream, *held.cursor.epoch, held.cursor.sequence)
