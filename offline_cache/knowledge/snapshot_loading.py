"""A large snapshot that is being taken: piece by piece, apart from the rows that count."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from offline_cache.file.database import Store
from offline_cache.knowledge import cancellation_image as image
from offline_cache.knowledge.cancellations import Cancellations
from offline_cache.knowledge.generations import fresh, switch
from offline_cache.knowledge.streams import Streams
from validator.feed import Row, Snapshot, StreamHead, reopen_frame
from validator.feed.names import CANCELLATIONS, kind_of

PIECE = 32
"""Rows in one transaction: about a millisecond, which a scan may have to wait."""


class SnapshotLoad:
    """Takes the parts that wait for it, into a generation of their own.

    Args:
        store: The device's file.
        streams: Where the parts wait.
        cancellations: Gets the new set, if it is a stream of those.
        frame: Any part of the snapshot.
        held: Where the stream will stand.

    Attributes:
        held: Where the stream will stand.
        unread: Rows so far that this version could not read.
    """

    def __init__(
        self,
        store: Store,
        streams: Streams,
        cancellations: Cancellations,
        frame: Snapshot,
        held: StreamHead,
    ) -> None:
        self.held = held
        self.unread = 0
        self._generation = 0
        self._store = store
        self._streams = streams
        self._cancellations = cancellations
        self._parts = frame.parts
        self._pieces = self._write()

    def is_of(self, frame: Snapshot) -> bool:
        """Tell whether a part is of this snapshot."""
        return (frame.cursor, frame.digest, frame.parts) == (
            self.held.cursor,
            self.held.digest,
            self._parts,
        )

    def piece(self) -> bool:
        """Do the next piece; return whether only `finish` is left to do.

        Raises:
            CacheError: The disk does not take it; begin anew.
        """
        return next(self._pieces, None) is None

    def finish(self, db: sqlite3.Connection) -> None:
        """Let the new rows count."""
        switch(db, self.held.stream, self._generation)
        self._streams.move_to(db, self._generation, self.held)

    def _write(self) -> Iterator[bool]:
        name, store = self.held.stream, self._store
        # Not synced: what finishes it is, and makes the pieces before it durable too.
        with store.marking() as db:
            self._generation = id = fresh(db, name)
        for part in range(self._parts):
            with store.reading() as db:
                sealed = self._streams.parked(db, name, part)
            frame = reopen_frame(sealed)
            assert isinstance(frame, Snapshot)
            yield True
            for start in range(0, len(frame.rows), PIECE):
                self._put(id, frame.rows[start : start + PIECE])
                yield True
            with store.marking() as db:
                self._streams.keep_frame(db, id, frame, sealed)
                self._streams.unpark(db, name, part)
            yield True
        if kind_of(name) == CANCELLATIONS:
            assert self.held.cursor is not None
            for part, bytes_ in enumerate(self._cancellations.image(id)):
                with store.marking() as db:
                    image.write(db, id, self.held.cursor.sequence, part, bytes_)
                yield True

    def _put(self, id: int, rows: tuple[Row, ...]) -> None:
        with self._store.lock:
            with self._store.marking() as db:
                self.unread += self._streams.write(db, id, self.held.stream, rows)
            if kind_of(self.held.stream) == CANCELLATIONS:
                self._cancellations.remember(id, rows)
