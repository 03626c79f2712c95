"""Somebody without a token on the network: sends what a test says, and waits until it is gone."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from doubles.gateway.live import LiveGateway
from validator.enrolment import TLS_NAME

GONE_S = 60
"""How long a test waits at most."""


@dataclass(frozen=True, slots=True)
class Stranger:
    """One connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def send(self, text: str) -> None:
        """Send; nothing is waited for."""
        self.writer.write(text.encode())

    async def heard(self) -> bytes:
        """Return what is answered, up to the end of the headers."""
        async with asyncio.timeout(GONE_S):
            return await self.reader.readuntil(b"\r\n\r\n")

    async def gone(self) -> bytes:
        """Read until the other side has gone; return what it said."""
        async with asyncio.timeout(GONE_S):
            try:
                return await self.reader.read()
            except (ConnectionError, ssl.SSLError):
                return b""

    async def gone_while_saying(self, text: str, after_s: float = 0.0) -> None:
        """Say the same again and again, without reading, until the other side has gone."""
        async with asyncio.timeout(GONE_S):
            with suppress(ConnectionError, ssl.SSLError):
                while not self.writer.transport.is_closing():
                    self.send(text)
                    await asyncio.sleep(after_s)
                    await self.writer.drain()


@asynccontextmanager
async def stranger(
    live: LiveGateway, tls: bool = True, at: str = "tls", come_from: str = "127.0.0.1"
) -> AsyncIterator[Stranger]:
    """Come to a listener.

    Args:
        live: The gateway.
        tls: Agree on TLS first.
        at: Whose listener: `tls` or `plain`.
        come_from: An address of this machine.
    """
    trust = live.trust() if tls and at == "tls" else None
    port = live.daemon.tls.port if at == "tls" else live.daemon.plain.port
    reader, writer = await asyncio.open_connection(
        "127.0.0.1",
        port,
        ssl=trust,
        server_hostname=TLS_NAME if trust else None,
        local_addr=(come_from, 0),
        limit=2048,
    )
    try:
        yield Stranger(reader, writer)
    finally:
        writer.transport.abort()
