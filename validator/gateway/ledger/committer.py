"""The gateway's one writer: everything that changes its store goes through here.

The committer knows no jobs. Whoever has one brings it: a function of an open transaction, which is
answered once it is on disk. What the commit changed is then told to those who listen.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol, TypeVar

from validator.clock import Clock
from validator.errors import RetryLater
from validator.feed import Epoch, StreamHead
from validator.feed.names import CATALOGUE
from validator.gateway.host.feed_keys import FeedKeys
from validator.gateway.ledger.catalogue_cache import CatalogueCache, EarlyReading
from validator.gateway.ledger.queue import Rank
from validator.gateway.ledger.unit_of_work import UnitOfWork
from validator.gateway.ledger.writer import TURN_S, Writer, tell
from validator.gateway.store.port import Session, Store
from validator.model import Catalogue, Conflict, DeviceId, Scan

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Committed:
    """What the items of one commit have changed.

    Args:
        frames: New sealed frames by stream, in order.
        conflicts: New conflicts, each with the devices that have to do with it.
        journaled: The journal has new events.
        owes: The outbox has new rows.
    """

    frames: tuple[tuple[str, tuple[bytes, ...]], ...]
    conflicts: tuple[tuple[Conflict, tuple[DeviceId, ...]], ...]
    journaled: bool
    owes: bool

    @classmethod
    def of(cls, works: Sequence[UnitOfWork]) -> Committed:
        """Put together what the items of a batch have to tell."""
        frames = [frame for work in works for frame in work.frames]
        return cls(
            tuple(
                (stream, tuple(sealed for _, sealed in part))
                for stream, part in groupby(frames, key=lambda frame: frame[0])
            ),
            tuple(conflict for work in works for conflict in work.conflicts),
            any(work.journaled for work in works),
            any(work.owes for work in works),
        )


class Listener(Protocol):
    """Who wants to hear of each commit."""

    def committed(self, what: Committed) -> None:
        """Take note; called in the event loop, before the items of the commit are answered."""
        ...


class Committer:
    """Does jobs in one transaction after the other, each answered once it is on disk.

    Args:
        store: The disk.
        clock: Wall clock of the gateway.
        entropy: Returns that many random bytes.
        feed: Seal frames.
        code_key: 32 secret bytes that hide plain codes.
        linked: Returns the devices that have a link now: an exit lane that has none weakens
            passback.
        timed: Told of each commit's items, seconds and failure, in the writer's thread.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        entropy: Callable[[int], bytes],
        feed: FeedKeys,
        code_key: bytes,
        linked: Callable[[], frozenset[DeviceId]] = frozenset,
        timed: Callable[[int, float, bool], None] = lambda *_: None,
    ) -> None:
        self.store = store
        self.clock = clock
        self.feed = feed
        self._entropy = entropy
        self._code_key = code_key
        self._linked = linked
        self._cache = CatalogueCache(code_key, linked)
        self._last: tuple[StreamHead, Catalogue] | None = None
        self._listeners: list[Listener] = []
        self._writer = Writer(store, self._begin, self._cache.forget, self._committed, timed)

    def listen(self, *listeners: Listener) -> None:
        """Let others hear of each commit, in this order; before `start`."""
        self._listeners += listeners

    async def start(self) -> None:
        """Begin to take work; the first start of a store begins its first epoch."""
        await self._writer.start()
        await self.write(self._enter_epoch)

    async def stop(self) -> None:
        """Finish what waits, then stop."""
        await self._writer.stop()

    async def turn(self) -> None:
        """Return once a claim would have been answered: the writer is alive, and not held up.

        A disk that takes nothing does not count against it: no restart mends a full disk.
        """
        with suppress(RetryLater):
            await self.quick(lambda _: None)

    def waited_s(self) -> float:
        """Return for how long the oldest claim or check-in without an answer has waited, in s."""
        return self._writer.waited_s()

    def read_early(self, scan: Scan) -> EarlyReading | None:
        """Read a scan before its turn comes; see `CatalogueCache.read_early`."""
        return self._cache.read_early(scan)

    async def first(self, job: Callable[[UnitOfWork], T]) -> T:
        """Do something that waits for nobody, a cancellation or revocation; see `write`."""
        return await self._writer.submit(job, Rank.REFUSALS)

    async def quick(self, job: Callable[[UnitOfWork], T], of: str = "") -> T:
        """Do something for the door that takes a millisecond at most; see `write`.

        It may run in the event loop's thread, and waits for 10 ms of other work at most.
        """
        return await self._writer.submit(job, Rank.DOOR, of, quick=True)

    async def write(self, job: Callable[[UnitOfWork], T], of: str = "") -> T:
        """Do something in the writer's transaction; returns when it is on disk.

        Args:
            job: At most about 10 ms of work: cut what may take longer into parts.
            of: Device or source that it is for; they take turns, so that none waits for all that
                another one has brought.

        Raises:
            ValidatorError: What the job raises; it then changed nothing.
            RetryLater: The disk does not take it.
        """
        return await self._writer.submit(job, Rank.BULK, of)

    async def read(self, question: Callable[[UnitOfWork], T]) -> T:
        """Ask something of one state of the store, in another thread."""
        return await asyncio.to_thread(self._ask, question)

    def _ask(self, question: Callable[[UnitOfWork], T]) -> T:
        with self.store.reading() as session:
            head = session.streams.head(CATALOGUE)
            last = self._last
            known = last[1] if last is not None and last[0] == head else None
            cache = CatalogueCache(self._code_key, self._linked, known)
            work = UnitOfWork(session, cache, self.feed, self.clock.now())
            answer = question(work)
            self._last = (head, cache.catalogue(session))
            return answer

    def _begin(self, session: Session) -> UnitOfWork:
        until_s = time.perf_counter() + TURN_S
        return UnitOfWork(session, self._cache, self.feed, self.clock.now(), until_s=until_s)

    def _enter_epoch(self, work: UnitOfWork) -> None:
        if work.session.streams.epoch() is None:
            random = int.from_bytes(self._entropy(8), "big")
            work.session.streams.enter(Epoch(1, random))

    def _committed(self, works: Sequence[UnitOfWork]) -> None:
        what = Committed.of(works)
        for listener in self._listeners:
            tell(listener.committed, what)
