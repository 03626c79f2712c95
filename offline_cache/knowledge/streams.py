"""Where each stream stands and the sealed frames it came in, with the rows they brought."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Protocol

from offline_cache.knowledge.generations import fresh, switch
from validator.errors import FrameRefused
from validator.feed import Cursor, Delta, Epoch, Row, Snapshot, StreamHead
from validator.feed.names import kind_of
from validator.keys import SIGNATURE_BYTES
from validator.wire.messages import Position

LARGEST = (1 << 63) - 1
"""Largest number that an SQLite column holds. Source: SQLite, datatypes, INTEGER."""


class Rows(Protocol):
    """The table of one kind of streams."""

    def write(self, db: sqlite3.Connection, stream: int, rows: tuple[Row, ...]) -> int:
        """Apply rows to a generation; return how many could not be read and were left out."""
        ...


class Streams:
    """The tables `streams` and `frames`, inside a transaction that the caller holds.

    Args:
        tables: Where rows go, by kind of stream (`tickets` of `tickets.5`).
    """

    def __init__(self, tables: Mapping[str, Rows]) -> None:
        self._tables = tables

    def held(self, db: sqlite3.Connection, name: str) -> StreamHead:
        """Return where a stream stands."""
        row = db.execute(
            "SELECT counter, random, sequence, digest FROM streams WHERE name = ?", (name,)
        ).fetchone()
        if row is None:
            return StreamHead.empty(name)
        counter, random, sequence, digest = row
        return StreamHead(
            name, Cursor(Epoch(counter, int.from_bytes(random, "big")), sequence), digest
        )

    def check(self, frame: Delta | Snapshot) -> None:
        """Check that a frame can be written.

        Raises:
            FrameRefused: The stream is of no kind that is known here, or the cursor too far on.
        """
        if kind_of(frame.stream) not in self._tables:
            raise FrameRefused("A frame of an unknown stream came; it is dropped.")
        if max(frame.cursor.epoch.counter, frame.cursor.sequence) > LARGEST:
            raise FrameRefused(f"{frame.stream}: a cursor is out of range; the old state stays.")

    def apply(
        self, db: sqlite3.Connection, frame: Delta | Snapshot, held: StreamHead, sealed: bytes
    ) -> tuple[int, int]:
        """Write a frame's rows, where the stream stands after it, and the frame itself.

        Args:
            db: Connection.
            frame: A delta, or a snapshot that came in one.
            held: Where the follower stands after it.
            sealed: The frame as it came.

        Returns:
            The generation that they went to, and how many could not be read and were left out.
        """
        if isinstance(frame, Snapshot):
            switch(db, frame.stream, fresh(db, frame.stream))
            db.execute("DELETE FROM waiting WHERE stream = ?", (frame.stream,))
        (id,) = db.execute("SELECT id FROM streams WHERE name = ?", (frame.stream,)).fetchone()
        self.move_to(db, id, held)
        self.keep_frame(db, id, frame, sealed)
        return id, self.write(db, id, frame.stream, frame.rows)

    def move_to(self, db: sqlite3.Connection, id: int, held: StreamHead) -> None:
        """Write down where a generation stands."""
        assert held.cursor is not None
        db.execute(
            "UPDATE streams SET counter = ?, random = ?, sequence = ?, digest = ? WHERE id = ?",
            (*_place(held.cursor), held.digest, id),
        )

    def keep_frame(
        self, db: sqlite3.Connection, id: int, frame: Delta | Snapshot, sealed: bytes
    ) -> None:
        """Keep a frame with the generation that its rows went to."""
        part = frame.part if isinstance(frame, Snapshot) else 0
        place = _place(frame.cursor)
        db.execute("INSERT INTO frames VALUES (?, ?, ?, ?, ?, ?)", (id, *place, part, sealed))

    def write(self, db: sqlite3.Connection, id: int, name: str, rows: tuple[Row, ...]) -> int:
        """Write rows to a generation; return how many could not be read and were left out."""
        return self._tables[kind_of(name)].write(db, id, rows)

    def park(self, db: sqlite3.Connection, frame: Snapshot, sealed: bytes) -> bool:
        """Keep a part of a snapshot until all are there; return whether they are now.

        Parts of another snapshot of the stream are dropped: what came last is what is sent now.
        """
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

    def parked(self, db: sqlite3.Connection, name: str, part: int) -> bytes:
        """Return a part that waits."""
        row = db.execute(
            "SELECT sealed FROM waiting WHERE stream = ? AND part = ?", (name, part)
        ).fetchone()
        return bytes(row[0])

    def unpark(self, db: sqlite3.Connection, name: str, part: int) -> None:
        """Forget a part that waited."""
        db.execute("DELETE FROM waiting WHERE stream = ? AND part = ?", (name, part))

    def has_frame(self, db: sqlite3.Connection, frame: Delta, sealed: bytes) -> bool:
        """Tell whether this very change was applied and is still kept, under whichever seal."""
        cursor = frame.cursor
        if max(cursor.epoch.counter, cursor.sequence) > LARGEST:
            return False
        row = db.execute(
            "SELECT 1 FROM frames JOIN streams ON streams.id = frames.stream WHERE name = ?"
            " AND frames.counter = ? AND frames.random = ? AND frames.sequence = ?"
            " AND substr(sealed, ?) = ?",
            (frame.stream, *_place(cursor), SIGNATURE_BYTES + 1, sealed[SIGNATURE_BYTES:]),
        ).fetchone()
        return row is not None


def _place(cursor: Cursor) -> tuple[int, bytes, int]:
    return cursor.epoch.counter, cursor.epoch.random.to_bytes(8, "big"), cursor.sequence


def position_of(held: StreamHead) -> Position:
    """Return where a follower stands as it travels."""
    if held.cursor is None:
        return Position(held.stream, 0, 0, 0)
    return Position(held.stream, *held.cursor.epoch, held.cursor.sequence)
