"""Somebody on a plain socket who sends and never reads, so that what is told to them piles up."""

from __future__ import annotations

import asyncio
import base64
import socket
from dataclasses import dataclass

from doubles.gateway.live import CLOCK, Device, LiveGateway
from validator.feed.names import CATALOGUE
from validator.model import DeviceId
from validator.wire.messages import Hello, Message, Ping, Position, Want, encode

_BINARY, _MASKED, _TWO_BYTES, _EIGHT_BYTES = 0x82, 0x80, 126, 127

_FULL = 50
"""Messages that wait once neither kernel takes more; those that wait for a moment are few."""

_TURNS = 50
"""Of the event loop, in which a message is answered, or its answer has gone out."""

_ALL = Want((Position(CATALOGUE, 0, 0, 0),))


@dataclass(frozen=True, slots=True)
class Deaf:
    """A connection with the smallest window that there is."""

    socket: socket.socket

    @classmethod
    async def to(cls, live: LiveGateway, address: str = "127.0.0.1") -> Deaf:
        """Connect to the loopback listener, from an address of this machine."""
        plain = socket.socket()
        plain.bind((address, 0))
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        plain.setblocking(False)
        await asyncio.get_running_loop().sock_connect(plain, live.daemon.plain)
        return cls(plain)

    async def send(self, data: bytes) -> None:
        """Send; returns when the other side has room."""
        await asyncio.get_running_loop().sock_sendall(self.socket, data)

    async def ask(self, line: str, *headers: str, body: str = "") -> None:
        """Send a request, or as much of one as is given."""
        lines = (f"{line} HTTP/1.1", "Host: 127.0.0.1", *headers, "", body)
        await self.send("\r\n".join(lines).encode())

    async def some(self) -> bytes:
        """Read once, all the same; nothing = the other side has gone."""
        try:
            return await asyncio.get_running_loop().sock_recv(self.socket, 65_536)
        except ConnectionError:
            return b""

    async def gone(self) -> None:
        """Send until the other side has gone."""
        try:
            async with asyncio.timeout(20):
                while True:
                    await self.say(Ping(CLOCK.now()))
                    await asyncio.sleep(0)
        except ConnectionError:
            return

    async def say(self, *messages: Message) -> None:
        """Send messages of the link in frames whose mask changes nothing."""
        await self.send(b"".join(_frame(encode(message)) for message in messages))

    async def link(self, live: LiveGateway, device: Device) -> None:
        """Open a device's link, and let what it is told fill every buffer on the way."""
        await self.ask(
            "GET /api/v1/link",
            f"Authorization: Bearer {device.token}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {base64.b64encode(bytes(16)).decode()}",
        )
        assert b" 101 " in await self.some()
        await self.say(Hello(1, DeviceId(device.id), (), 0, CLOCK.now()))
        lanes = live.daemon.gateway.services.lanes
        async with asyncio.timeout(60):
            waiting, lane = 0, None
            while waiting < _FULL:
                await self.say(_ALL)
                for _ in range(_TURNS):
                    await asyncio.sleep(0)
                    lane = lanes.find(DeviceId(device.id))
                    if lane is not None and lane.waiting > waiting:
                        break
                waiting = lane.waiting if lane is not None else 0

    def close(self) -> None:
        """Hang up."""
        self.socket.close()


def _frame(data: bytes) -> bytes:
    size = len(data)
    if size < _TWO_BYTES:
        head = bytes([_BINARY, _MASKED | size])
    elif size < 1 << 16:
        head = bytes([_BINARY, _MASKED | _TWO_BYTES]) + size.to_bytes(2, "big")
    else:
        head = bytes([_BINARY, _MASKED | _EIGHT_BYTES]) + size.to_bytes(8, "big")
    return head + bytes(4) + data
