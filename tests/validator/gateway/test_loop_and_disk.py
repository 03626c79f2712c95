"""The event loop's thread never waits for the disk; what happens during a look-up is not missed."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import aiohttp
import pytest

from doubles.gateway.committer_with_devices import Venue, token
from doubles.gateway.live import CLOCK, LiveGateway, sold
from doubles.gateway.raw_wire import connected, dialled, from_nothing
from validator.feed import Heartbeat
from validator.gateway.daemon import Daemon
from validator.gateway.store.port import Session, Store
from validator.gateway.store.sqlite.store import BUSY_S
from validator.gateway.trust.auth import Role
from validator.model import Decision, DeviceId
from validator.wire.messages import Hello, Welcome, encode


@dataclass
class WatchedStore:
    """Hands everything to a real store.

    Args:
        store: The real one.
        loop: Thread of the event loop.
        in_loop: Readings in that thread.
        meanwhile: Done once, in the thread of the next reading, before that ends.
    """

    store: Store
    loop: int = field(default_factory=threading.get_ident)
    in_loop: int = 0
    meanwhile: Callable[[], object] | None = None

    @property
    def callers_version(self) -> int:
        """As the real one says."""
        return self.store.callers_version

    def transaction(self, wait: bool = True) -> AbstractContextManager[Session]:
        """Change something."""
        return self.store.transaction(wait)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Read, and note where."""
        self.in_loop += threading.get_ident() == self.loop
        with self.store.reading() as session:
            yield session
            meanwhile, self.meanwhile = self.meanwhile, None
            if meanwhile is not None:
                meanwhile()

    def close(self) -> None:
        """Let go."""
        self.store.close()


@dataclass(frozen=True, slots=True)
class Watched:
    """A gateway with such a store."""

    live: LiveGateway
    store: WatchedStore


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Watched]:
    evening, config = await asyncio.to_thread(sold, tmp_path)
    daemon = Daemon(config, CLOCK)
    store = WatchedStore(daemon.gateway.services.store)
    daemon.gateway.services = replace(daemon.gateway.services, store=store)
    daemon.gateway.services.committer.store = store
    await daemon.start()
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        live = LiveGateway(daemon, evening, http)
        await live.heard()
        yield Watched(live, store)
    await daemon.stop()


async def test_no_request_and_no_link_is_served_from_the_disk_in_the_event_loops_thread(
    watched: Watched,
) -> None:
    live = watched.live
    password = await live.user("Counter 1", Role.CASHIER)
    body = {"name": "Counter 1", "password": password}
    for method, path in (("POST", "session"), ("GET", "session"), ("GET", "staff")):
        assert (await live.call(method, f"/counter/{path}", body))[0] == 200
    assert (await live.call("GET", "/counter/api/v1/orders"))[0] == 200
    assert (await live.call("GET", "/api/v1/devices", token="nobody's"))[0] == 401
    async with connected(live, await live.enrolled(), (from_nothing("catalogue"),)) as wire:
        await wire.hear(Welcome)
        await wire.frame(Heartbeat)
    assert watched.store.in_loop == 0


async def test_a_device_that_gets_another_gate_while_it_is_looked_up_stands_there(
    watched: Watched,
) -> None:
    live, loop = watched.live, asyncio.get_running_loop()
    device, done = await live.enrolled("a"), asyncio.Event()

    def moved() -> None:
        path = f"/api/v1/devices/{device.id}/gate"
        moving = live.call("PUT", path, {"gate": "out"}, live.admin)
        assert asyncio.run_coroutine_threadsafe(moving, loop).result(30)[0] == 200
        loop.call_soon_threadsafe(done.set)

    async with dialled(live, device) as socket:
        watched.store.meanwhile = moved
        await socket.send_bytes(encode(Hello(1, DeviceId(device.id), (), 0, CLOCK.now())))
        await socket.receive(30)
        await asyncio.wait_for(done.wait(), 30)
        lane = live.daemon.gateway.services.lanes.find(DeviceId(device.id))
        assert lane is not None
        assert lane.gate == "out"


async def test_a_device_that_is_revoked_before_it_says_hello_only_delivers(
    watched: Watched,
) -> None:
    live = watched.live
    device = await live.enrolled("a")
    async with dialled(live, device) as socket:
        path = f"/api/v1/devices/{device.id}/revoke"
        assert (await live.call("POST", path, {}, live.admin))[0] == 200
        await socket.send_bytes(encode(Hello(1, DeviceId(device.id), (), 0, CLOCK.now())))
        async with asyncio.timeout(30):
            while (await socket.receive()).type is aiohttp.WSMsgType.BINARY:
                continue
        assert socket.close_code == 4403


async def test_a_foreign_writer_holds_up_no_heartbeat_and_the_claim_is_answered_after_it(
    tmp_path: Path,
) -> None:
    venue = await Venue(tmp_path / "gateway.sqlite").start()
    lane, beats = venue.lane(), list[bytes]()
    holding, turned = threading.Event(), threading.Event()

    def hold() -> bool:
        with closing(sqlite3.connect(venue.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            holding.set()
            # Shorter than anybody waits for the file.
            return turned.wait(BUSY_S * 0.8)

    held = asyncio.create_task(asyncio.to_thread(hold))
    await asyncio.to_thread(holding.wait)
    claim = asyncio.create_task(lane.claim(lane.scan(token(1))))
    for _ in range(3):
        await venue.heartbeats.beat(beats.append)
    assert not claim.done()
    turned.set()
    assert await held, "the event loop waited for the file"
    assert (await claim).decision is Decision.ADMIT
    await venue.stop()
