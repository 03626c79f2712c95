"""The gateway's HTTP addresses, over aiohttp's own parser, without a network."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import cache
from typing import Any, cast
from urllib.parse import quote

from aiohttp import web

from doubles.hand_clock import HandClock
from doubles.live_gateway import CLOCK, sold
from fuzz.folder import FOLDER
from validator.gateway.app import create_app
from validator.gateway.daemon import Daemon

ADDRESSES = (
    b"POST /api/v1/check-ins",
    b"POST /api/v1/check-ins/batch",
    b"POST /api/v1/search",
    b"POST /api/v1/enrol",
    b"POST /api/v1/devices/codes",
    b"PUT /api/v1/devices/lane-1/gate",
    b"POST /api/v1/users",
    b"GET /api/v1/tickets/",
    b"GET /api/v1/streams/",
)
"""Those that end with a slash take what comes as the end of their path."""


class Transport(asyncio.Transport):
    """Keeps what is answered."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1)})
        self.answer = bytearray()
        self.closed = asyncio.Event()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep a part of the answer."""
        self.answer += data

    def writelines(self, parts: Any) -> None:
        """Keep parts of the answer."""
        self.answer += b"".join(parts)

    def is_closing(self) -> bool:
        """Tell whether the answer is whole."""
        return self.closed.is_set()

    def close(self) -> None:
        """End the answer."""
        self.closed.set()

    abort = close

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Take any number of bytes."""

    def pause_reading(self) -> None:
        """Nothing more comes."""

    def resume_reading(self) -> None:
        """Nothing more comes."""


class Site:
    """A gateway with an evening on sale, whose clock for limits of attempts runs fast."""

    def __init__(self) -> None:
        self.runner = asyncio.Runner()
        _, config = sold(FOLDER / "site")
        self.hand = HandClock()
        self.server = self.runner.run(self._open(Daemon(config, CLOCK)))

    async def _open(self, daemon: Daemon) -> web.Server:
        gateway = daemon.gateway
        await gateway.parts.committer.start()
        await gateway.parts.committer.put(gateway.parts.config.gates)
        self.token = gateway.secrets.admin_token.encode()
        app = create_app(replace(gateway.parts, clock=self.hand.clock), loopback=True)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        return cast(web.Server, runner.server)

    def answer(self, request: bytes) -> bytes:
        """Return what is answered to a request, as bytes."""
        self.hand.go(60_000)
        return self.runner.run(self._answer(request))

    async def _answer(self, request: bytes) -> bytes:
        protocol, transport = self.server(), Transport()
        protocol.connection_made(transport)
        protocol.data_received(request)
        await transport.closed.wait()
        protocol.connection_lost(None)
        return bytes(transport.answer)


def request(data: bytes) -> None:
    """Any body, or end of a path, is answered, and never with a fault of ours.

    The first byte picks the address.
    """
    address, body = ADDRESSES[data[0] % len(ADDRESSES)] if data else ADDRESSES[0], data[1:]
    if address.endswith(b"/"):
        address, body = address + quote(body, safe="").encode(), b""
    head = b"%b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: %d\r\n" % (
        address,
        len(body),
    )
    token = b"Authorization: Bearer " + _site().token
    answer = _site().answer(head + token + b"\r\n\r\n" + body)
    status = int(answer[9:12])
    assert answer.startswith(b"HTTP/1.1 ") and 200 <= status < 500, status


@cache
def _site() -> Site:
    return Site()
