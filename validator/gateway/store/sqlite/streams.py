"""Numbered streams: heads, rows, sealed frames."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from itertools import islice

from validator.feed import Cursor, Epoch, Row, StreamHead

KEPT_FRAMES = 20_000
"""Most frames that are kept of one stream; who is further behind takes a snapshot."""

ASKED = 500
"""Most rows that are asked for by one statement."""


class SqliteStreams:
    """Tables `epoch`, `streams`, `stream_rows` and `frames`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._run = connection.execute
        self._many = connection.executemany

    def epoch(self) -> Epoch | None:
        """Return the store's present epoch, None before the first."""
        row = self._run("SELECT counter, random FROM epoch").fetchone()
        return Epoch(row[0], int.from_bytes(row[1], "big")) if row else None

    def enter(self, epoch: Epoch) -> None:
        """Begin an epoch of the store."""
        self._run(
            "INSERT INTO epoch (only, counter, random) VALUES (1, ?, ?) ON CONFLICT (only)"
            " DO UPDATE SET counter = excluded.counter, random = excluded.random",
            (epoch.counter, epoch.random.to_bytes(8, "big")),
        )
        self._run("UPDATE streams SET sequence = 0")
        self._run("DELETE FROM frames")

    def head(self, stream: str) -> StreamHead:
        """Return where a stream stands."""
        row = self._run("SELECT sequence, digest FROM streams WHERE name = ?", (stream,)).fetchone()
        epoch = self.epoch()
        if row is None or epoch is None:
            return StreamHead.empty(stream)
        return StreamHead(stream, Cursor(epoch, row[0]), row[1])

    def positions(self) -> tuple[StreamHead, ...]:
        """Return where every stream stands."""
        epoch = self.epoch()
        if epoch is None:
            return ()
        rows = self._run("SELECT name, sequence, digest FROM streams ORDER BY name")
        return tuple(StreamHead(name, Cursor(epoch, seq), digest) for name, seq, digest in rows)

    def changed(self, stream: str, rows: Iterable[Row]) -> tuple[Row, ...]:
        """Leave out the rows that would change nothing; of one key the last one counts."""
        last = dict(rows)
        head: dict[bytes, bytes] = {}
        keys = iter(last)
        while part := tuple(islice(keys, ASKED)):
            marks = ",".join("?" * len(part))
            head |= self._run(
                f"SELECT key, value FROM stream_rows WHERE stream = ? AND key IN ({marks})",
                (stream, *part),
            )
        return tuple((key, value) for key, value in last.items() if head.get(key) != value)

    def write(self, head: StreamHead, rows: Iterable[Row], sealed: bytes) -> None:
        """Append a frame and carry its rows out."""
        assert head.cursor is not None
        stream, sequence = head.stream, head.cursor.sequence
        gone: list[tuple[str, bytes]] = []
        kept: list[tuple[str, bytes, bytes]] = []
        for key, value in rows:
            if value is None:
                gone.append((stream, key))
            else:
                kept.append((stream, key, value))
        self._many("DELETE FROM stream_rows WHERE stream = ? AND key = ?", gone)
        self._many("INSERT OR REPLACE INTO stream_rows VALUES (?, ?, ?)", kept)
        self._run("INSERT INTO frames VALUES (?, ?, ?)", (stream, sequence, sealed))
        self._run(
            "DELETE FROM frames WHERE stream = ? AND sequence <= ?",
            (stream, sequence - KEPT_FRAMES),
        )
        self._run(
            "INSERT INTO streams VALUES (?, ?, ?) ON CONFLICT (name)"
            " DO UPDATE SET sequence = excluded.sequence, digest = excluded.digest",
            (stream, sequence, head.digest),
        )

    def rows(self, stream: str) -> tuple[tuple[bytes, bytes], ...]:
        """Return all rows of a stream, sorted by key."""
        return tuple(
            self._run("SELECT key, value FROM stream_rows WHERE stream = ? ORDER BY key", (stream,))
        )

    def frames(self, stream: str, after: int, limit: int) -> tuple[bytes, ...] | None:
        """Return the frames that follow a sequence, None if they are too many or not kept."""
        rows = self._run(
            "SELECT sequence, sealed FROM frames WHERE stream = ? AND sequence > ?"
            " ORDER BY sequence LIMIT ?",
            (stream, after, limit + 1),
        ).fetchall()
        if len(rows) > limit or (rows and rows[0][0] != after + 1):
            return None
        return tuple(sealed for _, sealed in rows)

    def cut(self) -> int:
        """Return the journal's sequence up to which the uses streams are published."""
        row = self._run("SELECT cut FROM epoch").fetchone()
        return int(row[0]) if row else 0

    def move_cut(self, sequence: int) -> None:
        """Move it."""
        self._run("UPDATE epoch SET cut = ?", (sequence,))
