"""Gateway: verdicts under an open load, at 100 and 500 a second.

Each request has its moment, fixed beforehand, and its latency counts from there: a gateway that
stalls does not keep the next requests from being late (coordinated omission). The client is one
loop over plain sockets, so that it is hardly ever late itself.
"""

from __future__ import annotations

import random
import socket
import tempfile
import time
from collections import deque
from itertools import accumulate
from pathlib import Path
from select import select

from bench.child import child
from bench.evening import code
from bench.load import post
from bench.rows import Progress, Row, Unmeasured, percentile
from bench.throughput import bodies

LINES = 32
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


def measure(seconds: float, rates: tuple[int, ...], progress: Progress) -> list[Row]:
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
                took = open_load(serving["plain"], serving["admin"], own, rate)
                budget = 10 if rate == 500 else None
                name = f"gateway: verdict at {rate}/s open load"
                rows.append(Row(f"{name}, p50", percentile(took, 0.5), "ms"))
                rows.append(Row(f"{name}, p99", percentile(took, 0.99), "ms", budget=budget))
    return rows


def run(small: bool, progress: Progress) -> list[Row]:
    """Measure."""
    return measure(0.3 if small else 15.0, (100, 500), progress)
