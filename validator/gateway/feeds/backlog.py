"""What a follower of a stream has missed."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from validator.errors import FixRequest
from validator.feed import is_stream
from validator.gateway.feeds.publisher import Publisher
from validator.wire.messages import Position, Sealed, encode

_KEPT = 64


class Missing:
    """Fetches frames for many lanes at once: after a restart they all ask the same.

    Args:
        publisher: Where they are.
    """

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._kept: OrderedDict[Position, asyncio.Task[list[bytes]]] = OrderedDict()

    async def after(self, position: Position) -> list[bytes]:
        """Return the encoded messages that lead on from a position.

        Raises:
            FixRequest: The position names no stream.
        """
        if not is_stream(position.stream):
            raise FixRequest("There is no stream of that name.")
        task = self._kept.get(position)
        if task is None:
            task = asyncio.create_task(asyncio.to_thread(self._encoded, position))
            self._kept[position] = task
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        try:
            return await asyncio.shield(task)
        except Exception:
            self._kept.pop(position, None)
            raise

    def moved(self, stream: str) -> None:
        """Forget what was fetched of a stream that has new frames."""
        for position in [position for position in self._kept if position.stream == stream]:
            del self._kept[position]

    def clear(self) -> None:
        """Forget everything: a new epoch has begun."""
        self._kept.clear()

    def _encoded(self, position: Position) -> list[bytes]:
        return [encode(Sealed(frame)) for frame in self._publisher.frames_since(position)]
