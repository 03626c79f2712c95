"""A pretix with somebody working in it, and the adapter that follows it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp.test_utils import TestServer

from doubles.boxoffice.box import entropy
from doubles.clock.hand_clock import HandClock
from doubles.gateway.committer_with_devices import CODE_KEY
from simulators.pretix import SETUP, FakePretix
from simulators.pretix_desk import ADULT, Desk
from validator.keys import KeyRing
from validator.model import CheckInId, TicketId
from validator.ports import Upstream
from validator.upstreams.pretix import PretixUpstream, Settings

RING = KeyRing({}, CODE_KEY)


def pretix_at(
    server: TestServer, folder: Path, hand: HandClock, setup: str = SETUP
) -> PretixUpstream:
    """Return an adapter for a server."""
    settings = Settings(str(server.make_url("/")), setup)
    folder.mkdir(exist_ok=True)
    memory = folder / "pretix.sqlite"
    return PretixUpstream("pretix", settings, memory, RING, hand.clock, entropy("pretix"))


class PretixSystem:
    """Implements the contract suite's `System`."""

    def __init__(self, fake: FakePretix, server: TestServer, folder: Path) -> None:
        self.desk, self.server, self.fake = fake.desk, server, fake
        self._folder = folder
        self.client = pretix_at(server, folder, HandClock())
        self.upstream: Upstream = self.client

    def sell(self, count: int) -> list[TicketId]:
        return [TicketId(f"pretix:{self.desk.sell()[0]['id']}") for _ in range(count)]

    def cancel(self, ticket: TicketId) -> None:
        self.desk.cancel(_position(ticket))

    def take_back(self, ticket: TicketId) -> None:
        self.desk.reactivate(_position(ticket))

    def spoil(self, ticket: TicketId) -> None:
        self._put(ticket, None)

    def mend(self, ticket: TicketId) -> None:
        self._put(ticket, ADULT)

    def _put(self, ticket: TicketId, product: int | None) -> None:
        id = _position(ticket)
        self.desk.position(id)["item"] = product
        self.desk.touch(self.desk.order_of(id))

    def kept(self, ticket: TicketId) -> list[CheckInId]:
        return [CheckInId(nonce) for nonce in self.desk.nonces(_position(ticket))]

    async def go_down(self) -> None:
        await self.server.close()

    def change_key(self) -> None:
        self.other = pretix_at(self.server, self._folder / "other", HandClock(), "wrong")
        self.upstream = self.other

    async def close(self) -> None:
        """Close every adapter."""
        await self.client.close()
        if self.upstream is not self.client:
            await self.other.close()


def _position(ticket: TicketId) -> int:
    return int(ticket.partition(":")[2])


@asynccontextmanager
async def pretix_system(folder: Path) -> AsyncIterator[PretixSystem]:
    """Open a pretix with one event."""
    fake = FakePretix(Desk())
    server = TestServer(fake.app())
    async with server:
        system = PretixSystem(fake, server, folder)
        yield system
        await system.close()
