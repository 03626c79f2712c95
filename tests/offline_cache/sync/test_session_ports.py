"""A session on another platform: no threads, no WebSocket of aiohttp's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import pytest

from doubles.clock.hand_clock import HandClock
from doubles.evening import GATE, NOW, token
from doubles.gateway.feed_source import FeedSource, evening_rows
from doubles.store.device_cache import CANCELLATIONS, check_in
from offline_cache.cache import Cache
from offline_cache.sync.claim_waits import ClaimWaits
from offline_cache.sync.clock_offset import Offset
from offline_cache.sync.events import Applied, LinkEvent
from offline_cache.sync.ports import LinkEnded
from offline_cache.sync.session import Session
from offline_cache.sync.timing import Timing
from validator.model import Revocation, RevocationKind
from validator.wire.messages import (
    VERSION,
    Acknowledged,
    Hello,
    Message,
    Sealed,
    Upload,
    Want,
    Welcome,
    decode,
    encode,
)
from validator.wire.rows import revocation_row

P = ParamSpec("P")
R = TypeVar("R")
M = TypeVar("M", bound=Message)


class Pipe:
    """A connection in memory; whoever wrote the test is at its other end."""

    def __init__(self) -> None:
        self._coming: asyncio.Queue[Message | None] = asyncio.Queue()
        self._gone: asyncio.Queue[Message] = asyncio.Queue()

    async def send(self, message: bytes) -> None:
        self._gone.put_nowait(decode(message))

    async def receive(self) -> bytes:
        message = await self._coming.get()
        if message is None:
            raise LinkEnded("The gateway stops.")
        return encode(message)

    def say(self, message: Message | None) -> None:
        """Let the device receive a message; None = the end."""
        self._coming.put_nowait(message)

    async def heard(self, kind: type[M]) -> M:
        """Return the next message of a kind that the device has sent."""
        while not isinstance(message := await self._gone.get(), kind):
            pass
        return message


async def at_once(work: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """Do disk work where it is asked for, and let others go on afterwards."""
    await asyncio.sleep(0)
    return work(*args, **kwargs)


async def test_a_session_needs_no_threads_and_any_socket(
    cache: Cache, feed: FeedSource, hands: HandClock
) -> None:
    pipe, told = Pipe(), list[LinkEvent]()
    session = Session(
        pipe,
        cache,
        hands.clock,
        ClaimWaits(hands.clock, 60),
        Offset(hands.clock),
        told.append,
        Timing(),
        at_once,
    )
    row = cache.append(check_in(1, token()))
    pipe.say(Welcome(VERSION, "Test", 0, NOW, 0))
    await session.greet()
    await pipe.heard(Hello)
    running = asyncio.create_task(session.run())

    assert await pipe.heard(Upload) == Upload((row,))
    pipe.say(Acknowledged(1, ()))
    feed.delta("catalogue", *evening_rows())
    pipe.say(Sealed(feed.snapshot("catalogue")))
    for position in (await pipe.heard(Want)).positions:
        pipe.say(Sealed(feed.snapshot(position.stream)))
    cancelled = Revocation(token().serial, RevocationKind.CANCELLED, NOW)
    pipe.say(Sealed(feed.delta(CANCELLATIONS, revocation_row(cancelled))))
    pipe.say(None)

    with pytest.raises(LinkEnded, match="The gateway stops"):
        await running
    assert cache.facts(token(), GATE, NOW).revocations
    assert cache.backlog() == 0
    assert Applied(CANCELLATIONS, 1) in told
