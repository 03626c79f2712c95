"""Lane: text to verdict on disk, alone, with a full house; and its restart to a first verdict."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.evening import GATE, SCOPE, SOURCE, code, entries, listings
from bench.rows import Progress, Row, percentile
from offline_cache.cache import Cache
from offline_cache.identity.identity import Identity
from scanner.lane.lane import Lane
from validator.admission import Shown
from validator.clock import Instant
from validator.feed import Epoch, Heartbeat, StreamHead, extend, seal, snapshots
from validator.keys import SigningKey
from validator.machine_clock import machine_clock
from validator.model import (
    Assignment,
    CheckInId,
    DeviceId,
    Fault,
    Revocation,
    RevocationKind,
    Serial,
    Verdict,
)
from validator.wire.messages import ClaimRequest
from validator.wire.rows import entry_row, listing_row, revocation_row

DEVICE = DeviceId("lane-1")
FEED = SigningKey.from_seed(b"bench: feed key's seed, 32 bytes")
IDENTITY = Identity(DEVICE, "none", "localhost:8443", "PEM", FEED.public, bytes(32))
EPOCH = Epoch(1, 1)
CLOCK = machine_clock()
EVERY = 10
"""Every tenth ticket is cancelled."""


@dataclass
class Alone:
    """No gateway, and a light that keeps what it was told to show."""

    connected: bool = False
    offset_ms: int | None = None

    def __post_init__(self) -> None:
        self.shown: list[Shown | Fault] = []

    async def claim(self, request: ClaimRequest) -> Verdict | None:
        """Answer nothing."""
        return None

    def give_back(self, id: CheckInId) -> None:
        """Nothing was claimed."""

    def wake(self) -> None:
        """Nobody uploads."""

    def show(self, shown: Shown | Fault, elapsed_ms: float) -> None:
        """Keep it."""
        self.shown.append(shown)


def fill(path: Path, tickets: int, progress: Progress) -> None:
    """Give a cache a house of tickets, a tenth of them cancelled, as a gateway would send it."""
    cache = Cache.open(path, CLOCK, IDENTITY)
    now = CLOCK.now()
    plan = (*entries(now), Assignment(DEVICE, GATE))
    every = range(EVERY, tickets + 1, EVERY)
    gone = (Revocation(Serial(SCOPE, number), RevocationKind.CANCELLED, now) for number in every)
    listed = map(listing_row, listings(range(1, tickets + 1)))
    heads = {}
    for stream, rows in (
        ("catalogue", map(entry_row, plan)),
        (f"cancellations.{SCOPE}", map(revocation_row, gone)),
        (f"tickets.{SCOPE}", listed),
        (f"uses.{SCOPE}", ()),
    ):
        progress(f"filling a lane's cache: {stream}, {tickets:,} tickets in all")
        heads[stream] = _apply(cache, stream, rows)
    cache.knowledge.apply(seal(Heartbeat(EPOCH, now, heads, {SOURCE: Instant(now - 1)}), FEED))
    cache.close()


def _apply(cache: Cache, stream: str, rows: Iterable[tuple[bytes, bytes]]) -> int:
    _, held = extend(StreamHead.empty(stream), (), EPOCH)
    for part in snapshots(held, rows):
        cache.knowledge.apply(seal(part, FEED))
    while cache.knowledge.busy:
        cache.knowledge.go_on()
    return 1


async def scans(path: Path, codes: list[str]) -> tuple[list[float], float]:
    """Take scans; return the milliseconds of each, and the seconds from the start to the first."""
    began = time.perf_counter()
    cache, alone = Cache.open(path, CLOCK, IDENTITY), Alone()
    lane = Lane(DEVICE, cache, alone, alone, CLOCK, os.urandom)
    took: list[float] = []
    first_s = 0.0
    for text in codes:
        start = time.perf_counter()
        shown = await lane.take(text)
        took.append((time.perf_counter() - start) * 1000)
        first_s = first_s or time.perf_counter() - began
        assert isinstance(shown, Shown), shown
    refused = sum(isinstance(shown, Shown) and not shown.verdict.passes for shown in alone.shown)
    assert refused <= len(codes) // 2, "good tickets were refused"
    cache.close()
    return took, first_s


def run(small: bool, progress: Progress) -> list[Row]:
    """Measure."""
    tickets, taken, starts = (500, 40, 1) if small else (1_000_000, 2_000, 3)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "cache.sqlite")
        began = time.perf_counter()
        fill(path, tickets, progress)
        filled_s = time.perf_counter() - began
        progress(f"a lane alone takes {taken:,} scans")
        step = max(tickets // taken, 1)
        codes = [code(1 + place * step) for place in range(taken)]
        took, first_s = asyncio.run(scans(path, codes))
        firsts = [first_s]
        for start in range(1, starts):
            progress(f"restart {start + 1} of {starts}")
            firsts.append(asyncio.run(scans(path, [code(2 + start)]))[1])
    return [
        Row("lane: text to verdict on disk, offline, p50", percentile(took, 0.5), "ms"),
        Row("lane: text to verdict on disk, offline, p99", percentile(took, 0.99), "ms", budget=5),
        Row("lane: restart to first verdict", median(firsts), "s", budget=2),
        Row("lane: taking the whole house for the first time", filled_s, "s"),
    ]
