"""Rests of a loop, ended by the test instead of by time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any


@asynccontextmanager
async def running(loop: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run what never ends, until the block does."""
    task = asyncio.create_task(loop)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


class Rests:
    """Stands for `asyncio.sleep` and for the jitter.

    Attributes:
        jitter_is: From 0 to 1.
        waiting: Rests begun and neither ended nor cut short.
    """

    def __init__(self) -> None:
        self.jitter_is = 0.0
        self.waiting = 0
        self._begun: asyncio.Queue[float] = asyncio.Queue()
        self._end = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        """Rest until the test ends it."""
        self.waiting += 1
        self._end.clear()
        self._begun.put_nowait(seconds)
        try:
            await self._end.wait()
        finally:
            self.waiting -= 1

    def jitter(self) -> float:
        """Return what the test set."""
        return self.jitter_is

    async def next(self) -> float:
        """Wait for the next rest to begin; return its seconds."""
        return await asyncio.wait_for(self._begun.get(), 30)

    def end(self) -> None:
        """End the present rest."""
        self._end.set()
