"""What a session does with the frames of the streams: apply, confirm, ask for what is missing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from offline_cache.cache import Cache
from offline_cache.sync.events import Applied, LinkEvent
from validator.clock import Clock
from validator.errors import FramesMissing, ValidatorError
from validator.feed.names import CANCELLATIONS, kind_of
from validator.wire.messages import Message, Position, Receipt, Want


class FrameHandler:
    """Follows the streams over one connection; disk work is done in threads.

    Args:
        cache: The device's cache.
        clock: The device's clocks.
        retry_s: How long to wait before asking for missing frames once more.
        post: Sends a message.
        tell: Is told what happens, in the event loop.
        alarm: Is told what is wrong; empty = something went well again.
        revoked: Called when the device is known to be revoked.
    """

    def __init__(
        self,
        cache: Cache,
        clock: Clock,
        retry_s: float,
        post: Callable[[Message], None],
        tell: Callable[[LinkEvent], None],
        alarm: Callable[[str], None],
        revoked: Callable[[], None],
    ) -> None:
        self._cache = cache
        self._clock = clock
        self._retry_s = retry_s
        self._post = post
        self._tell = tell
        self._alarm = alarm
        self._revoked = revoked
        self._streams: tuple[str, ...] = ()
        self._asked_s = 0.0
        self._unread = cache.knowledge.unread

    def begin(self) -> tuple[str, ...]:
        """Return the streams that the greeting asks for."""
        self._asked_s = self._clock.boot_s()
        self._streams = self._cache.knowledge.place.streams
        return self._streams

    async def apply(self, frame: bytes) -> None:
        """Apply a sealed frame.

        Raises:
            CacheError: The disk can't be read or written.
        """
        try:
            position = await asyncio.to_thread(self._cache.knowledge.apply, frame)
        except FramesMissing:
            if self._clock.boot_s() - self._asked_s >= self._retry_s:
                await self._want(self._cache.knowledge.place.streams)
            return
        except ValidatorError as error:
            self._alarm(str(error))
            return
        if position is not None:
            await self._applied(position)

    async def go_on(self) -> None:
        """Do a piece of what is left to do.

        Raises:
            CacheError: The disk can't be read or written.
        """
        position = await asyncio.to_thread(self._cache.knowledge.go_on)
        if position is not None:
            await self._applied(position)
            # Changes that came meanwhile were left out.
            await self._want((position.stream,))

    async def _applied(self, position: Position) -> None:
        cache = self._cache
        self._alarm("")
        if cache.knowledge.unread > self._unread:
            self._unread = cache.knowledge.unread
            self._alarm(f"{position.stream} holds rows that this version can't read: update it.")
        if kind_of(position.stream) == CANCELLATIONS:
            self._post(Receipt(position))
        self._tell(Applied(position.stream, position.sequence))
        if new := set(cache.knowledge.place.streams) - set(self._streams):
            self._streams = cache.knowledge.place.streams
            await self._want(tuple(name for name in cache.knowledge.place.streams if name in new))
        if cache.knowledge.place.revoked:
            self._revoked()

    async def _want(self, streams: tuple[str, ...]) -> None:
        self._asked_s = self._clock.boot_s()
        self._post(Want(await asyncio.to_thread(self._cache.knowledge.positions, streams)))
