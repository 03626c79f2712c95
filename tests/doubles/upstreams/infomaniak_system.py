"""A simulated shop with its adapter, for tests of both."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestServer

from doubles.boxoffice.box import NOON, entropy
from doubles.clock.hand_clock import HandClock
from simulators.infomaniak import Simulator
from simulators.infomaniak_shop import Shop, ShopTicket
from validator.keys import KeyRing
from validator.model import CheckInId, TicketId
from validator.ports import Changes, Upstream
from validator.upstreams.infomaniak import InfomaniakUpstream, Settings

SOURCE = "infomaniak"
RING = KeyRing({}, bytes(32))


class InfomaniakSystem:
    """A shop, somebody who works in it, and a gateway's adapter.

    Args:
        simulator: The service.
        server: Where it listens.
        folder: Of the adapter's memory.
        hand: Clock of all; a sleep moves it.
    """

    def __init__(
        self, simulator: Simulator, server: TestServer, folder: Path, hand: HandClock
    ) -> None:
        self.simulator, self.shop, self.hand = simulator, simulator.shop, hand
        self.settings = Settings(
            simulator.shop_key,
            simulator.counter_key,
            simulator.password,
            url=str(server.make_url("/api/shop")),
        )
        self._server, self._folder = server, folder
        self._opened: list[InfomaniakUpstream] = []
        self.upstream: Upstream = self.opened()

    def opened(self, timeout_s: float = 5.0, **changes: Any) -> InfomaniakUpstream:
        """Open the adapter, as a start of the gateway does.

        Args:
            timeout_s: Seconds, of real time, that a request may take.
            **changes: To the settings.
        """
        opened = InfomaniakUpstream(
            SOURCE,
            replace(self.settings, **changes),
            self._folder / "infomaniak.sqlite",
            RING,
            self.hand.clock,
            entropy(),
            self.sleep,
            timeout_s=timeout_s,
        )
        self._opened.append(opened)
        self.upstream = opened
        return opened

    @property
    def alarms(self) -> str:
        """What the adapter found that somebody has to look at."""
        return " ".join(self._opened[-1].alarms)

    async def sleep(self, seconds: float) -> None:
        """Let the clock go on."""
        self.hand.go(math.ceil(seconds * 1000))

    async def close(self) -> None:
        """Close every adapter that was opened."""
        for client in self._opened:
            await client.close()

    def sell(self, count: int) -> list[TicketId]:
        """Sell tickets."""
        return [ticket_id(ticket) for ticket in self.shop.sell(count)]

    def ticket(self, ticket: TicketId) -> ShopTicket:
        """Return the shop's ticket."""
        return self.shop.tickets[ticket.partition(":")[2]]

    def cancel(self, ticket: TicketId) -> None:
        """Cancel a ticket in the shop."""
        self.ticket(ticket).status = "cancelled"

    def take_back(self, ticket: TicketId) -> None:
        """Take a cancellation back."""
        self.ticket(ticket).status = "valid"

    def spoil(self, ticket: TicketId) -> None:
        """Make a ticket's row one that nobody can read."""
        self.ticket(ticket).code = ""

    def mend(self, ticket: TicketId) -> None:
        """Make it readable again."""
        self.ticket(ticket).code = f"M{ticket.partition('-')[2]}"

    def kept(self, ticket: TicketId) -> list[CheckInId]:
        """Return what the adapter remembers of a ticket; the shop keeps no ids."""
        with closing(sqlite3.connect(self._folder / "infomaniak.sqlite")) as file:
            kept = file.execute(
                "SELECT id, what FROM scans WHERE ticket = ? ORDER BY id",
                (ticket.partition(":")[2],),
            ).fetchall()
        assert [what for _, what in kept if what] == [what for what, _ in self.ticket(ticket).scans]
        return [id for id, _ in kept]

    async def go_down(self) -> None:
        """Stop the service."""
        await self._server.close()

    def change_key(self) -> None:
        """Open the adapter with a key that is not accepted."""
        self.opened(shop_key="wrong", counter_key="wrong")


class Follower:
    """Stores the cursor as the committer does, and sums up what it was told.

    Args:
        system: Whom it follows.

    Attributes:
        cursor: As stored.
        refused: What was cancelled and not lifted.
        listed: Numbers of the tickets that were listed.
        as_of: Of the last complete look; 0 = none.
    """

    def __init__(self, system: InfomaniakSystem) -> None:
        self.system = system
        self.cursor = ""
        self.refused: set[object] = set()
        self.listed: dict[str, str] = {}
        self.as_of = 0

    async def sync(self) -> list[Changes]:
        """Hear the shop out."""
        pages: list[Changes] = []
        while not pages or pages[-1].more:
            pages.append(await self.system.upstream.changes(self.cursor))
            self.take(pages[-1])
        return pages

    def take(self, changes: Changes) -> None:
        """Store one answer."""
        self.cursor = changes.cursor
        self.listed |= {row.ticket.id: str(row.ticket.number) for row in changes.listings}
        self.refused |= {row.target for row in changes.revocations}
        self.refused -= set(changes.lifted)
        self.as_of = changes.as_of or self.as_of


def ticket_id(ticket: ShopTicket) -> TicketId:
    """Return how the gateway calls a ticket of the shop."""
    return TicketId(f"{SOURCE}:{ticket.key}")


@asynccontextmanager
async def infomaniak_system(folder: Path) -> AsyncIterator[InfomaniakSystem]:
    """Open a shop whose time moves only when somebody waits."""
    hand = HandClock()
    simulator = Simulator(Shop(NOON), hand.clock)

    async def sleep(seconds: float) -> None:
        hand.go(math.ceil(seconds * 1000))

    simulator.sleep = sleep
    server = TestServer(simulator.app())
    async with server:
        system = InfomaniakSystem(simulator, server, folder, hand)
        try:
            yield system
        finally:
            await system.close()
