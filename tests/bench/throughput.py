"""Gateway: durable, validated check-ins against the bare loop, over HTTP and WebSocket."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time
from collections.abc import Sequence
from statistics import median

from bench.child import child
from bench.evening import GATE, code
from bench.load import Stream, flood_http, framed, post, wire
from bench.rows import Progress, Row, Unmeasured
from validator.gateway.daemon import machine_clock
from validator.model import DeviceId, Direction, Scan, uuid7
from validator.wire.messages import VERSION, ClaimRequest, Hello, encode

CONNECTIONS = 64
SOCKETS, AT_ONCE = 8, 16
LEAST = 0.6
CLOCK = machine_clock()


def bodies(codes: Sequence[str]) -> list[bytes]:
    """Return check-ins as the API takes them."""
    return [json.dumps({"code": text, "gate": GATE}).encode() for text in codes]


def claims(codes: Sequence[str]) -> list[bytes]:
    """Return claims as the link takes them."""
    return [
        framed(
            encode(
                ClaimRequest(
                    Scan(uuid7(CLOCK.now(), os.urandom(10)), text, CLOCK.now()),
                    GATE,
                    Direction.ENTRY,
                )
            )
        )
        for text in codes
    ]


async def over_http(host: str, token: str, codes: Sequence[str]) -> float:
    """Return check-ins per second."""
    requests = [post(host, "/api/v1/check-ins", token, body) for body in bodies(codes)]
    return await flood_http(host, requests, CONNECTIONS)


async def over_links(host: str, lanes: Sequence[Sequence[str]], codes: Sequence[str]) -> float:
    """Return claims per second; without lanes nobody has to be greeted."""
    streams = []
    frames = claims(codes)
    for place in range(SOCKETS):
        own = frames[place::SOCKETS]
        stream = Stream(own, _admitted if lanes else bool, AT_ONCE)
        device, token = lanes[place] if lanes else ("", "none")
        line = await wire(host, "/api/v1/link", token, stream.heard)
        if lanes:
            hello = Hello(VERSION, DeviceId(device), (), 0, CLOCK.now())
            line.send(framed(encode(hello)))
        stream.line = line
        streams.append(stream)
    began = time.perf_counter()
    await asyncio.gather(*(stream.run() for stream in streams))
    rate = len(codes) / (time.perf_counter() - began)
    for stream in streams:
        assert stream.line is not None
        stream.line.hang_up()
    return rate


def _admitted(message: bytes) -> bool:
    if b"Claimed" not in message[:10]:
        return False
    if b"admit" not in message:
        raise Unmeasured("A good ticket was not admitted.")
    return True


async def measure(codes: int, rounds: int, progress: Progress) -> list[Row]:
    """Alternate between the gateway and the bare loop; return medians of the rounds."""
    texts = [code(serial) for serial in range(1, 2 * rounds * codes + 1)]
    parts = [texts[start : start + codes] for start in range(0, len(texts), codes)]
    found: dict[str, list[float]] = {name: [] for name in ("http", "bare http", "ws", "bare ws")}
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        serving = child("bench.serving", one, "--tickets", len(texts), "--lanes", SOCKETS)
        with serving as ours, child("bench.bare", other) as bare:
            for turn in range(rounds):
                progress(f"gateway against the bare loop, round {turn + 1} of {rounds}")
                first, second = parts[2 * turn], parts[2 * turn + 1]
                found["bare http"].append(await over_http(bare["plain"], "none", first))
                found["http"].append(await over_http(ours["plain"], ours["admin"], first))
                found["bare ws"].append(await over_links(bare["plain"], (), second))
                found["ws"].append(await over_links(ours["plain"], ours["lanes"], second))
    rows = []
    for name, what in (("http", "check-ins over HTTP"), ("ws", "claims over WebSocket")):
        pairs = zip(found[name], found[f"bare {name}"], strict=True)
        ratio = median(mine / floor for mine, floor in pairs)
        rows.append(Row(f"bare loop: {what}", median(found[f"bare {name}"]), "per s"))
        rows.append(Row(f"gateway: {what}", median(found[name]), "per s", ratio, LEAST, least=True))
    return rows


def run(small: bool, progress: Progress) -> list[Row]:
    """Measure."""
    return asyncio.run(measure(*((40, 1) if small else (3_000, 3)), progress))
