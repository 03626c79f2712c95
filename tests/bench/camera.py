"""Camera: how long a frame is looked at, and how long from the frame to a verdict on disk."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.evening import code
from bench.lane import CLOCK, DEVICE, IDENTITY, Alone, fill
from bench.rows import Progress, Row, percentile
from device.camera.chain import THOROUGH_EVERY, FrameChain
from device.ports import Gray
from device.wanted import Wanted
from doubles.device.door import WORST, scene
from offline_cache.cache import Cache
from scanner.lane.lane import Lane
from validator.admission import Shown

LASTS_MS = 33.0
"""How long a frame lasts at 30 a second."""

FRAMES = 6
"""Of each scene."""

TICKETS = Wanted({"qrcode"})
RESOLD = Wanted({"qrcode", "ean13", "code128"})
"""What a house looks for that sells by itself, and one with resellers' printed codes."""


def evening(scenes: int) -> Iterator[list[Gray]]:
    """Yield the frames of an evening: every scenario in turn, and nobody after each."""
    for number in range(scenes):
        for scenario in WORST:
            yield list(scene(scenario, number).frames(FRAMES))
            yield list(scene("empty", number).frames(FRAMES))


@dataclass(slots=True)
class Looks:
    """What looking at frames took, in milliseconds.

    Args:
        lasted: By the clock on the wall: other work on the machine counts.
        computed: Of the processor.
    """

    lasted: list[float] = field(default_factory=list)
    computed: list[float] = field(default_factory=list)


def looks(scenes: int, *wanted: Wanted) -> list[Looks]:
    """Look at an evening's frames, once for each of what is looked for."""
    chains = [FrameChain(wanted=lambda one=one: one) for one in wanted]  # type: ignore[misc]
    took = [Looks() for _ in wanted]
    at_s = 0.0
    for frames in evening(scenes):
        for chain, times in zip(chains, took, strict=True):
            for number, frame in enumerate(frames):
                began, computed = time.perf_counter(), time.process_time()
                chain.look(frame, at_s + number * LASTS_MS / 1000)
                times.computed.append((time.process_time() - computed) * 1000)
                times.lasted.append((time.perf_counter() - began) * 1000)
        at_s += FRAMES * LASTS_MS / 1000
    return took


async def verdicts(path: Path, tickets: int, progress: Progress) -> list[float]:
    """Return the milliseconds from a frame that can be read to the verdict on disk."""
    cache, alone = Cache.open(path, CLOCK, IDENTITY), Alone()
    lane = Lane(DEVICE, cache, alone, alone, CLOCK, os.urandom)
    chain = FrameChain(wanted=lambda: TICKETS)
    took: list[float] = []
    for number in range(1, tickets + 1):
        if number % 50 == 0:
            progress(f"{number} of {tickets} tickets held up")
        held = replace(scene("plain", number), text=code(number))
        for shown, frame in enumerate(held.frames(THOROUGH_EVERY)):
            at_s = number + shown * LASTS_MS / 1000
            began = time.perf_counter()
            found = await asyncio.to_thread(chain.look, frame, at_s)
            if not found:
                continue
            verdict = await lane.take(found[0].text or "", found[0].format)
            took.append((time.perf_counter() - began) * 1000)
            assert isinstance(verdict, Shown), verdict
            break
    assert len(took) >= tickets * 0.9, "plain tickets were not read"
    cache.close()
    return took


def run(small: bool, progress: Progress) -> list[Row]:
    """Measure."""
    scenes, tickets, house = (1, 3, 100) if small else (8, 200, 100_000)
    progress(f"{scenes * len(WORST) * 2 * FRAMES} frames, looked at twice")
    alone, resold = looks(scenes, TICKETS, RESOLD)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "cache.sqlite")
        fill(path, house, progress)
        took = asyncio.run(verdicts(path, tickets, progress))
    return [
        Row("camera: look at a frame of 1280x720, p50", percentile(alone.lasted, 0.5), "ms"),
        Row("camera: frames over 33 ms, QR codes", _over(alone.lasted), "%", budget=5),
        Row("of that: over 33 ms of the processor", _over(alone.computed), "%"),
        Row("camera: frames over 33 ms, QR, EAN-13, Code 128", _over(resold.lasted), "%", budget=5),
        Row("of these: over 33 ms of the processor", _over(resold.computed), "%"),
        Row("camera: frame to verdict on disk, p95", percentile(took, 0.95), "ms", budget=250),
    ]


def _over(times: list[float]) -> float:
    return 100 * sum(one > LASTS_MS for one in times) / len(times)
