"""HTTP addresses of gateway and box office, over aiohttp's own parser, without a network."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from functools import cache
from typing import Any, cast
from urllib.parse import quote

from aiohttp import web

from doubles.clock.hand_clock import HandClock
from doubles.gateway.live import CLOCK, sold
from fuzz.folder import FOLDER
from validator import boxoffice
from validator.gateway.api.app import create_app
from validator.gateway.daemon import Daemon
from validator.gateway.gateway import BOXOFFICE_PATH

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


TICKET = b"tickets/%NUMBER"
OFFICE = (
    b"POST orders",
    b"POST events",
    b"POST codes",
    b"POST check-ins",
    b"POST orders/1001/cancel",
    b"POST orders/1001/paid",
    b"POST " + TICKET + b"/cancel",
    b"POST " + TICKET + b"/reactivate",
    b"POST " + TICKET + b"/reissue",
    b"POST " + TICKET + b"/exchange",
    b"GET orders?q=",
    b"GET changes?limit=5&since=",
    b"GET tickets/",
)
"""Of the box office; those that end with a slash or an equals sign take what comes as their end."""


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
        evening, config = sold(FOLDER / f"site-{os.getpid()}")
        self.number = evening.full[0].encode()
        self.hand = HandClock()
        self.server = self.runner.run(self._open(Daemon(config, CLOCK)))

    async def _open(self, daemon: Daemon) -> web.Server:
        gateway = daemon.gateway
        await gateway.services.committer.start()
        gates = gateway.services.config.gates
        await gateway.services.committer.write(lambda work: work.put_entries(gates))
        self.token = gateway.secrets.admin_token.encode()
        self.key = gateway.secrets.boxoffice_key.encode()
        app = create_app(replace(gateway.services, clock=self.hand.clock), loopback=True)
        app.add_subapp(BOXOFFICE_PATH, boxoffice.create_app(gateway.office, self.key.decode()))
        runner = web.AppRunner(app, access_log=None, auto_decompress=False)
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
    _answered(address, body, _site().token)


def office_request(data: bytes) -> None:
    """The same for the box office."""
    address, body = OFFICE[data[0] % len(OFFICE)] if data else OFFICE[0], data[1:]
    method, _, path = address.replace(b"%NUMBER", _site().number).partition(b" ")
    _answered(method + b" " + BOXOFFICE_PATH.encode() + b"/api/v1/" + path, body, _site().key)


def _answered(address: bytes, body: bytes, key: bytes) -> None:
    if address.endswith((b"/", b"=")):
        address, body = address + quote(body, safe="").encode(), b""
    head = b"%b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: %d\r\n" % (
        address,
        len(body),
    )
    answer = _site().answer(head + b"Authorization: Bearer " + key + b"\r\n\r\n" + body)
    status = int(answer[9:12])
    # What is too long for aiohttp is answered in the words of HTTP/1.0.
    assert answer.startswith(b"HTTP/1.") and 200 <= status < 500, status


@cache
def _site() -> Site:
    return Site()
