"""A device with a real cache and link, whose events a test can wait for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from doubles.clock.hand_clock import HandClock
from doubles.evening import token
from doubles.gateway.scripted_link import LinkGateway
from doubles.store.device_cache import check_in, identity
from offline_cache.cache import Cache
from offline_cache.file.database import Store
from offline_cache.knowledge.ages import Ages
from offline_cache.sync.events import Applied, LinkEvent
from offline_cache.sync.link import Link
from offline_cache.sync.timing import Timing
from validator.model import Direction, Scan
from validator.wire.messages import ClaimRequest

E = TypeVar("E", bound=LinkEvent)

PATIENT = Timing(claim_s=60)
"""A busy machine must not make an answer late."""


class LinkDevice:
    """Runs a link to a gateway.

    Args:
        folder: Gets the cache.
        gateway: Listening.
        timing: Of the link.
        draw: Of the waits between tries.
        address: Gives the gateway's before every try; None = the identity's.
        **changes: Of its identity.
    """

    def __init__(
        self,
        folder: Path,
        gateway: LinkGateway,
        timing: Timing = PATIENT,
        draw: Callable[[], float] = lambda: 0.01,
        address: Callable[[], str] | None = None,
        **changes: str,
    ) -> None:
        self._gateway = gateway
        self.hands = HandClock()
        known = {"gateway": f"127.0.0.1:{gateway.port}", "authority_pem": gateway.pem}
        self.identity = identity(**(known | changes))
        self._store = Store.open(folder / "cache.sqlite")
        self.cache = Cache(self._store, Ages(self.hands.clock, "boot-1"), self.identity)
        self.events: list[LinkEvent] = []
        self._seen = asyncio.Event()
        self.link = Link(
            self.identity,
            self.cache,
            self.hands.clock,
            self._told,
            timing,
            draw=draw,
            address=address,
        )
        self.task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to connect."""
        self.task = asyncio.create_task(self.link.run())

    async def stop_link(self) -> None:
        """Cancel the link and forget what it told."""
        if self.task is not None:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)
        self.events.clear()

    async def stop(self) -> None:
        """Cancel the link and close the cache."""
        await self.stop_link()
        self.cache.close()

    async def until(self, event: LinkEvent) -> None:
        """Wait for an event."""
        while event not in self.events:
            self._seen.clear()
            await self._seen.wait()

    async def until_kind(self, kind: type[E]) -> E:
        """Wait for the first event of a kind."""
        while not self.of(kind):
            self._seen.clear()
            await self._seen.wait()
        return self.of(kind)[0]

    def of(self, kind: type[E]) -> list[E]:
        """Return the events of a kind."""
        return [event for event in self.events if isinstance(event, kind)]

    async def caught_up(self) -> None:
        """Wait until everything that the gateway has sent so far was worked off."""
        feed = self._gateway.feed
        await self._gateway.publish(feed.delta("catalogue"))
        cursor = feed.held("catalogue").cursor
        assert cursor is not None
        await self.until(Applied("catalogue", cursor.sequence))

    @contextmanager
    def busy_disk(self) -> Iterator[None]:
        """Keep the cache's file busy."""
        with self._store.lock:
            yield

    def _told(self, event: LinkEvent) -> None:
        self.events.append(event)
        self._seen.set()


def claim(number: int = 1) -> ClaimRequest:
    event = check_in(number, token())
    return ClaimRequest(Scan(event.id, "E1:X", event.at), "a", Direction.ENTRY)
