"""A lying lane: `python -m bench.flooding WHAT HOST DEVICE TOKEN` sends one thing, ever again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import zlib
from collections.abc import Awaitable, Callable, Iterator

from bench.child import ready
from bench.evening import GATE, SCOPE, code
from bench.load import Wire, framed, wire
from bench.rows import Unmeasured
from bench.upload import journal
from validator.machine_clock import machine_clock
from validator.model import DeviceId, Direction, Scan, uuid7
from validator.wire.journal import row_hash
from validator.wire.messages import (
    VERSION,
    ClaimRequest,
    GiveBack,
    Hello,
    JournalRow,
    Message,
    Ping,
    Position,
    Receipt,
    Telemetry,
    Upload,
    Want,
    encode,
)

CLOCK = machine_clock()
RETRY_S = 0.2
AHEAD = 1 << 20
"""Bytes that may wait to be sent."""


def positions(*streams: str) -> tuple[Position, ...]:
    """Return places at the beginning of streams."""
    return tuple(Position(stream, 0, 0, 0) for stream in streams)


def _claim(device: DeviceId, owed: int) -> Message:
    scan = Scan(uuid7(CLOCK.now(), os.urandom(10)), code(1), CLOCK.now())
    return ClaimRequest(scan, GATE, Direction.ENTRY, owed=tuple(journal(device, [1] * owed)))


def _damaged() -> Message:
    body = os.urandom(900_000)
    return Upload((JournalRow(1, bytes(32), row_hash(bytes(32), body), body),))


def _uploads(device: DeviceId) -> bytes:
    """Return a whole evening of a lane of its own: other tickets than any other's."""
    first = 1_000_000 + 20_000 * (zlib.crc32(device.encode()) % 1_000)
    rows = journal(device, list(range(first, first + 10_000)))
    parts = (tuple(rows[start : start + 1_000]) for start in range(0, len(rows), 1_000))
    return b"".join(framed(encode(Upload(part))) for part in parts)


def _many(message: Callable[[], Message], count: int = 200) -> bytes:
    return b"".join(framed(encode(message())) for _ in range(count))


FLOODS: dict[str, Callable[[DeviceId], bytes]] = {
    "pings": lambda device: _many(lambda: Ping(CLOCK.now()), 1_000),
    "garbage": lambda device: framed(b"\xdf\xff\xff\xff\xff" * 50) * 200,
    "made-up streams": lambda device: _many(
        lambda: Want(positions(*(f"uses.{scope}" for scope in range(1_000, 1_500)))), 5
    ),
    "the same stream again": lambda device: _many(lambda: Want(positions(f"tickets.{SCOPE}")), 20),
    "receipts": lambda device: _many(lambda: Receipt(positions(os.urandom(4).hex())[0]), 1_000),
    "damaged rows": lambda device: _many(_damaged, 1),
    "ids given back": lambda device: _many(lambda: GiveBack(uuid7(CLOCK.now(), os.urandom(10)))),
    "claims that carry 2,000 rows": lambda device: _many(lambda: _claim(device, 2_000), 1),
    "uploads of 1,000 rows": _uploads,
    "telemetry": lambda device: _many(lambda: Telemetry(5, 50, 3)),
}
"""What is sent, over and over, by what it is called."""


async def flood(what: str, host: str, device: DeviceId, token: str) -> None:
    """Send for ever; connect again when the gateway hangs up."""
    once = FLOODS[what](device)
    hello = framed(encode(Hello(VERSION, device, (), 1 << 40, CLOCK.now())))
    while True:
        try:
            line = await wire(host, "/api/v1/link", token, lambda _: None)
        except (Unmeasured, OSError):
            await asyncio.sleep(RETRY_S)
            continue
        line.send(hello)
        for _ in _until_closed(line):
            if line.waiting < AHEAD:
                line.send(once)
            await asyncio.sleep(0.001)


def _until_closed(line: Wire) -> Iterator[None]:
    while not line.closed.done():
        yield


async def _main(work: Awaitable[None]) -> None:
    flooding = asyncio.ensure_future(work)
    ready()
    await asyncio.to_thread(sys.stdin.read)
    flooding.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await flooding


if __name__ == "__main__":
    kind, address, name, secret = sys.argv[1:]
    asyncio.run(_main(flood(kind, address, DeviceId(name), secret)))
