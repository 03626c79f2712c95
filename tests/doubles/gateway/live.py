"""A whole gateway on free loopback ports, with the sample evening on sale."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp

from validator.boxoffice import BoxOffice, SampleEvening, sell_sample_evening
from validator.clock import Clock
from validator.enrolment import TLS_NAME, read_enrolment_code
from validator.gateway.config import Config
from validator.gateway.daemon import Daemon
from validator.gateway.host.doors import Shares
from validator.gateway.host.listeners import Address
from validator.gateway.trust.auth import Role
from validator.machine_clock import machine_clock
from validator.model import Direction, Gate

CLOCK = machine_clock()


@dataclass(frozen=True, slots=True)
class Device:
    """An enrolled device: its id and token."""

    id: str
    token: str


@dataclass(frozen=True, slots=True)
class LiveGateway:
    """What a test does with it."""

    daemon: Daemon
    evening: SampleEvening
    http: aiohttp.ClientSession

    @property
    def admin(self) -> str:
        """Token of this machine."""
        return self.daemon.gateway.secrets.admin_token

    def url(self, path: str, tls: bool = False) -> str:
        """Return an address on one of the listeners."""
        if tls:
            return f"https://127.0.0.1:{self.daemon.tls.port}{path}"
        return f"http://{self.daemon.plain}{path}"

    def trust(self) -> ssl.SSLContext:
        """Return what a device trusts: this venue's authority only."""
        return _trust(self.daemon.gateway.services.authority.pem)

    def code(self, number: str) -> str:
        """Return the newest code of a ticket."""
        return self.daemon.gateway.office.tickets.get(number).codes[-1].text

    async def call(
        self,
        method: str,
        path: str,
        body: object = None,
        token: str | None = None,
        tls: bool = False,
        **more: Any,
    ) -> tuple[int, Any]:
        """Send a request; return status and JSON."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if tls:
            more |= {"ssl": self.trust(), "server_hostname": TLS_NAME}
        async with self.http.request(
            method, self.url(path, tls), json=body, headers=headers, **more
        ) as answer:
            return answer.status, await answer.json()

    async def user(self, name: str, role: Role) -> str:
        """Add a user; return the token."""
        body = {"name": name, "role": role.value}
        status, answer = await self.call("POST", "/api/v1/users", body, self.admin)
        assert status == 200, answer
        return str(answer["token"])

    async def enrolled(self, gate: str = "a", name: str = "Handheld") -> Device:
        """Enrol a device as a device does."""
        _, made = await self.call("POST", "/api/v1/devices/codes", {"gate": gate}, self.admin)
        _, secret = read_enrolment_code(made["code"])
        body = {"secret": secret.hex(), "name": name}
        status, answer = await self.call("POST", "/api/v1/enrol", body, tls=True)
        assert status == 200, answer
        return Device(answer["device"], answer["token"])

    async def heard(self) -> None:
        """Wait until the box office was heard out."""
        services = self.daemon.gateway.services
        async with asyncio.timeout(20):
            while services.never_heard():
                services.wake_up_calls["boxoffice"].wake()
                await asyncio.sleep(0.02)


@cache
def _trust(pem: bytes) -> ssl.SSLContext:
    # One for all requests: those of another context would never share their connections.
    return ssl.create_default_context(cadata=pem.decode())


def sold(folder: Path) -> tuple[SampleEvening, Config]:
    """Sell the sample evening in a data folder; return it with a configuration that fits."""
    office = BoxOffice.open(folder, CLOCK, os.urandom)
    evening = sell_sample_evening(office, CLOCK.now())
    office.close()
    return evening, Config(
        name="Town hall",
        data=folder,
        plain=Address("127.0.0.1", 0),
        tls=Address("127.0.0.1", 0),
        poll_s=0.2,
        gates=(
            Gate("a", "Main entrance", (evening.tonight,)),
            Gate("out", "Garden door", (evening.tonight,), Direction.EXIT),
        ),
    )


@asynccontextmanager
async def live_gateway(
    folder: Path, clock: Clock = CLOCK, shares: Shares | None = None, **changes: Any
) -> AsyncIterator[LiveGateway]:
    """Run a gateway; it knows the whole evening when the block begins.

    Args:
        folder: Data folder.
        clock: Of its machine.
        shares: What its listeners hold; None = as this process's files allow.
        **changes: To the configuration.
    """
    evening, config = await asyncio.to_thread(sold, folder)
    daemon = Daemon(replace(config, **changes), clock, shares=shares)
    await daemon.start()
    try:
        async with aiohttp.ClientSession() as http:
            live = LiveGateway(daemon, evening, http)
            await live.heard()
            yield live
    finally:
        await daemon.stop()
