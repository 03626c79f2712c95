"""500 lanes on TLS WebSockets: a ticket cancelled at the gateway, told to the last of them.

The lanes are light: they say what a device says, answer the clock with nothing, and look for the
frame of the cancellation. What a real device does after that, one transaction, is in the lane's
own row. The box office's part, a commit and a wake-up, comes before: the source asks the gateway
to apply the change, as its poller does.
"""

from __future__ import annotations

import asyncio
import ssl
import tempfile
import time
from pathlib import Path

from bench.child import child
from bench.evening import SCOPE
from bench.load import Http, Wire, framed, http, post, wire
from bench.rows import Progress, Row, percentile
from validator.enrolment import TLS_NAME
from validator.machine_clock import machine_clock
from validator.model import DeviceId
from validator.wire.messages import VERSION, Hello, Position, Receipt, encode

STREAM = f"cancellations.{SCOPE}"
MARK = STREAM.encode()


class LightLane:
    """Waits for frames of the cancellations stream and confirms them."""

    def __init__(self) -> None:
        self.frames = 0
        self.at = 0.0
        self.grown = asyncio.Event()
        self.line: Wire | None = None

    def heard(self, message: bytes) -> None:
        """Take a message; a delta or snapshot names its stream near its beginning."""
        if MARK in message[70:120]:
            self.frames += 1
            self.at = time.perf_counter()
            self.grown.set()
            if self.line is not None:
                self.line.send(framed(encode(Receipt(Position(STREAM, 1, 0, self.frames)))))


async def measure(lanes: int, rounds: int, progress: Progress) -> list[Row]:
    """Cancel a ticket at a time."""
    clock, took = machine_clock(), []
    with tempfile.TemporaryDirectory() as folder:
        progress(f"{lanes} lanes enrol and connect")
        serving = child(
            "bench.serving", Path(folder), "--tickets", 2 * rounds + 10, "--lanes", lanes
        )
        with serving as there:
            trust = ssl.create_default_context(cadata=there["pem"])
            all_: list[LightLane] = []
            positions = tuple(
                Position(name, 0, 0, 0) for name in ("catalogue", STREAM, f"tickets.{SCOPE}")
            )
            for device, token in there["lanes"]:
                lane = LightLane()
                lane.line = await wire(
                    there["tls"], "/api/v1/link", token, lane.heard, trust, TLS_NAME
                )
                hello = Hello(VERSION, DeviceId(device), positions, 0, clock.now())
                lane.line.send(framed(encode(hello)))
                all_.append(lane)
            await _until(all_, 1)
            line = await http(there["control"])
            for turn in range(rounds):
                progress(f"cancellation {turn + 1} of {rounds}")
                began = time.perf_counter()
                await _cancel(line, there["control"], turn + 1)
                await _until(all_, turn + 2)
                took.append((max(lane.at for lane in all_) - began) * 1000)
                await asyncio.sleep(0.2)
            line.close()
            for lane in all_:
                assert lane.line is not None
                lane.line.hang_up()
    name = f"cancelled at the source, heard by the last of {lanes} lanes"
    return [
        Row(f"{name}, p50", percentile(took, 0.5), "ms"),
        Row(f"{name}, p99", percentile(took, 0.99), "ms", budget=1000),
    ]


async def _cancel(line: Http, host: str, serial: int) -> None:
    await line.ask(post(host, f"/cancel/{serial}", "none", b""))


async def _until(lanes: list[LightLane], frames: int) -> None:
    async with asyncio.timeout(120):
        for lane in lanes:
            while lane.frames < frames:
                lane.grown.clear()
                await lane.grown.wait()


def run(small: bool, progress: Progress) -> list[Row]:
    """Measure."""
    return asyncio.run(measure(*((5, 2) if small else (500, 30)), progress))
