"""What a device no longer needs to keep: answered journal rows and old sealed frames.

The last row that goes leaves an anchor: its number and hash, without a body. The chain goes on
from there as it does behind a gap (ADR 0011), so that heads verify, rows can be owed again and a
damaged cache can be mended. Frames go up to where their stream stood when they were old enough;
the stream's cursor and digest stay, and so does everything that the frames brought.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from offline_cache.file.database import Store
from offline_cache.journal.conflicts import Conflicts
from offline_cache.journal.journal import ACKNOWLEDGED, GAP
from validator.clock import DAY_MS, Instant
from validator.model import CheckIn
from validator.wire.codec import unpack

AT_ONCE = 500
"""Most journal rows that go in one transaction: a scan may be waiting for the disk."""


class Retention:
    """Drops what is answered and old.

    Args:
        store: The device's file.
        conflicts: Go with the entries that they are about.
    """

    def __init__(self, store: Store, conflicts: Conflicts) -> None:
        self._store = store
        self._conflicts = conflicts
        # A life before may have ended before its log was emptied.
        self._in_log = True

    def forget(self, before: Instant, now: Instant) -> int:
        """Drop answered journal rows, frames and conflicts older than `before`.

        What is owed stays, with every row after it.

        Args:
            before: By the gateway's clock.
            now: The gateway's clock.

        Returns:
            How many journal rows went.

        Raises:
            CacheError: The disk can't be read or written.
        """
        gone = 0
        with self._overwriting():
            while dropped := self._drop_rows(before):
                gone += dropped
                self._in_log = True
            with self._store.changing() as db:
                self._in_log |= _drop_frames(db, before)
                _mark(db, now)
            self._in_log |= self._conflicts.forget(before)
        if self._in_log:
            self._in_log = not self._store.checkpoint()
        return gone

    @contextmanager
    def _overwriting(self) -> Iterator[None]:
        """Have zeros written over what is deleted; the log holds it until it is emptied."""
        with self._store.reading() as db:
            db.execute("PRAGMA secure_delete = ON")
        try:
            yield
        finally:
            with self._store.reading() as db:
                db.execute("PRAGMA secure_delete = OFF")

    def _drop_rows(self, before: Instant) -> int:
        with self._store.changing() as db:
            last, rows = _last_old(db, before)
            if not rows:
                return 0
            # A row's own use outlives it until the stream tells of it, or of its end.
            db.execute("UPDATE own_uses SET event = :last WHERE event < :last", {"last": last})
            db.execute("DELETE FROM journal WHERE sequence < ?", (last,))
            db.execute(
                "UPDATE journal SET body = x'', id = ?, kind = ?, of = NULL, ticket = NULL,"
                " passes = 0, state = ?, why = '' WHERE sequence = ?",
                (f"{GAP}-{last}", GAP, ACKNOWLEDGED, last),
            )
            db.execute(
                "DELETE FROM own_uses WHERE event <= ? AND gone <>"
                " EXISTS (SELECT 1 FROM uses WHERE key = CAST(own_uses.id AS BLOB))",
                (last,),
            )
            return rows


def _last_old(db: sqlite3.Connection, before: Instant) -> tuple[int, int]:
    """Return the last row to go and how many go with it, the anchor of last time not counted."""
    last = rows = 0
    oldest = db.execute(
        "SELECT sequence, state, body FROM journal ORDER BY sequence LIMIT ?", (AT_ONCE + 1,)
    )
    for sequence, state, body in oldest:
        if state == 0 or (body and unpack(CheckIn, body).corrected >= before):
            break
        if last or body:
            rows += 1
        last = sequence
    return last, rows


def _drop_frames(db: sqlite3.Connection, before: Instant) -> bool:
    """Drop what the marks name; return whether there were any."""
    old = db.execute(
        "SELECT stream, counter, random, sequence FROM marks WHERE at < ? ORDER BY at", (before,)
    ).fetchall()
    db.executemany(
        "DELETE FROM frames WHERE stream = ? AND counter = ? AND random = ? AND sequence <= ?", old
    )
    db.execute("DELETE FROM marks WHERE at < ?", (before,))
    return bool(old)


def _mark(db: sqlite3.Connection, now: Instant) -> None:
    """Note where the streams stand, unless that was done within a day."""
    db.execute(
        "INSERT INTO marks SELECT id, counter, random, sequence, :now FROM streams"
        " WHERE stage = 'live'"
        " AND NOT EXISTS (SELECT 1 FROM marks WHERE stream = streams.id AND at > :now - :day)",
        {"now": now, "day": DAY_MS},
    )
