"""What comes in on the streams: each frame on disk first, then in memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from threading import Lock

from offline_cache.file.database import Store
from offline_cache.file.seals import Seals
from offline_cache.knowledge.ages import Ages
from offline_cache.knowledge.cancellations import Cancellations
from offline_cache.knowledge.catalogue import CatalogueTable, DevicePlace
from offline_cache.knowledge.generations import Sweep, sweep
from offline_cache.knowledge.listings import Listings
from offline_cache.knowledge.snapshot_loading import SnapshotLoad
from offline_cache.knowledge.streams import Streams, position_of
from offline_cache.knowledge.uses import Uses
from validator.errors import FrameRefused, FramesMissing
from validator.feed import (
    Accepted,
    Delta,
    Heartbeat,
    Row,
    Snapshot,
    StreamHead,
    follow,
    hear,
    missed,
    open_frame,
    reopen_frame,
)
from validator.feed.names import CANCELLATIONS, CATALOGUE, TICKETS, USES, kind_of
from validator.model import DeviceId
from validator.wire.messages import Position

AT_ONCE = 200
"""Rows of a snapshot that is taken in one transaction: a few milliseconds."""


class Intake:
    """Follows the streams, and keeps what memory holds of them.

    Attributes:
        listings: Ticket rows.
        cancellations: Cancellation rows and their set.
        uses: Own check-ins and those of others.
        ages: How old each source's knowledge is.
        place: The evening's plan, and where this device stands in it.
        unread: Rows that this version could not read, since the start.
        offered: The gateway was given what a restore may have lost: only then may its new epoch
            replace what is held.

    Args:
        store: The device's file.
        ages: Loaded here.
        device: This device.
        seals: Keys of the gateway's feed.
        code_key: Secret key of plain codes, 32 bytes.
    """

    def __init__(
        self, store: Store, ages: Ages, device: DeviceId, seals: Seals, code_key: bytes
    ) -> None:
        self.listings = Listings()
        self.cancellations = Cancellations()
        self.uses = Uses()
        self.ages = ages
        self.unread = 0
        self.offered = False
        self._table = CatalogueTable(device, code_key)
        self._streams = Streams(
            {
                CATALOGUE: self._table,
                CANCELLATIONS: self.cancellations,
                TICKETS: self.listings,
                USES: self.uses,
            }
        )
        self._store = store
        self._seals = seals
        self._heartbeat: Heartbeat | None = None
        self._turn = Lock()
        self._loads: dict[str, SnapshotLoad] = {}
        self._sweeping = True
        self._swept: Sweep | None = None
        with store.changing() as db:
            ages.load(db)
            self.cancellations.load(db, self._rows_of)
            self.place: DevicePlace = self._table.read(db)

    @property
    def busy(self) -> bool:
        """Whether there is something left for `go_on`."""
        return bool(self._loads) or self._sweeping

    def positions(self, streams: Iterable[str]) -> tuple[Position, ...]:
        """Return where each of the named streams stands.

        Raises:
            CacheError: The disk can't be read.
        """
        with self._store.reading() as db:
            return tuple(position_of(self._streams.held(db, name)) for name in streams)

    def apply(self, sealed: bytes) -> Position | None:
        """Apply a sealed frame: rows, cursor and digest in one transaction, then memory.

        Args:
            sealed: A delta, snapshot or heartbeat from anywhere.

        Returns:
            Where its stream stands now; None if nothing changed (a replay, a heartbeat), or not
            yet: a snapshot of more than 200 rows is taken by `go_on`.

        Raises:
            FramesMissing: Something lies between: ask for the streams from their positions on.
            FrameRefused: Forged, rolled back, or of another chain; the old state stays.
            CacheError: It is not on disk; the old state stays.
        """
        frame = open_frame(sealed, *self._seals.ring.accepted)
        if isinstance(frame, Heartbeat):
            self._hear(frame)
            return None
        with self._turn, self._store.lock:
            load = self._loads.get(frame.stream)
            if load is not None and (isinstance(frame, Delta) or load.is_of(frame)):
                # What comes after the snapshot is asked for when that counts.
                return None
            if isinstance(frame, Snapshot) and (frame.parts > 1 or len(frame.rows) > AT_ONCE):
                self._park(frame, sealed)
                return None
            return self._take(frame, sealed)

    def go_on(self) -> Position | None:
        """Take a piece of a large snapshot, or sweep old rows.

        Returns:
            Where a stream stands now, with a snapshot's last piece.

        Raises:
            CacheError: It is not on disk; the old state stays.
        """
        with self._turn:
            if not self._loads:
                self._sweep()
                return None
            name, load = next(iter(self._loads.items()))
            try:
                return self._finish(load) if load.piece() else None
            except BaseException:
                # The gateway will send it again; what was written is swept.
                self._drop(name)
                raise

    def _sweep(self) -> None:
        with self._store.lock:
            with self._store.marking() as db:
                swept = sweep(db, self._swept)
            self._swept, self._sweeping = swept, swept is not None
            if swept is not None:
                self.cancellations.forget(swept.id)

    def _park(self, frame: Snapshot, sealed: bytes) -> None:
        with self._store.changing() as db:
            accepted = self._accepted(db, frame)
            complete = accepted is not None and self._streams.park(db, frame, sealed)
        if accepted is not None:
            # Another snapshot comes than the one that is being taken.
            self._drop(frame.stream)
        if accepted is not None and complete:
            self._loads[frame.stream] = SnapshotLoad(
                self._store, self._streams, self.cancellations, frame, accepted.head
            )

    def _take(self, frame: Delta | Snapshot, sealed: bytes) -> Position | None:
        with self._store.changing() as db:
            if isinstance(frame, Delta) and self._streams.has_frame(db, frame, sealed):
                # After a gap the gateway may send again what was on its way already.
                return None
            accepted = self._accepted(db, frame)
            if accepted is None:
                return None
            id, unread = self._streams.apply(db, frame, accepted.head, sealed)
            place = self._placed(db, frame.stream)
        if accepted.replaces:
            self._drop(frame.stream)
        if kind_of(frame.stream) == CANCELLATIONS:
            self.cancellations.remember(id, accepted.rows)
        return self._entered(place, accepted.head, unread)

    def _finish(self, load: SnapshotLoad) -> Position:
        held = load.held
        with self._store.lock:
            with self._store.changing() as db:
                load.finish(db)
                place = self._placed(db, held.stream)
            self._drop(held.stream)
            return self._entered(place, held, load.unread)

    def _entered(self, place: DevicePlace, held: StreamHead, unread: int) -> Position:
        self.place = place
        self.unread += unread
        return position_of(held)

    def _drop(self, name: str) -> None:
        """Take no longer what was being taken; rows that count no more are to be swept."""
        self._loads.pop(name, None)
        self._sweeping = True

    def _accepted(self, db: sqlite3.Connection, frame: Delta | Snapshot) -> Accepted | None:
        held = self._streams.held(db, frame.stream)
        self._check_offered(held, frame)
        accepted = follow(held, frame)
        if accepted is not None:
            self._streams.check(frame)
        return accepted

    def _placed(self, db: sqlite3.Connection, stream: str) -> DevicePlace:
        place = self._table.read(db) if stream == CATALOGUE else self.place
        if not set(place.streams) <= set(self.place.streams):
            # The device stands elsewhere now: what it has not got yet is of unknown age.
            self.ages.forget()
            self.ages.keep(db)
        return place

    def _rows_of(self, sealed: bytes) -> tuple[Row, ...]:
        frame = reopen_frame(sealed)
        return () if isinstance(frame, Heartbeat) else frame.rows

    def _check_offered(self, held: StreamHead, frame: Delta | Snapshot) -> None:
        entered = held.cursor is None or held.cursor.epoch.counter >= frame.cursor.epoch.counter
        if not entered and not self.offered:
            raise FrameRefused(
                f"{frame.stream}: epoch {frame.cursor.epoch.counter} begins, but the gateway has "
                "not asked for what its restore has lost; the old state stays."
            )

    def _hear(self, heartbeat: Heartbeat) -> None:
        """Take in a heartbeat; the ages that it tells count unless a frame before it is missing.

        Raises:
            FramesMissing: One is, of any stream.
            FrameRefused: It is older than the last one, or of an earlier epoch.
        """
        with self._store.lock:
            latest = hear(self._heartbeat, heartbeat)
            if latest is None:
                return
            with self._store.reading() as db:
                held = [self._streams.held(db, name) for name in self.place.streams]
            behind = {at.stream for at in held if missed(at, latest)}
            self._heartbeat = latest
            if all(kind_of(stream) == USES for stream in behind):
                self.ages.hear(latest)
                if self.ages.due():
                    with self._store.changing() as db:
                        self.ages.keep(db)
            # What is being taken is not asked for once more.
            lost = sorted(behind - set(self._loads))
        if lost:
            raise FramesMissing(f"Frames of {', '.join(lost[:5])} are missing; ask for them.")
