"""Cancelled, exchanged, suspended and blocked: on disk in full, in memory to ask first."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable

from offline_cache import image
from validator.clock import Instant
from validator.errors import WireError
from validator.feed import Row
from validator.model import Ref, Revocation, RevocationKind
from validator.revocation import RevocationSet
from validator.wire.rows import read_ref, read_revocation, ref_key

_KINDS = {kind.value[:1].encode(): kind for kind in RevocationKind}
"""By the first byte of a row's key (see `validator.wire.rows.revocation_key`)."""


class Cancellations:
    """The table `cancellations`, inside a transaction that the caller holds, and its set.

    The set is changed by `remember` and `reload` only, after the transaction is on disk.
    """

    def __init__(self) -> None:
        self._set = RevocationSet()

    def clear(self, db: sqlite3.Connection, stream: int) -> None:
        """Drop every row of a stream."""
        image.drop(db)
        db.execute("DELETE FROM cancellations WHERE stream = ?", (stream,))

    def write(self, db: sqlite3.Connection, stream: int, rows: Iterable[Row]) -> int:
        """Apply rows; return how many could not be read and were left out."""
        put: list[tuple[int, bytes, bytes, bytes]] = []
        dropped: list[tuple[bytes, bytes, int]] = []
        unread = 0
        for key, value in rows:
            if value is None:
                dropped.append((key[1:], key, stream))
            elif _read(key, value) is None:
                unread += 1
            else:
                put.append((stream, key[1:], key, value))
        db.executemany(
            "DELETE FROM cancellations WHERE target = ? AND key = ? AND stream = ?", dropped
        )
        db.executemany("INSERT OR REPLACE INTO cancellations VALUES (?, ?, ?, ?)", put)
        return unread

    def load(self, db: sqlite3.Connection, rows_of: Callable[[bytes], Iterable[Row]]) -> None:
        """Fill the set at a start, from its image if there is one.

        Args:
            db: Connection.
            rows_of: Opens a sealed delta.
        """
        kept = image.load(db)
        if kept is None:
            self.reload(db)
            return
        self._set, deltas = kept
        for sealed in deltas:
            self.remember(db, rows_of(sealed))
        if len(deltas) > image.MOST_DELTAS:
            image.save(db, self._set)

    def reload(self, db: sqlite3.Connection) -> None:
        """Fill the set from its rows, and keep its image."""
        rows = db.execute("SELECT target, key FROM cancellations")
        self._set = RevocationSet.from_rows(
            Revocation(read_ref(target), _KINDS[key[:1]], Instant(0)) for target, key in rows
        )
        image.save(db, self._set)

    def remember(self, db: sqlite3.Connection, rows: Iterable[Row]) -> None:
        """Change the set as `write` has changed the disk."""
        for key, value in rows:
            revocation = _read(key, value) if value is not None else None
            if revocation is not None:
                self._set.add(revocation)
            elif value is None and not self._stands(db, key):
                self._set.lift(read_ref(key[1:]), _KINDS[key[:1]])

    def of(self, db: sqlite3.Connection, targets: Iterable[Ref]) -> tuple[Revocation, ...]:
        """Return the revocations of any of these, each once; the disk is asked on a hit only."""
        asked = tuple(dict.fromkeys(targets))
        if not self._set.hits(*asked):
            return ()
        found: dict[bytes, Revocation] = {}
        for target in asked:
            rows = db.execute(
                "SELECT key, value FROM cancellations WHERE target = ?", (ref_key(target),)
            )
            found |= {key: read_revocation(key, value) for key, value in rows}
        return tuple(found.values())

    def _stands(self, db: sqlite3.Connection, key: bytes) -> bool:
        """Tell whether a revocation still stands in another stream, or never could be read."""
        row = db.execute(
            "SELECT 1 FROM cancellations WHERE target = ? AND key = ?", (key[1:], key)
        ).fetchone()
        return row is not None or not _is_key(key)


def _is_key(key: bytes) -> bool:
    try:
        read_ref(key[1:])
    except WireError:
        return False
    return key[:1] in _KINDS


def _read(key: bytes, value: bytes) -> Revocation | None:
    try:
        revocation = read_revocation(key, value)
    except WireError:
        return None
    return revocation if _KINDS.get(key[:1]) is revocation.kind else None
