"""Cancelled tickets in memory: size, load and look-up, each in a process of its own."""

from __future__ import annotations

import gc
import json
import random
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from bench.child import environment
from bench.rows import Progress, Row, Unmeasured
from validator.clock import Instant
from validator.model import CodeId, Revocation, RevocationKind
from validator.revocation import RevocationSet

ASKED, ROUNDS = 100_000, 9


def codes(count: int) -> list[CodeId]:
    """Return ids as random as digests are: the largest and slowest to look up."""
    source = random.Random(1)
    return [CodeId(source.randbytes(16)) for _ in range(count)]


def resident_mb() -> float:
    """Return this process's resident memory; Source: proc(5), /proc/pid/statm."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


def figures(count: int) -> dict[str, float]:
    """Measure in this process; look-ups in its own processor time, they are so short."""
    ids = codes(count)
    made = RevocationSet()
    for id in ids:
        made.add(Revocation(id, RevocationKind.CANCELLED, Instant(0)))
    image = made.image()
    # New objects, as a scan makes them: fetching an old one from far memory is no part of it.
    asked = [CodeId(bytes(bytearray(id))) for id in random.Random(2).choices(ids, k=ASKED // 2)]
    misses = [CodeId(bytes(reversed(id))) for id in asked]
    del made, ids
    gc.collect()
    before = resident_mb()
    began = time.perf_counter()
    loaded = RevocationSet.from_image(image)
    load_s = time.perf_counter() - began
    memory = resident_mb() - before
    looks_us = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for id in asked:
            loaded.hits(id)
        for id in misses:
            loaded.hits(id)
        looks_us.append((time.process_time() - began) / ASKED * 1e6)
    assert len(loaded) == count
    assert all(loaded.hits(id) for id in asked)
    size = sum(entries.itemsize * len(entries) for entries in loaded._shelves.values()) / 1e6
    return {"memory": max(memory, size), "load": load_s, "look": median(looks_us)}


def run(small: bool, progress: Progress) -> list[Row]:
    """Measure."""
    rows = []
    sizes = ((1_000, 16, 0.3),) if small else ((1_000_000, 16, 0.3), (10_000_000, 160, 2.0))
    for count, most_mb, most_s in sizes:
        progress(f"{count:,} cancelled tickets in memory")
        done = subprocess.run(
            [sys.executable, "-m", "bench.cancellations", str(count)],
            stdout=subprocess.PIPE,
            env=environment(),
        )
        if done.returncode:
            raise Unmeasured("the process that holds them failed; what it said stands above")
        found = json.loads(done.stdout)
        name = f"cancellations, {count / 1e6:g} M"
        rows += [
            Row(f"{name}: memory", found["memory"], "MB", budget=most_mb),
            Row(f"{name}: load from the image", found["load"], "s", budget=most_s),
            Row(f"{name}: look-up", found["look"], "us", budget=2),
        ]
    return rows


if __name__ == "__main__":
    print(json.dumps(figures(int(sys.argv[1]))))
