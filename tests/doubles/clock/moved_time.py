"""Time that moves on by itself as soon as everybody waits: a day passes in seconds."""

from __future__ import annotations

import asyncio
import heapq
import itertools

from doubles.clock.hand_clock import HandClock


class MovedTime(HandClock):
    """A clock with its own `sleep`.

    Args:
        actors: Loops that wait by `sleep` and by nothing else. While one of them works (or waits
            for a disk or a socket), time stands still.
    """

    def __init__(self, actors: int) -> None:
        super().__init__()
        self._actors = actors
        self._count = itertools.count()
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []

    async def sleep(self, seconds: float) -> None:
        """Wait; the clock goes on to the first of all sleepers once every actor sleeps."""
        until = self.boot_ms + max(1, -int(-seconds * 1000 // 1))
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (until, next(self._count), future)
        heapq.heappush(self._sleepers, entry)
        self._move()
        try:
            await future
        finally:
            if entry in self._sleepers:
                self._sleepers.remove(entry)
                heapq.heapify(self._sleepers)

    def _move(self) -> None:
        if len(self._sleepers) < self._actors:
            return
        until, _, future = heapq.heappop(self._sleepers)
        self.go(max(0, until - self.boot_ms))
        if not future.done():
            future.set_result(None)
