"""What comes in on the streams: each frame on disk first, then in memory."""

from __future__ import annotations

import sqlite3

from offline_cache.ages import Ages
from offline_cache.cancellations import Cancellations
from offline_cache.listings import Listings
from offline_cache.plan import CATALOGUE, Plan, Plans
from offline_cache.store import Store
from offline_cache.streams import Streams, kind_of, position_of
from offline_cache.uses import Uses
from validator.errors import FrameRefused, FramesMissing
from validator.feed import Delta, Heartbeat, Held, Row, Snapshot, follow, hear, missed, open_frame
from validator.model import DeviceId
from validator.wire.messages import Position


class Intake:
    """Follows the streams, and keeps what memory holds of them.

    Attributes:
        listings: Ticket rows.
        cancellations: Cancellation rows and their set.
        uses: Own check-ins and those of others.
        streams: Where each stream stands.
        ages: How old each source's knowledge is.
        plan: The evening's plan.
        unread: Rows that this version could not read, since the start.
        offered: The gateway was given what a restore may have lost: only then may its new epoch
            replace what is held.

    Args:
        store: The device's file.
        ages: Loaded here.
        device: This device.
        feed_key: Public key of the gateway's seal, 32 bytes.
        code_key: Secret key of plain codes, 32 bytes.
    """

    def __init__(
        self, store: Store, ages: Ages, device: DeviceId, feed_key: bytes, code_key: bytes
    ) -> None:
        self.listings = Listings()
        self.cancellations = Cancellations()
        self.uses = Uses()
        self.ages = ages
        self.unread = 0
        self.offered = False
        self._plans = Plans(device, code_key)
        self.streams = Streams(
            {
                CATALOGUE: self._plans,
                "cancellations": self.cancellations,
                "tickets": self.listings,
                "uses": self.uses,
            }
        )
        self._store = store
        self._feed_key = feed_key
        self._heartbeat: Heartbeat | None = None
        with store.changing() as db:
            ages.load(db)
            self.cancellations.load(db, self._rows_of)
            self.plan: Plan = self._plans.read(db)

    def apply(self, sealed: bytes) -> Position | None:
        """Apply a sealed frame (see `Cache.apply`)."""
        frame = open_frame(sealed, self._feed_key)
        if isinstance(frame, Heartbeat):
            self.heard(frame)
            return None
        with self._store.lock:
            with self._store.changing() as db:
                if isinstance(frame, Delta) and self.streams.knows(db, frame, sealed):
                    # After a gap the gateway may send again what was on its way already.
                    return None
                held = self.streams.held(db, frame.stream)
                self._check_offered(held, frame)
                accepted = follow(held, frame)
                if accepted is None:
                    return None
                if isinstance(frame, Snapshot) and frame.parts > 1:
                    if not self.streams.wait(db, frame, sealed):
                        return None
                    unread = self._take_parts(db, held)
                else:
                    unread = self.streams.take(db, accepted, sealed)
                plan = self._plans.read(db) if frame.stream == CATALOGUE else self.plan
                if not set(plan.streams) <= set(self.plan.streams):
                    # The device stands elsewhere now: what it has not got yet is of unknown age.
                    self.ages.forget()
                    self.ages.keep(db)
            self.plan = plan
            self.unread += unread
            if kind_of(frame.stream) == "cancellations":
                if accepted.replaces:
                    with self._store.changing() as db:
                        self.cancellations.reload(db)
                else:
                    with self._store.reading() as db:
                        self.cancellations.remember(db, accepted.rows)
            return position_of(accepted.held)

    def _rows_of(self, sealed: bytes) -> tuple[Row, ...]:
        frame = open_frame(sealed, self._feed_key)
        return () if isinstance(frame, Heartbeat) else frame.rows

    def _take_parts(self, db: sqlite3.Connection, held: Held) -> int:
        """Take a snapshot whose parts are all there, as if it had come in one."""
        unread = 0
        for sealed in self.streams.waited(db, held.stream):
            frame = open_frame(sealed, self._feed_key)
            assert isinstance(frame, Snapshot)
            accepted = follow(held, frame)
            assert accepted is not None
            unread += self.streams.take(db, accepted, sealed, frame.part)
        return unread

    def _check_offered(self, held: Held, frame: Delta | Snapshot) -> None:
        entered = held.cursor is None or held.cursor.epoch.counter >= frame.cursor.epoch.counter
        if not entered and not self.offered:
            raise FrameRefused(
                f"{frame.stream}: epoch {frame.cursor.epoch.counter} begins, but the gateway has "
                "not asked for what its restore has lost; the old state stays."
            )

    def heard(self, heartbeat: Heartbeat) -> None:
        """Take in a heartbeat (see `Cache.heard`)."""
        with self._store.lock:
            latest = hear(self._heartbeat, heartbeat)
            if latest is None:
                return
            with self._store.reading() as db:
                held = [self.streams.held(db, name) for name in self.plan.streams]
            behind = [at.stream for at in held if missed(at, latest)]
            self._heartbeat = latest
            if all(kind_of(stream) == "uses" for stream in behind):
                self.ages.hear(latest)
                if self.ages.due():
                    with self._store.changing() as db:
                        self.ages.keep(db)
        if behind:
            raise FramesMissing(f"Frames of {', '.join(behind[:5])} are missing; ask for them.")
