"""Parts of a lane with a mistake in them: each fails so many times, then works."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from device.errors import DeviceError
from device.ports import Sighting

SECRET = "E1:THE-CODE-OF-A-TICKET"
"""What the error's own text holds, and nobody may be told."""


class Mistake(Exception):
    """A mistake of ours."""

    def __init__(self) -> None:
        super().__init__(SECRET)


@dataclass(slots=True)
class Failing:
    """Work that fails a few times.

    Attributes:
        times: How often it fails.
        first: Which try is the first to fail.
        begun: How often it was begun.
        ended: It was cancelled.
        end: Called when it is.
        over: Set it, and work that does not fail is done.
    """

    times: int = 1
    first: int = 1
    begun: int = 0
    ended: bool = False
    end: Callable[[], object] = lambda: None
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def once(self) -> None:
        """Fail, if that is still to be."""
        self.begun += 1
        if self.first <= self.begun < self.first + self.times:
            raise Mistake

    async def run(self) -> None:
        """Fail, or work until it is over."""
        self.once()
        try:
            await self.over.wait()
        except asyncio.CancelledError:
            self.ended = True
            self.end()
            raise


@dataclass(slots=True)
class FailingEye:
    """A source that breaks after what it has to show.

    Attributes:
        items: What it shows first.
        closed: It was let go of.
    """

    items: tuple[Sighting | DeviceError, ...] = ()
    closed: bool = False

    latest = choose = None

    async def sightings(self) -> AsyncIterator[Sighting | DeviceError]:
        for item in self.items:
            yield item
        raise Mistake

    def close(self) -> None:
        self.closed = True


@dataclass(slots=True)
class Eye:
    """A source that a test holds codes in front of.

    Attributes:
        shown: Puts things in; None ends it.
        closed: It was let go of.
    """

    shown: asyncio.Queue[Sighting | DeviceError | None] = field(default_factory=asyncio.Queue)
    closed: bool = False

    latest = choose = None

    async def sightings(self) -> AsyncIterator[Sighting | DeviceError]:
        while (item := await self.shown.get()) is not None:
            yield item

    def close(self) -> None:
        self.closed = True

    def see(self, text: str) -> None:
        """Hold a code in front of it."""
        self.shown.put_nowait(Sighting(text, text.encode(), "qrcode", "test"))
