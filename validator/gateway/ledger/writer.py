"""One writer: takes what waits and has its turn, commits it at once, answers after the commit.

Claims and check-ins are done in the event loop's own thread, and only their commit, which waits
for the disk, in another. Two threads that share the interpreter's lock would wait for one another
at every statement. What may take long is done in the other thread as a whole.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from typing import Any, TypeVar, cast

from validator.errors import RetryLater, ValidatorError, place_of
from validator.gateway.ledger.queue import Item, Queue, Rank
from validator.gateway.ledger.unit_of_work import UnitOfWork
from validator.gateway.store.port import NotStored, Session, Store

T = TypeVar("T")

BATCH = 256
"""Most items in one transaction."""

TURN_S = 0.01
"""After so long no further item is taken into a batch: others have their turn."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Done:
    item: Item
    result: Any
    error: ValidatorError | None
    work: UnitOfWork | None


@dataclass(frozen=True, slots=True)
class _Batch:
    items: list[Item]
    began_s: float
    finish: Callable[[], list[_Done]]


def tell(listener: Callable[..., None], *what: object) -> None:
    """Tell a listener of what is on disk; if it fails, that is logged and stops nobody else."""
    try:
        listener(*what)
    except Exception:
        log.exception("Something is on disk, but who should hear of it failed.")


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
        committed: Called in the event loop with the work of a batch, before its answers.
        timed: Called in the thread with each batch's items, seconds, and whether it failed.

    What is on disk is answered, even if one of these two raises: the log says so.
    """

    def __init__(
        self,
        store: Store,
        begin: Callable[[Session], UnitOfWork],
        forget: Callable[[], None],
        committed: Callable[[Sequence[UnitOfWork]], None],
        timed: Callable[[int, float, bool], None],
    ) -> None:
        self._store = store
        self._begin = begin
        self._forget = forget
        self._committed = committed
        self._timed = timed
        self._queue = Queue()
        self._idle = asyncio.Event()
        self._batches: SimpleQueue[_Batch | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._told = ""

    async def start(self) -> None:
        """Begin to take items."""
        self._loop = asyncio.get_running_loop()
        self._idle.set()
        self._thread = threading.Thread(target=self._run, name="committer", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        """Finish what waits, then stop."""
        thread, self._thread = self._thread, None
        if thread is not None:
            await self._idle.wait()
            self._batches.put(None)
            await asyncio.to_thread(thread.join)

    async def submit(
        self, job: Callable[[UnitOfWork], T], rank: Rank, of: str = "", quick: bool = False
    ) -> T:
        """Do something in a transaction; returns when it is on disk.

        Args:
            job: What it raises undoes what it did, and no more.
            rank: Whose turn it needs.
            of: Device, source or whoever else it is for; they take turns.
            quick: It takes a millisecond at most, and may run in the event loop's thread.

        Raises:
            ValidatorError: What the job raised.
            RetryLater: The disk did not take it, or the gateway is stopping.
        """
        if self._thread is None or self._loop is None:
            raise RetryLater("The gateway is stopping; ask again in a moment.", 1.0)
        answer: asyncio.Future[Any] = self._loop.create_future()
        self._queue.put(Item(job, rank, of, quick, answer, time.monotonic()))
        if self._idle.is_set():
            self._idle.clear()
            # Not at once: what else this turn of the event loop brings is committed with it.
            self._loop.call_soon(self._next)
        return cast(T, await answer)

    def waited_s(self) -> float:
        """Return for how long the oldest claim or check-in without an answer has waited, in s."""
        asked_s = self._queue.asked_s()
        return 0.0 if asked_s is None else time.monotonic() - asked_s

    def _next(self) -> None:
        """Begin a batch with those whose turn it is."""
        items = self._queue.take(BATCH)
        if not items:
            self._idle.set()
            return
        began_s = time.perf_counter()
        if not items[0].quick:
            self._batches.put(_Batch(items, began_s, partial(self._whole, items)))
            return
        try:
            commit, done = self._together(items, wait=False)
        except Exception:
            # Whatever it is, the other thread finds out: it may wait for the disk, or for another
            # process that is writing.
            self._forget()
            self._batches.put(_Batch(items, began_s, partial(self._apart, items)))
            return
        self._batches.put(_Batch(items, began_s, partial(_committed, commit, done)))

    def _run(self) -> None:
        assert self._loop is not None
        while (batch := self._batches.get()) is not None:
            try:
                done = batch.finish()
                self._told = ""
            except Exception as error:
                done = self._failed(batch, error)
            took_s = time.perf_counter() - batch.began_s
            tell(self._timed, len(done), took_s, bool(self._told))
            try:
                self._loop.call_soon_threadsafe(self._answer, done, batch.items[len(done) :])
            except RuntimeError:
                log.info("The gateway stopped before %d answers were given.", len(done))

    def _failed(self, batch: _Batch, error: Exception) -> list[_Done]:
        self._forget()
        # Once, not once a batch: what fails now will fail all evening.
        fault = f"{type(error).__name__}, {place_of(error)}"
        why = str(error) if isinstance(error, ValidatorError) else fault
        if why != self._told:
            self._told = why
            log.error("Nothing can be written. %s", why)
        later = RetryLater("The gateway could not write to its disk; ask again in a moment.")
        return [_Done(item, None, later, None) for item in batch.items]

    def _together(
        self, items: list[Item], wait: bool = True
    ) -> tuple[Callable[[], None], list[_Done]]:
        """Do items in one go, for a turn; return what commits them, and what is then done.

        Raises:
            _Stumbled: One of them failed, and nothing was done.
        """
        with ExitStack() as transaction:
            session = transaction.enter_context(self._store.transaction(wait))
            done = _for_a_turn(partial(self._do, session), items)
            return transaction.pop_all().close, done

    def _whole(self, items: list[Item]) -> list[_Done]:
        try:
            return _committed(*self._together(items))
        except _Stumbled:
            self._forget()
            return self._apart(items)

    def _apart(self, items: list[Item]) -> list[_Done]:
        with self._store.transaction() as session:
            return _for_a_turn(partial(self._try, session), items)

    def _do(self, session: Session, item: Item) -> _Done:
        work = self._begin(session)
        try:
            return _Done(item, item.job(work), None, work)
        except Exception as error:
            raise _Stumbled from error

    def _try(self, session: Session, item: Item) -> _Done:
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

    def _answer(self, done: list[_Done], left: list[Item]) -> None:
        assert self._loop is not None
        self._queue.put_back(left)
        self._queue.answered([each.item for each in done])
        try:
            self._committed([each.work for each in done if each.work is not None])
            for each in done:
                _tell(each)
        finally:
            # After those who were answered: they have waited longer.
            self._loop.call_soon(self._next)


def _for_a_turn(do: Callable[[Item], _Done], items: Sequence[Item]) -> list[_Done]:
    """Do items, at least one, until their turn is over."""
    done: list[_Done] = []
    until_s = time.perf_counter() + TURN_S
    for item in items:
        if done and time.perf_counter() > until_s:
            break
        done.append(do(item))
    return done


def _tell(done: _Done) -> None:
    answer = done.item.answer
    if answer.done():
        return
    if done.error is not None:
        answer.set_exception(done.error)
    else:
        answer.set_result(done.result)


def _committed(commit: Callable[[], None], done: list[_Done]) -> list[_Done]:
    commit()
    return done
