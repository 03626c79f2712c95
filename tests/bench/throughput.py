"""Gateway: durable, validated check-ins against the bare loop, over HTTP and WebSocket."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from statistics import median

from bench.child import child, spent_s
from bench.evening import GATE, code
from bench.load import Stream, flood_http, framed, post, wire
from bench.rows import Progress, Row, Unmeasured
from validator.machine_clock import machine_clock
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


@dataclass(slots=True)
class Found:
    """What the rounds of one server over one protocol have found.

    Attributes:
        rates: Items a second.
        costs_us: Processor time of an item.
    """

    rates: list[float] = field(default_factory=list)
    costs_us: list[float] = field(default_factory=list)

    async def round(self, pid: int, items: int, load: Awaitable[float]) -> None:
        """Put a server under load."""
        before_s = spent_s(pid)
        self.rates.append(await load)
        self.costs_us.append((spent_s(pid) - before_s) / items * 1e6)


async def measure(codes: int, rounds: int, progress: Progress) -> list[Row]:
    """Alternate between the gateway and the bare loop; return medians of the rounds."""
    texts = [code(serial) for serial in range(1, 2 * rounds * codes + 1)]
    parts = [texts[start : start + codes] for start in range(0, len(texts), codes)]
    http, bare_http, links, bare_links = Found(), Found(), Found(), Found()
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        serving = child("bench.serving", one, "--tickets", len(texts), "--lanes", SOCKETS)
        with serving as ours, child("bench.bare", other) as bare:
            host, bare_host = ours["plain"], bare["plain"]
            for turn in range(rounds):
                progress(f"gateway against the bare loop, round {turn + 1} of {rounds}")
                first, second = parts[2 * turn], parts[2 * turn + 1]
                await bare_http.round(bare["pid"], codes, over_http(bare_host, "none", first))
                await http.round(ours["pid"], codes, over_http(host, ours["admin"], first))
                await bare_links.round(bare["pid"], codes, over_links(bare_host, (), second))
                await links.round(ours["pid"], codes, over_links(host, ours["lanes"], second))
    return [
        *_rows("check-in", "over HTTP", http, bare_http),
        *_rows("claim", "over WebSocket", links, bare_links),
    ]


def _rows(item: str, way: str, ours: Found, bare: Found) -> list[Row]:
    ratio = median(mine / floor for mine, floor in zip(ours.rates, bare.rates, strict=True))
    cost_us, floor_us = median(ours.costs_us), median(bare.costs_us)
    spent = f"processor time of a {item} {way}"
    return [
        Row(f"bare loop: {item}s {way}", median(bare.rates), "per s"),
        Row(f"gateway: {item}s {way}", median(ours.rates), "per s", ratio, LEAST, least=True),
        Row(f"bare loop: {spent}", floor_us, "us"),
        Row(f"gateway: {spent}", cost_us, "us", cost_us / floor_us if floor_us else None),
    ]


def run(small: bool, progress: Progress) -> list[Row]:
    """Measure."""
    return asyncio.run(measure(*((40, 1) if small else (2_000, 7)), progress))
