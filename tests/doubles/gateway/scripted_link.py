"""The other end of the link: real TLS, WebSocket and messages; what it does is scripted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from aiohttp import WSMsgType, web

from doubles.evening import NOW
from doubles.gateway.authority import Authority
from doubles.gateway.feed_source import FeedSource
from validator.clock import Instant
from validator.model import Assurance, Decision, Next, Reason, Verdict
from validator.ports import Outcome
from validator.wire.messages import (
    VERSION,
    Acknowledged,
    Claimed,
    ClaimRequest,
    Hello,
    JournalRow,
    Message,
    Offer,
    Ping,
    Pong,
    Position,
    Recall,
    Sealed,
    Taken,
    Upload,
    Want,
    Welcome,
    decode,
    encode,
)

M = TypeVar("M", bound=Message)

ADMITTED = Verdict(Decision.ADMIT, Reason.OK, Next.LET_IN, Assurance.CONFIRMED, count=1)


class LinkGateway:
    """Serves one device.

    Attributes:
        feed: Its streams; publish with `publish`.
        heard: Every message, in order.
        rows: Journal rows that arrived, by sequence.
        rejected: Sequences of rows that it does not accept.
        takes: It stores uploads; else it acknowledges what it has.
        acknowledges: It answers uploads at all.
        parting: Close code that follows an acknowledgement at once, 0 = none.
        verdict: Answers claims; None = no answer.
        now: Its clock.
        refusal: HTTP status to refuse the link with, 0 = none.
        version: Of the protocol that it speaks.
        keep_days: How long devices keep what was acknowledged.
        token: Of the device that it accepts.
        headers: Of the last request.
        pem: The authority that vouches for it.
        recall: It was restored, and asks for this first; None = it was not.
    """

    def __init__(self, authority: Authority) -> None:
        self.feed = FeedSource()
        self.heard: list[Message] = []
        self.rows: dict[int, JournalRow] = {}
        self.rejected: set[int] = set()
        self.takes = True
        self.acknowledges = True
        self.parting = 0
        self.verdict: Callable[[ClaimRequest], Verdict | None] = lambda request: ADMITTED
        self.now = Instant(NOW + 5_000)
        self.refusal = 0
        self.version = VERSION
        self.keep_days = 0
        self.token = "secret"
        self.port = 0
        self.headers: dict[str, str] = {}
        self.pem = authority.pem
        self.recall: Recall | None = None
        self._stood: tuple[Position, ...] = ()
        self._authority = authority
        self._socket: web.WebSocketResponse | None = None
        self._runner: web.AppRunner | None = None
        self._news = asyncio.Condition()

    async def start(self) -> None:
        """Listen, on the port that it had before if it had one."""
        app = web.Application()
        app.router.add_get("/api/v1/link", self._link)
        self._runner = web.AppRunner(app, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(
            self._runner, "127.0.0.1", self.port, ssl_context=self._authority.serving()
        )
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Go away."""
        if self._socket is not None:
            await self._socket.close(code=1001, message=b"The gateway stops.")
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def publish(self, sealed: bytes) -> None:
        """Send a frame to the device."""
        await self.send(Sealed(sealed))

    async def send(self, message: Message) -> None:
        """Send a message."""
        await self.send_bytes(encode(message))

    async def send_bytes(self, data: bytes) -> None:
        """Send anything."""
        assert self._socket is not None
        await self._socket.send_bytes(data)

    async def send_text(self, text: str) -> None:
        """Send what is not even binary."""
        assert self._socket is not None
        await self._socket.send_str(text)

    async def close(self, code: int, why: str) -> None:
        """Close the link."""
        assert self._socket is not None
        await self._socket.close(code=code, message=why.encode())

    async def wait(self, kind: type[M], count: int = 1) -> M:
        """Wait until so many messages of a kind were heard; return the last of them."""
        async with self._news:
            await self._news.wait_for(lambda: len(self.of(kind)) >= count)
        return self.of(kind)[count - 1]

    async def stored(self, count: int) -> None:
        """Wait until so many journal rows are stored."""
        async with self._news:
            await self._news.wait_for(lambda: len(self.rows) >= count)

    def of(self, kind: type[M]) -> list[M]:
        """Return the messages of a kind."""
        return [message for message in self.heard if isinstance(message, kind)]

    async def _link(self, request: web.Request) -> web.StreamResponse:
        self.headers = dict(request.headers)
        if self.refusal:
            return web.json_response({"error": "no"}, status=self.refusal)
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.json_response({"error": "no"}, status=401)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._socket = socket
        async for item in socket:
            if item.type is WSMsgType.BINARY:
                await self._serve(decode(item.data))
        return socket

    async def _serve(self, message: Message) -> None:
        match message:
            case Hello(positions=positions):
                stored = max(self.rows, default=0)
                await self.send(Welcome(self.version, "Test", stored, self.now, self.keep_days))
                self._stood = positions
                if self.recall is not None:
                    await self.send(self.recall)
                else:
                    await self._follow(positions)
            case Offer(last=last):
                await self.send(Taken(0))
                if last:
                    await self._follow(self._stood)
            case Want(positions):
                await self._follow(positions)
            case Upload(rows):
                await self._upload(rows)
            case ClaimRequest() as claim:
                verdict = self.verdict(claim)
                if verdict is not None:
                    await self.send(Claimed(claim.scan.id, verdict))
            case Ping(sent):
                await self.send(Pong(sent, self.now, self.now))
        async with self._news:
            self.heard.append(message)
            self._news.notify_all()

    async def _follow(self, positions: tuple[Position, ...]) -> None:
        for at in positions:
            for sealed in self.feed.frames_since(at.stream, at.counter, at.sequence):
                await self.publish(sealed)

    async def _upload(self, rows: tuple[JournalRow, ...]) -> None:
        if self.takes:
            self.rows |= {row.sequence: row for row in rows}
        if self.acknowledges:
            # As the true gateway does, it names no check-in where it could not read one.
            outcomes = tuple(
                Outcome("", row.sequence not in self.rejected, "bad row")  # type: ignore[arg-type]
                for row in rows
                if self.takes
            )
            await self.send(Acknowledged(max(self.rows, default=0), outcomes))
            if self.parting:
                await self.close(self.parting, "This device is revoked. Wipe it.")
