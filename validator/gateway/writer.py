"""One thread that writes: takes all that waits, commits it at once, answers after the commit."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, TypeVar, cast

from validator.errors import RetryLater, ValidatorError
from validator.gateway.store.port import NotStored, Session, Store
from validator.gateway.work import Work

T = TypeVar("T")

BATCH = 256
"""Most items in one transaction."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Item:
    job: Callable[[Work], Any]
    answer: asyncio.Future[Any]


@dataclass(frozen=True, slots=True)
class _Done:
    item: _Item
    result: Any
    error: ValidatorError | None
    work: Work | None


class _Stumbled(Exception):
    """An item failed: nothing of its batch was kept."""


class Writer:
    """Group commit: one sync for all that waits, and what fails undoes its own part only.

    A batch is first done in one go, since a savepoint for each item would cost as much as a third
    of its time. If one fails, all are undone and done again, each in a savepoint: a job may run
    twice, and what it does beside the store must bear that.

    Args:
        store: The disk.
        begin: Makes an item's work from the open transaction.
        forget: Called when something was undone, so that nothing read before is relied on.
        committed: Called in the event loop with each item's work, before its answer.
        timed: Called in the thread with each batch's items, seconds, and whether it failed.
    """

    def __init__(
        self,
        store: Store,
        begin: Callable[[Session], Work],
        forget: Callable[[], None],
        committed: Callable[[Work], None],
        timed: Callable[[int, float, bool], None] = lambda *_: None,
    ) -> None:
        self._store = store
        self._begin = begin
        self._forget = forget
        self._committed = committed
        self._timed = timed
        self._queue: SimpleQueue[list[_Item] | None] = SimpleQueue()
        self._turn: list[_Item] = []
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._told = ""

    async def start(self) -> None:
        """Begin to take items."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="committer", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        """Finish what waits, then stop."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._hand_over()
            self._queue.put(None)
            await asyncio.to_thread(thread.join)

    async def submit(self, job: Callable[[Work], T]) -> T:
        """Do something in a transaction; returns when it is on disk.

        Args:
            job: Runs in the writer's thread; what it raises undoes what it did, and no more.

        Raises:
            ValidatorError: What the job raised.
            RetryLater: The disk did not take it, or the gateway is stopping.
        """
        if self._thread is None:
            raise RetryLater("The gateway is stopping; ask again in a moment.", 1.0)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        if not self._turn:
            asyncio.get_running_loop().call_soon(self._hand_over)
        self._turn.append(_Item(job, answer))
        return cast(T, await answer)

    def _hand_over(self) -> None:
        """Give the thread what one turn of the event loop has brought, to be committed together.

        Item by item the two threads would wait for one another at every statement.
        """
        turn, self._turn = self._turn, []
        if turn:
            self._queue.put(turn)

    def _run(self) -> None:
        while (turn := self._queue.get()) is not None:
            batch = list(turn)
            while len(batch) < BATCH and not self._queue.empty():
                more = self._queue.get()
                if more is None:
                    self._queue.put(None)
                    break
                batch += more
            for start in range(0, len(batch), BATCH):
                part, began_s = batch[start : start + BATCH], time.perf_counter()
                done = self._commit(part)
                self._timed(len(part), time.perf_counter() - began_s, bool(self._told))
                self._tell(done)

    def _commit(self, batch: list[_Item]) -> list[_Done]:
        try:
            try:
                done = self._together(batch)
            except _Stumbled:
                self._forget()
                done = self._apart(batch)
            self._told = ""
            return done
        except Exception as error:
            self._forget()
            # Once, not once a batch: what fails now will fail all evening.
            why = str(error) if isinstance(error, ValidatorError) else type(error).__name__
            if why != self._told:
                self._told = why
                log.error("Nothing can be written. %s", why)
            later = RetryLater("The gateway could not write to its disk; ask again in a moment.")
            return [_Done(item, None, later, None) for item in batch]

    def _together(self, batch: list[_Item]) -> list[_Done]:
        with self._store.transaction() as session:
            return [self._do(session, item) for item in batch]

    def _apart(self, batch: list[_Item]) -> list[_Done]:
        with self._store.transaction() as session:
            return [self._try(session, item) for item in batch]

    def _do(self, session: Session, item: _Item) -> _Done:
        work = self._begin(session)
        try:
            return _Done(item, item.job(work), None, work)
        except Exception as error:
            raise _Stumbled from error

    def _try(self, session: Session, item: _Item) -> _Done:
        work = self._begin(session)
        try:
            with session.savepoint():
                return _Done(item, item.job(work), None, work)
        except NotStored:
            # The disk fails, not this item: nothing of the batch is answered as done.
            raise
        except ValidatorError as error:
            self._forget()
            return _Done(item, None, error, None)
        except Exception as error:
            self._forget()
            log.error("An item failed: %s", type(error).__name__, exc_info=error)
            fault = RetryLater("The gateway could not do this; its log says why.")
            return _Done(item, None, fault, None)

    def _tell(self, done: list[_Done]) -> None:
        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(self._answer, done)
        except RuntimeError:
            log.info("The gateway stopped before %d answers were given.", len(done))

    def _answer(self, done: list[_Done]) -> None:
        for each in done:
            if each.work is not None:
                self._committed(each.work)
            answer = each.item.answer
            if answer.done():
                continue
            if each.error is not None:
                answer.set_exception(each.error)
            else:
                answer.set_result(each.result)
