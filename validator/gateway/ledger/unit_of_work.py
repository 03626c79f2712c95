"""One item of the committer's work, inside the open transaction, and what it will have told."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from validator.clock import Instant
from validator.errors import FixRequest
from validator.feed import Row, begin, cut, extend, is_stream, seal
from validator.feed.names import CATALOGUE
from validator.gateway.host.feed_keys import FeedKeys
from validator.gateway.ledger.catalogue_cache import CatalogueCache
from validator.gateway.store.port import Session
from validator.model import Catalogue, Conflict, DeviceId, Entry, Gate
from validator.wire.rows import entry_row


@dataclass(slots=True)
class UnitOfWork:
    """What an item may use, and what is told to others once it is committed.

    Args:
        session: The open transaction.
        cache: Catalogue, keys and ages.
        feed: Seal frames.
        now: Gateway's wall clock at the beginning of the transaction.
        frames: Stream and sealed frame, in order.
        conflicts: Conflicts found, with the devices to tell.
        journaled: Events were added.
        owes: The outbox has gained rows.
        until_s: When its turn is over, on `time.perf_counter`.
    """

    session: Session
    cache: CatalogueCache
    feed: FeedKeys
    now: Instant
    frames: list[tuple[str, bytes]] = field(default_factory=list)
    conflicts: list[tuple[Conflict, tuple[DeviceId, ...]]] = field(default_factory=list)
    journaled: bool = False
    owes: bool = False
    until_s: float = math.inf

    @property
    def late(self) -> bool:
        """Whether its turn is over: what can be left is done in another one."""
        return time.perf_counter() > self.until_s

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue, as the transaction sees it."""
        return self.cache.catalogue(self.session)

    def gate(self, id: str) -> Gate:
        """Return a gate.

        Raises:
            FixRequest: There is none of that id.
        """
        gate = self.catalogue.gates.get(id)
        if gate is None:
            known = ", ".join(sorted(self.catalogue.gates)) or "none yet"
            raise FixRequest(f"There is no gate '{id[:40]}'; there are: {known}.")
        return gate

    def publish(self, stream: str, rows: Iterable[Row]) -> None:
        """Put changes on a stream, in as many frames as they need; nothing if nothing changes.

        A stream that can't be named (no performance is known) is left out.
        """
        if not is_stream(stream):
            return
        streams = self.session.streams
        epoch = streams.epoch()
        if epoch is None:
            raise FixRequest("The store has no epoch yet; start the committer first.")
        head = begin(streams.head(stream), epoch)
        for part in cut(streams.changed(stream, rows)):
            delta, head = extend(head, part, epoch)
            sealed = seal(delta, self.feed.current)
            streams.write(head, part, sealed)
            self.frames.append((stream, sealed))

    def put_entries(self, entries: Iterable[Entry]) -> None:
        """Add or replace entries of the catalogue."""
        self.publish(CATALOGUE, map(entry_row, entries))
        self.cache.forget()
