"""Light clients: requests that were put into bytes beforehand, over sockets without a library.

A client that costs little leaves the second core to the process that is measured. A WebSocket's
frames are masked with a key of zeros, so a message can be sent as it is (RFC 6455, section 5.3).
"""

from __future__ import annotations

import asyncio
import base64
import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from bench.rows import Unmeasured


class Http(asyncio.Protocol):
    """One kept connection, one request at a time; answers must have a `Content-Length`."""

    def __init__(self) -> None:
        self._buffer = b""
        self._answer: asyncio.Future[bytes] | None = None
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(Unmeasured("The server closed a connection."))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, blank, body = self._buffer.partition(b"\r\n\r\n")
        if not blank:
            return
        place = head.lower().index(b"content-length:")
        length = int(head[place + 15 :].split(b"\r\n", 1)[0])
        if len(body) < length:
            return
        self._buffer = body[length:]
        answer, self._answer = self._answer, None
        if answer is None or answer.done():
            return
        if head[9:12] == b"200":
            answer.set_result(body[:length])
        else:
            answer.set_exception(Unmeasured(f"Answered {head[9:12]!r}: {body[:200]!r}"))

    async def ask(self, request: bytes) -> bytes:
        """Send a request; return its answer's body.

        Raises:
            Unmeasured: It is not a 200.
        """
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        """Hang up."""
        self._transport.abort()


def post(host: str, path: str, token: str, body: bytes) -> bytes:
    """Return a request's bytes."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def http(host: str) -> Http:
    """Connect to `address:port`."""
    address, port = host.rsplit(":", 1)
    _, protocol = await asyncio.get_running_loop().create_connection(Http, address, int(port))
    return protocol


class Wire(asyncio.Protocol):
    """A WebSocket of binary messages.

    Args:
        heard: Called with each message.
    """

    def __init__(self, heard: Callable[[bytes], None]) -> None:
        self._heard = heard
        self._buffer = bytearray()
        self._transport: Any = None
        self._open = False
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(Unmeasured("The server took no WebSocket."))
        if not self.closed.done():
            self.closed.set_result(None)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._open:
            head, blank, rest = bytes(self._buffer).partition(b"\r\n\r\n")
            if not blank:
                return
            if b" 101 " not in head.split(b"\r\n", 1)[0]:
                self.opened.set_exception(Unmeasured(f"No WebSocket: {head[:80]!r}"))
                return
            self._open, self._buffer = True, bytearray(rest)
            self.opened.set_result(None)
        for kind, message in self._frames():
            if kind == 2:
                self._heard(message)
            elif kind == 9:
                self._transport.write(framed(message, 10))

    def _frames(self) -> Iterator[tuple[int, bytes]]:
        buffer, at = self._buffer, 0
        while len(buffer) - at >= 2:
            length, start = buffer[at + 1] & 127, at + 2
            if length == 126:
                length, start = int.from_bytes(buffer[start : start + 2], "big"), start + 2
            elif length == 127:
                length, start = int.from_bytes(buffer[start : start + 8], "big"), start + 8
            if len(buffer) < start + length:
                break
            kind = buffer[at] & 15
            at = start + length
            yield kind, bytes(buffer[start:at])
        del buffer[:at]

    def send(self, frame: bytes) -> None:
        """Send a frame made by `framed`."""
        self._transport.write(frame)

    @property
    def waiting(self) -> int:
        """Bytes that have yet to be sent."""
        return int(self._transport.get_write_buffer_size())

    def hang_up(self) -> None:
        """End the connection."""
        self._transport.abort()


def framed(message: bytes, kind: int = 2) -> bytes:
    """Return a message as a client's frame, masked with zeros.

    Source: RFC 6455, section 5.2.
    """
    size = len(message)
    if size < 126:
        head = bytes((128 | kind, 128 | size))
    elif size < 1 << 16:
        head = bytes((128 | kind, 254)) + size.to_bytes(2, "big")
    else:
        head = bytes((128 | kind, 255)) + size.to_bytes(8, "big")
    return head + bytes(4) + message


async def wire(
    host: str,
    path: str,
    token: str,
    heard: Callable[[bytes], None],
    ssl: Any = None,
    name: str = "",
) -> Wire:
    """Open a WebSocket at `address:port`."""
    address, port = host.rsplit(":", 1)
    tls = {"ssl": ssl, "server_hostname": name} if ssl else {}
    _, protocol = await asyncio.get_running_loop().create_connection(
        lambda: Wire(heard), address, int(port), **tls
    )
    key = base64.b64encode(os.urandom(16)).decode()
    protocol.send(
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {key}\r\n\r\n".encode()
    )
    await protocol.opened
    return protocol


async def flood_http(host: str, requests: Sequence[bytes], connections: int) -> float:
    """Send requests as fast as they are answered; return how many a second were."""
    waiting = deque(requests)
    lines = [await http(host) for _ in range(connections)]

    async def work(line: Http) -> None:
        while waiting:
            answer = await line.ask(waiting.popleft())
            if b'"admit"' not in answer:
                raise Unmeasured(f"A good ticket was not admitted: {answer[:200]!r}")

    began = time.perf_counter()
    await asyncio.gather(*map(work, lines))
    rate = len(requests) / (time.perf_counter() - began)
    for line in lines:
        line.close()
    return rate


class Stream:
    """Messages over one WebSocket, several of them unanswered at a time.

    Args:
        frames: To be sent, in order.
        is_answer: Tells an answer from other messages.
        at_once: How many may be unanswered.
    """

    def __init__(
        self, frames: Sequence[bytes], is_answer: Callable[[bytes], bool], at_once: int
    ) -> None:
        self._waiting = deque(frames)
        self._left = len(frames)
        self._is_answer = is_answer
        self._at_once = at_once
        self._done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.line: Wire | None = None

    def heard(self, message: bytes) -> None:
        """Take a message."""
        if self.line is None or not self._is_answer(message):
            return
        self._left -= 1
        if self._waiting:
            self.line.send(self._waiting.popleft())
        if not self._left and not self._done.done():
            self._done.set_result(None)

    async def run(self) -> None:
        """Send all, until all are answered."""
        assert self.line is not None
        for _ in range(min(self._at_once, len(self._waiting))):
            self.line.send(self._waiting.popleft())
        await asyncio.wait({self._done, self.line.closed}, return_when=asyncio.FIRST_COMPLETED)
        if not self._done.done():
            raise Unmeasured("The server closed a WebSocket.")
