"""Gateway: verdicts under an open load, at 100 and 500 a second.

Each request has its moment, fixed beforehand, and its latency counts from there: a gateway that
stalls does not keep the next requests from being late (coordinated omission). The client is one
loop over plain sockets, so that it is hardly ever late itself.
"""

from __future__ import annotations

import random
import socket
import sqlite3
import tempfile
import time
from collections import defaultdict, deque
from itertools import accumulate
from pathlib import Path
from select import select

from bench.child import child
from bench.evening import code
from bench.load import post
from bench.rows import Progress, Row, Unmeasured, percentile
from bench.throughput import bodies

RATES = (100, 500)
LINES = 32
PAUSE_S = 0.005
MOST_BYTES = 65_536
SILENCE_S = 10.0


def open_load(host: str, token: str, codes: list[str], rate: float) -> list[float]:
    """Ask at random moments, `rate` a second on average; return each latency in ms.

    Raises:
        Unmeasured: A good ticket was not admitted, or no answer came.
    """
    requests = deque(post(host, "/api/v1/check-ins", token, body) for body in bodies(codes))
    source = random.Random(3)
    began = time.perf_counter()
    waits = (source.expovariate(rate) for _ in codes)
    moments = deque(accumulate(waits, initial=began + 0.1))
    address, port = host.rsplit(":", 1)
    free = [socket.create_connection((address, int(port))) for _ in range(LINES)]
    lines = tuple(free)
    due: dict[socket.socket, float] = {}
    took: list[float] = []
    while requests or due:
        while requests and free and moments[0] <= time.perf_counter():
            line = free.pop()
            due[line] = moments.popleft()
            line.sendall(requests.popleft())
        idle_s = moments[0] - time.perf_counter() if requests and free else SILENCE_S
        heard, _, _ = select(list(due), (), (), max(idle_s, 0))
        if not heard and idle_s == SILENCE_S:
            raise Unmeasured("The gateway does not answer.")
        for line in heard:
            # A line holds one request, and its answer is far smaller than a packet.
            answer = line.recv(MOST_BYTES)
            took.append((time.perf_counter() - due.pop(line)) * 1000)
            free.append(line)
            if b'"admit"' not in answer:
                raise Unmeasured("A good ticket was not admitted.")
    for line in lines:
        line.close()
    return took


def commits(folder: Path, times: int) -> list[float]:
    """Return how long the disk takes to keep one row, in ms: nothing durable is faster."""
    database = sqlite3.connect(folder / "commits.sqlite", isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE IF NOT EXISTS kept (body BLOB)")
    took = []
    for _ in range(times):
        began = time.perf_counter()
        database.execute("INSERT INTO kept VALUES (zeroblob(300))")
        took.append((time.perf_counter() - began) * 1000)
        time.sleep(PAUSE_S)
    database.close()
    return took


def measure(seconds: float, rounds: int, progress: Progress) -> list[Row]:
    """Take turns between disk, bare loop and gateway, each for so long; all rounds count."""
    total = sum(int(rate * seconds) for rate in RATES) * rounds
    codes = [code(serial) for serial in range(1, total + 1)]
    found: defaultdict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        serving = child("bench.serving", one, "--tickets", total)
        with serving as ours, child("bench.bare", other) as bare:
            for turn in range(rounds):
                progress(f"open load, round {turn + 1} of {rounds}")
                found["disk: one row committed"] += commits(Path(other), int(seconds / PAUSE_S / 2))
                for rate in RATES:
                    own = [codes.pop() for _ in range(int(rate * seconds))]
                    for name, host, token in (
                        ("bare loop: answer", bare["plain"], "none"),
                        ("gateway: verdict", ours["plain"], ours["admin"]),
                    ):
                        took = open_load(host, token, own, rate)
                        found[f"{name} at {rate}/s open load"] += took
    rows = []
    for name, took in found.items():
        budget = 10 if name.startswith("gateway") and "500" in name else None
        rows.append(Row(f"{name}, p50", percentile(took, 0.5), "ms"))
        rows.append(Row(f"{name}, p99", percentile(took, 0.99), "ms", budget=budget))
    return rows


def run(small: bool, progress: Progress) -> list[Row]:
    """Measure."""
    return measure(*((0.2, 1) if small else (5.0, 4)), progress)
