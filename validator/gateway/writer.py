"""The one writer: takes what waits, commits it at once, answers after the commit.

Small jobs run in the event loop's own thread and only the commit, which waits for the disk, in
another: two threads that take turns at every statement spend most of their time on handing the
interpreter's lock to each other. A job that may take long goes to the other thread as a whole.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from validator.errors import RetryLater, ValidatorError
from validator.gateway.store.port import NotStored, Session, Store
from validator.gateway.work import Work

T = TypeVar("T")

BATCH = 32
"""Most items in one transaction."""

TURN_S = 0.01
"""No other item is begun in the event loop's thread after this long, in one transaction."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Item:
    job: Callable[[Work], Any]
    long: bool
    answer: asyncio.Future[Any]


@dataclass(frozen=True, slots=True)
class _Done:
    item: _Item
    result: Any
    error: ValidatorError | None
    work: Work | None


class Writer:
    """Group commit: each item has a savepoint of its own, the batch has one sync.

    Args:
        store: The disk.
        begin: Makes an item's work from the open transaction.
        forget: Called when something was undone, so that nothing read before is relied on.
        committed: Called in the event loop with each item's work, before its answer.
        timed: Called in either thread with each batch's items, seconds, and whether it failed.
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
        self._queue: deque[_Item] = deque()
        self._news = asyncio.Event()
        self._disk = ThreadPoolExecutor(1, "committer")
        self._task: asyncio.Task[None] | None = None
        self._told = ""

    async def start(self) -> None:
        """Begin to take items."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Finish what waits, then stop."""
        task, self._task = self._task, None
        if task is not None:
            self._news.set()
            await task
            self._disk.shutdown()

    async def submit(self, job: Callable[[Work], T], long: bool = False) -> T:
        """Do something in a transaction; returns when it is on disk.

        Args:
            job: What it raises undoes what it did, and no more.
            long: It may take more than a few milliseconds: not in the event loop's thread.

        Raises:
            ValidatorError: What the job raised.
            RetryLater: The disk did not take it, or the gateway is stopping.
        """
        if self._task is None:
            raise RetryLater("The gateway is stopping; ask again in a moment.", 1.0)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._queue.append(_Item(job, long, answer))
        self._news.set()
        return cast(T, await answer)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            if not self._queue:
                if self._task is None:
                    return
                self._news.clear()
                await self._news.wait()
                continue
            if self._queue[0].long:
                batch = self._next(long=True)
                done = await loop.run_in_executor(self._disk, self._commit, batch)
            else:
                done = await self._commit_here(loop)
            loop.call_soon(self._answer, done)

    def _next(self, *, long: bool) -> list[_Item]:
        """Take the items of one kind that stand first."""
        batch: list[_Item] = []
        while self._queue and self._queue[0].long is long and len(batch) < BATCH:
            batch.append(self._queue.popleft())
        return batch

    async def _commit_here(self, loop: asyncio.AbstractEventLoop) -> list[_Done]:
        batch, began_s = self._next(long=False), time.perf_counter()
        done: list[_Done] = []
        try:
            with ExitStack() as transaction:
                session = transaction.enter_context(self._store.transaction())
                for item in batch:
                    if done and time.perf_counter() - began_s > TURN_S:
                        break
                    done.append(self._try(session, item))
                self._queue.extendleft(reversed(batch[len(done) :]))
                del batch[len(done) :]
                await loop.run_in_executor(self._disk, transaction.pop_all().close)
            return self._done(done, began_s)
        except Exception as error:
            return self._failed(batch, began_s, error)

    def _commit(self, batch: list[_Item]) -> list[_Done]:
        began_s = time.perf_counter()
        try:
            with self._store.transaction() as session:
                done = [self._try(session, item) for item in batch]
            return self._done(done, began_s)
        except Exception as error:
            return self._failed(batch, began_s, error)

    def _done(self, done: list[_Done], began_s: float) -> list[_Done]:
        self._told = ""
        self._timed(len(done), time.perf_counter() - began_s, False)
        return done

    def _failed(self, batch: list[_Item], began_s: float, error: Exception) -> list[_Done]:
        self._forget()
        # Once, not once a batch: what fails now will fail all evening.
        why = str(error) if isinstance(error, ValidatorError) else type(error).__name__
        if why != self._told:
            self._told = why
            log.error("Nothing can be written. %s", why)
        self._timed(len(batch), time.perf_counter() - began_s, True)
        later = RetryLater("The gateway could not write to its disk; ask again in a moment.")
        return [_Done(item, None, later, None) for item in batch]

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
