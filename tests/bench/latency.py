"""Gateway: verdicts under an open load, at 100 and 500 a second.

Each request has its moment, fixed beforehand, and its latency counts from there: a gateway that
stalls does not keep the next requests from being late (coordinated omission).
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from pathlib import Path

from bench.child import child
from bench.evening import code
from bench.load import Http, http, post
from bench.rows import Progress, Row, Unmeasured, percentile
from bench.throughput import bodies

LINES = 32


async def open_load(host: str, token: str, codes: list[str], rate: float) -> list[float]:
    """Ask at random moments, `rate` a second on average; return each latency in ms."""
    source = random.Random(3)
    free: asyncio.Queue[Http] = asyncio.Queue()
    for _ in range(LINES):
        free.put_nowait(await http(host))
    took: list[float] = []

    async def ask(request: bytes, due: float) -> None:
        line = await free.get()
        answer = await line.ask(request)
        took.append((time.perf_counter() - due) * 1000)
        free.put_nowait(line)
        if b'"admit"' not in answer:
            raise Unmeasured("A good ticket was not admitted.")

    due = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for body in bodies(codes):
            due += source.expovariate(rate)
            await asyncio.sleep(max(due - time.perf_counter(), 0))
            tasks.create_task(ask(post(host, "/api/v1/check-ins", token, body), due))
    while not free.empty():
        free.get_nowait().close()
    return took


async def measure(seconds: float, rates: tuple[int, ...], progress: Progress) -> list[Row]:
    """Measure at each rate for so long."""
    rows = []
    total = int(sum(rates) * seconds)
    codes = [code(serial) for serial in range(1, total + 1)]
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        with child("bench.serving", data, "--tickets", total) as serving:
            for rate in rates:
                progress(f"open load of {rate} check-ins a second for {seconds:g} s")
                own = [codes.pop() for _ in range(int(rate * seconds))]
                took = await open_load(serving["plain"], serving["admin"], own, rate)
                budget = 10 if rate == 500 else None
                name = f"gateway: verdict at {rate}/s open load"
                rows.append(Row(f"{name}, p50", percentile(took, 0.5), "ms"))
                rows.append(Row(f"{name}, p99", percentile(took, 0.99), "ms", budget=budget))
    return rows


def run(small: bool, progress: Progress) -> list[Row]:
    """Measure."""
    return asyncio.run(measure(0.3 if small else 15.0, (100, 500), progress))
