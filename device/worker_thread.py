"""A thread that waits for a device, and the event loop that it brings things to."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")

WAITING = 64
"""Items that may wait; the thread then stands still until one is taken."""


class WorkerThread(Generic[Item]):
    """Runs one piece of work in a thread of its own and yields what it hands over.

    A scanner's keys wait in the kernel for some 20 strokes only, less than one slow write to
    disk takes: whoever reads them must not share the event loop's thread.

    Args:
        name: Of the thread.

    Attributes:
        closed: Set when the work is to end; the work looks at it.
    """

    def __init__(self, name: str) -> None:
        self.closed = threading.Event()
        self._name = name
        self._room = threading.Semaphore(WAITING)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._items: asyncio.Queue[Item | None] = asyncio.Queue()

    async def items(self, work: Callable[[], None]) -> AsyncIterator[Item]:
        """Start the work and yield its items until it ends.

        Args:
            work: Runs in the thread; calls `hand_over`. What it raises ends the iteration.
        """
        self._loop = asyncio.get_running_loop()
        failed: list[BaseException] = []

        def run() -> None:
            try:
                work()
            except BaseException as error:
                failed.append(error)
            finally:
                self._put(None)

        threading.Thread(target=run, name=self._name, daemon=True).start()
        try:
            while (item := await self._items.get()) is not None:
                self._room.release()
                yield item
        finally:
            self.closed.set()
        if failed:
            raise failed[0]

    def hand_over(self, item: Item) -> None:
        """Hand an item over; from the thread."""
        while not self._room.acquire(timeout=0.2):
            if self.closed.is_set():
                return
        self._put(item)

    def _put(self, item: Item | None) -> None:
        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(self._items.put_nowait, item)
        except RuntimeError:
            # The loop has ended, and whoever wanted the item with it.
            self.closed.set()
