"""A pretix and the gateway that follows it, pass by pass."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp.test_utils import TestServer

from doubles.clock.hand_clock import HandClock
from doubles.gateway.committer_with_devices import CODE_KEY
from doubles.upstreams.pretix_system import pretix_at
from simulators.pretix import SETUP, FakePretix
from simulators.pretix_desk import Desk
from validator.keys import KeyRing
from validator.model import CodeId, Opaque, SourceKey
from validator.ports import Changes
from validator.token import read


class Shop:
    """A pretix and the gateway that follows it."""

    def __init__(self, fake: FakePretix, server: TestServer, folder: Path) -> None:
        self.fake, self.desk, self.server, self.folder = fake, fake.desk, server, folder
        self.hand = HandClock()
        self.upstream = pretix_at(server, folder, self.hand)
        self.cursor = ""

    async def news(self) -> Changes:
        """Take one whole pass."""
        parts = [await self.upstream.changes(self.cursor)]
        while parts[-1].more:
            parts.append(await self.upstream.changes(parts[-1].cursor))
        self.cursor = parts[-1].cursor
        if len(parts) == 1:
            return parts[0]
        return Changes(
            self.cursor,
            parts[-1].as_of,
            listings=tuple(row for part in parts for row in part.listings),
        )

    async def reopen(self, setup: str = SETUP) -> None:
        """Start the gateway again."""
        await self.upstream.close()
        self.upstream = pretix_at(self.server, self.folder, self.hand, setup)

    def code(self, secret: str) -> CodeId:
        """Return a secret's digest, as a lane makes it."""
        keys = (SourceKey("k", self.desk.key.public, "pretix"),) if self.desk.signed else ()
        reading = read(secret, KeyRing({}, CODE_KEY, keys))
        assert isinstance(reading, Opaque)
        return reading.code


@asynccontextmanager
async def pretix_shop(folder: Path) -> AsyncIterator[Shop]:
    """Open a pretix that signs its codes."""
    fake = FakePretix(Desk(signed=True))
    server = TestServer(fake.app())
    async with server:
        shop = Shop(fake, server, folder)
        yield shop
        await shop.upstream.close()
