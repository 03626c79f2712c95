"""Gateway: a good lane's claims while an enrolled one floods, each flood beside a quiet while.

And a cancellation, from the source to the frame at a lane, while lanes upload and while a million
tickets are listed for the first time.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any

from bench.child import child
from bench.evening import SCOPE, code
from bench.flooding import FLOODS, positions
from bench.load import Wire, framed, http, post, wire
from bench.rows import Progress, Row, Unmeasured, percentile
from bench.throughput import claims
from validator.machine_clock import machine_clock
from validator.model import DeviceId
from validator.wire.messages import VERSION, Hello, encode

CLOCK = machine_clock()
PAUSE_S = 0.02
REST_S = 2.0
PATIENCE_S = 30.0
MOST, MOST_MS, MOST_CANCEL_MS = 5.0, 200.0, 1_000.0
UPLOADERS = 16

MARK = f"cancellations.{SCOPE}".encode()
"""In the first bytes of a frame."""


class Lane:
    """A good lane: one claim after the other."""

    def __init__(self) -> None:
        self._answer: asyncio.Future[bytes] | None = None
        self.line: Wire | None = None

    def heard(self, message: bytes) -> None:
        """Take what the gateway says."""
        if b"Claimed" in message[:10] and self._answer and not self._answer.done():
            self._answer.set_result(message)

    async def claim(self, frame: bytes) -> float:
        """Claim; return the milliseconds until the answer."""
        assert self.line is not None
        self._answer = asyncio.get_running_loop().create_future()
        began = time.perf_counter()
        self.line.send(frame)
        async with asyncio.timeout(PATIENCE_S):
            answer = await self._answer
        if b"admit" not in answer:
            raise Unmeasured("A good ticket was not admitted.")
        return (time.perf_counter() - began) * 1000


async def _claimed(lane: Lane, frames: Iterator[bytes], count: int) -> list[float]:
    took = []
    for _ in range(count):
        took.append(await lane.claim(next(frames)))
        await asyncio.sleep(PAUSE_S)
    return took


async def _cancelled(ours: dict[str, Any], token: str, serials: Sequence[int]) -> list[float]:
    """Return the milliseconds from cancelling at the source to the frame at a lane."""
    heard: asyncio.Queue[float] = asyncio.Queue()

    def listen(message: bytes) -> None:
        if MARK in message[70:120]:
            heard.put_nowait(time.perf_counter())

    device, secret = ours["lanes"][1]
    line = await wire(ours["plain"], "/api/v1/link", secret, listen)
    place = positions(f"cancellations.{SCOPE}")
    line.send(framed(encode(Hello(VERSION, DeviceId(device), place, 0, CLOCK.now()))))
    source = await http(ours["control"])
    await heard.get()
    took = []
    for serial in serials:
        began = time.perf_counter()
        asked = asyncio.ensure_future(
            source.ask(post(ours["control"], f"/cancel/{serial}", token, b""))
        )
        async with asyncio.timeout(PATIENCE_S):
            took.append((await heard.get() - began) * 1000)
        await asked
        await asyncio.sleep(PAUSE_S)
    source.close()
    line.hang_up()
    return took


async def measure(count: int, progress: Progress) -> list[Row]:
    """Take turns between quiet and each flood; then cancel during uploads of many lanes."""
    total = count * (len(FLOODS) + 2) * 2
    frames = iter(claims([code(serial) for serial in range(10, total + 10)]))
    rows, quiet, found = [], [], {}
    with tempfile.TemporaryDirectory() as folder:
        serving = child("bench.serving", folder, "--tickets", total + 2_000, "--lanes", 32)
        with serving as ours:
            good = Lane()
            device, token = ours["lanes"][0]
            good.line = await wire(ours["plain"], "/api/v1/link", token, good.heard)
            hello = Hello(VERSION, DeviceId(device), (), 0, CLOCK.now())
            good.line.send(framed(encode(hello)))
            await _claimed(good, frames, count // 4)
            for place, what in enumerate(FLOODS):
                progress(f"claims of a good lane beside a flood of {what}")
                quiet += await _claimed(good, frames, count // 4)
                liar, secret = ours["lanes"][2 + place]
                with child("bench.flooding", what, ours["plain"], liar, secret):
                    found[what] = await _claimed(good, frames, count)
                await asyncio.sleep(REST_S)
            progress(f"cancellations while {UPLOADERS} lanes upload")
            serials = range(total + 100, total + 100 + count // 4)
            with ExitStack() as stack:
                for liar, secret in ours["lanes"][16 : 16 + UPLOADERS]:
                    flooding = child(
                        "bench.flooding", "uploads of 1,000 rows", ours["plain"], liar, secret
                    )
                    stack.enter_context(flooding)
                cancelled = await _cancelled(ours, token, serials)
    floor = percentile(quiet, 0.99)
    rows.append(Row("a good lane's claim, quiet, p99", floor, "ms"))
    for what, took in found.items():
        worst = percentile(took, 0.99)
        rows.append(Row(f"beside a flood of {what}, p99", worst, "ms", worst / floor, MOST))
    worst = max(percentile(took, 0.99) for took in found.values())
    rows.append(Row("beside the worst of these floods, p99", worst, "ms", budget=MOST_MS))
    name = f"cancelled at the source, at a lane, while {UPLOADERS} lanes upload, p99"
    rows.append(Row(name, percentile(cancelled, 0.99), "ms", budget=MOST_CANCEL_MS))
    return rows


def run(small: bool, progress: Progress) -> list[Row]:
    """Measure."""
    return asyncio.run(measure(12 if small else 200, progress))
