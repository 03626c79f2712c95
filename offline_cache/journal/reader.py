"""A device's journal as it lies on disk, to be looked through and handed out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from offline_cache.file.database import Store
from validator.model import CheckIn
from validator.wire.codec import unpack
from validator.wire.journal import GENESIS, row_hash

AT_ONCE = 500
"""Rows that are read in one go."""


class State(IntEnum):
    """What became of a row."""

    OWED = 0
    ACKNOWLEDGED = 1
    REJECTED = 2


@dataclass(frozen=True, slots=True)
class Written:
    """One row.

    Args:
        sequence: Its number.
        previous: Hash of the row before, 32 bytes.
        hash: Its own, 32 bytes.
        state: What became of it.
        why: Reason of a rejection, else empty.
        event: What it says; None = an anchor or gap, the rows up to it are not here.
        fits: Its body fits its hash.
    """

    sequence: int
    previous: bytes
    hash: bytes
    state: State
    why: str
    event: CheckIn | None
    fits: bool


class JournalReader:
    """The journal of a cache that nobody else has open.

    Args:
        store: The device's file.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def rows(self) -> Iterator[Written]:
        """Yield every row, oldest first.

        Raises:
            CacheError: The disk can't be read.
            WireError: A row is of a newer version.
        """
        last = 0
        while True:
            with self._store.reading() as db:
                found = db.execute(
                    "SELECT sequence, previous, hash, state, why, body FROM journal"
                    " WHERE sequence > ? ORDER BY sequence LIMIT ?",
                    (last, AT_ONCE),
                ).fetchall()
            for sequence, previous, hash, state, why, body in found:
                fits = not body or row_hash(previous, body) == hash
                event = unpack(CheckIn, body) if body and fits else None
                yield Written(sequence, previous, hash, State(state), why, event, fits)
                last = sequence
            if not found:
                return

    def broken(self) -> int | None:
        """Return the first row that does not hang on the one before; None = the chain is whole.

        Raises:
            CacheError: The disk can't be read.
            WireError: A row is of a newer version.
        """
        last, hash = 0, GENESIS
        for row in self.rows():
            skips = row.event is None and row.fits
            placed = row.sequence == last + 1 or skips
            # What the first anchor hangs on went with the rows before it.
            linked = row.previous == hash or (skips and not last)
            if not (row.fits and placed and linked):
                return row.sequence
            last, hash = row.sequence, row.hash
        return None
