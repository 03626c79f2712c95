"""A device's end of the link without a mind of its own: what a test says and hears, as it is."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import aiohttp

from doubles.gateway.live import CLOCK, Device, LiveGateway
from validator.enrolment import TLS_NAME
from validator.feed import Delta, open_frame
from validator.model import (
    Assignment,
    Assurance,
    CheckIn,
    CheckInId,
    Decision,
    DeviceId,
    Direction,
    Kind,
    Reason,
    Scan,
    uuid7,
)
from validator.wire.codec import pack
from validator.wire.messages import (
    ClaimRequest,
    Hello,
    JournalRow,
    Message,
    Position,
    Sealed,
    Welcome,
    decode,
    encode,
)
from validator.wire.rows import entry_row

M = TypeVar("M")
GATE = "a"


def new_id() -> CheckInId:
    return uuid7(CLOCK.now(), CLOCK.boot_ns().to_bytes(10, "big"))


@dataclass(slots=True)
class Wire:
    """One end of a link, without a mind of its own."""

    device: DeviceId
    socket: aiohttp.ClientWebSocketResponse
    feed_key: bytes
    seen: list[Message] = field(default_factory=list)

    async def say(self, message: Message) -> None:
        await self.socket.send_bytes(encode(message))

    async def hear(self, kind: type[M]) -> M:
        """Return the next message of a kind; what comes before it is kept in `seen`."""
        async with asyncio.timeout(10):
            while True:
                item = await self.socket.receive()
                assert item.type is aiohttp.WSMsgType.BINARY, (item.type, item.data)
                message = decode(item.data)
                if isinstance(message, kind):
                    return message
                self.seen.append(message)

    async def frame(self, kind: type[M]) -> M:
        """Return the next stream frame of a kind."""
        while True:
            opened = open_frame((await self.hear(Sealed)).frame, self.feed_key)
            if isinstance(opened, kind):
                return opened

    async def placed(self, place: Assignment) -> None:
        """Wait for a device's place in the catalogue."""
        row = entry_row(place)
        while row not in (await self.frame(Delta)).rows:
            continue

    async def closed(self) -> tuple[int | None, str]:
        """Wait until the gateway closes; return code and sentence."""
        async with asyncio.timeout(10):
            while True:
                item = await self.socket.receive()
                if item.type is not aiohttp.WSMsgType.BINARY:
                    return self.socket.close_code, str(item.extra or "")
                self.seen.append(decode(item.data))


@asynccontextmanager
async def dialled(
    live: LiveGateway, device: Device
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with live.http.ws_connect(
        live.url("/api/v1/link", tls=True),
        headers={"Authorization": f"Bearer {device.token}"},
        ssl=live.trust(),
        server_hostname=TLS_NAME,
        max_msg_size=0,
    ) as socket:
        yield socket


@asynccontextmanager
async def connected(
    live: LiveGateway,
    device: Device,
    positions: tuple[Position, ...] = (),
    journal: int = 0,
    hello: Message | None = None,
) -> AsyncIterator[Wire]:
    async with dialled(live, device) as socket:
        id = DeviceId(device.id)
        wire = Wire(id, socket, live.daemon.gateway.services.feed.public)
        await wire.say(hello or Hello(1, id, positions, journal, CLOCK.now()))
        yield wire


@asynccontextmanager
async def welcomed(
    live: LiveGateway, device: Device, positions: tuple[Position, ...] = ()
) -> AsyncIterator[Wire]:
    async with connected(live, device, positions) as wire:
        await wire.hear(Welcome)
        yield wire


def from_nothing(stream: str) -> Position:
    return Position(stream, 0, 0, 0)


def claim(live: LiveGateway, number: str, gate: str = GATE) -> ClaimRequest:
    scan = Scan(new_id(), live.code(number), CLOCK.now())
    return ClaimRequest(scan, gate, Direction.ENTRY)


def journal(live: LiveGateway, device: DeviceId, numbers: tuple[str, ...]) -> list[JournalRow]:
    """Return a device's whole journal: it let in who had these tickets, alone."""
    rows: list[JournalRow] = []
    for number in numbers:
        ticket = live.daemon.gateway.office.tickets.get(number)
        check_in = CheckIn(
            new_id(),
            Kind.SHOWN,
            device,
            GATE,
            live.evening.tonight,
            Direction.ENTRY,
            Decision.ADMIT,
            Reason.OK,
            Assurance.PROVISIONAL,
            1,
            CLOCK.now(),
            0,
            ticket=ticket.id,
        )
        previous = rows[-1].hash if rows else bytes(32)
        body = pack(check_in)
        digest = hashlib.sha256(previous + body).digest()
        rows.append(JournalRow(len(rows) + 1, previous, digest, body))
    return rows
