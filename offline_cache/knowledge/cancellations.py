"""Cancelled, exchanged, suspended and blocked: on disk in full, in memory to ask first."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator

from offline_cache.knowledge import cancellation_image as image
from validator.clock import Instant
from validator.errors import WireError
from validator.feed import Row
from validator.feed.names import CANCELLATIONS
from validator.model import Ref, Revocation, RevocationKind
from validator.revocation import RevocationSet
from validator.wire.rows import read_ref, read_revocation, ref_key

_KINDS = {kind.value[:1].encode(): kind for kind in RevocationKind}
"""By the first byte of a row's key (see `validator.wire.rows.revocation_key`)."""


class Cancellations:
    """The table `cancellations`, inside a transaction that the caller holds, and their sets.

    Each generation of rows has its set, which is changed by `remember` and `load` only, after the
    transaction is on disk. A set that does not count yet, or no more, costs a question to the disk.
    """

    def __init__(self) -> None:
        self._sets: dict[int, RevocationSet] = {}

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
        """Fill the sets at a start, from their images where there are any.

        Args:
            db: Connection.
            rows_of: Opens a sealed delta.
        """
        streams = db.execute(
            "SELECT id FROM streams WHERE name GLOB ? AND stage = 'live'", (f"{CANCELLATIONS}.*",)
        )
        for (stream,) in streams.fetchall():
            kept = image.load(db, stream)
            self._sets[stream], deltas = kept or (_built(db, stream), [])
            for sealed in deltas:
                self.remember(stream, rows_of(sealed))
            if kept is None or len(deltas) > image.MOST_DELTAS:
                image.save(db, stream, self._sets[stream])

    def remember(self, stream: int, rows: Iterable[Row]) -> None:
        """Change a generation's set as `write` has changed the disk."""
        revocations = self._sets.setdefault(stream, RevocationSet())
        for key, value in rows:
            revocation = _read(key, value) if value is not None else None
            if revocation is not None:
                revocations.add(revocation)
            elif value is None and _is_key(key):
                revocations.lift(read_ref(key[1:]), _KINDS[key[:1]])

    def image(self, stream: int) -> Iterator[bytes]:
        """Yield the image of a generation's set, in parts."""
        return image.parts(self._sets.get(stream, RevocationSet()))

    def forget(self, stream: int) -> None:
        """Drop the set of a generation that counts no more."""
        self._sets.pop(stream, None)

    def of(self, db: sqlite3.Connection, targets: Iterable[Ref]) -> tuple[Revocation, ...]:
        """Return the revocations of any of these, each once; the disk is asked on a hit only."""
        asked = tuple(dict.fromkeys(targets))
        if not any(revocations.hits(*asked) for revocations in self._sets.values()):
            return ()
        found: dict[bytes, Revocation] = {}
        for target in asked:
            rows = db.execute(
                "SELECT key, value FROM cancellations CROSS JOIN streams ON id = stream"
                " WHERE target = ? AND stage = 'live'",
                (ref_key(target),),
            )
            found |= {key: read_revocation(key, value) for key, value in rows}
        return tuple(found.values())


def _built(db: sqlite3.Connection, stream: int) -> RevocationSet:
    rows = db.execute("SELECT target, key FROM cancellations WHERE stream = ?", (stream,))
    return RevocationSet.from_rows(
        Revocation(read_ref(target), _KINDS[key[:1]], Instant(0)) for target, key in rows
    )


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
