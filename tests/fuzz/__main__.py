"""`python -m fuzz RUNS [TARGET...]`: fuzz readers of outside bytes; a crash is kept as a seed.

Two targets run at a time. Standard output has a line for each as it ends: name, `held`, `BROKEN`
or `LATE`, executions, seconds. Exit code 1 if any was not held.
"""

import logging
import mmap
import os
import shutil
import struct
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["validator", "offline_cache", "device"]):
    from fuzz.targets import CORPUS, SLOW, TARGETS

LONGEST = 4_096
"""Bytes of one input; longer ones have tests of their own."""

ABREAST = 2
"""Targets that run at the same time."""

LATEST_S = 3_600
"""Seconds after which a target is over, whatever it has done by then."""


@dataclass(frozen=True, slots=True)
class Running:
    """A target at work in a process of its own.

    Args:
        name: Of the target.
        count: Shared with it: executions so far.
        begun_s: When, in seconds of the monotonic clock.
    """

    name: str
    count: mmap.mmap
    begun_s: float

    def ended(self, status: int, runs: int) -> bool:
        """Tell how it ended; return whether it held all the way."""
        done, seconds = struct.unpack("Q", self.count)[0], time.monotonic() - self.begun_s
        how = "BROKEN" if status else "held" if done >= runs else "LATE"
        print(self.name, how, done, f"{seconds:.0f}", flush=True)
        return how == "held"


def fuzz(name: str, runs: int, folder: Path, count: mmap.mmap) -> None:
    """Fuzz one target; ends the process."""
    logging.disable()
    found = folder / name
    shutil.copytree(CORPUS / name, found)
    options = [f"-runs={runs}", f"-max_len={LONGEST}", "-seed=1", "-timeout=60", "-verbosity=0"]
    options += [f"-max_total_time={LATEST_S}", f"-artifact_prefix={CORPUS / name}/"]
    atheris.Setup(["fuzz", *options, str(found)], counted(TARGETS[name], count))
    atheris.Fuzz()


def counted(target: Callable[[bytes], None], count: mmap.mmap) -> Callable[[bytes], None]:
    """Return a target that counts its executions, those that crash too."""
    done = 0

    def run(data: bytes) -> None:
        nonlocal done
        done += 1
        struct.pack_into("Q", count, 0, done)
        target(data)

    return run


def start(name: str, runs: int, folder: Path) -> tuple[int, Running]:
    """Start a target in a fork, because Atheris ends its process; return its process id."""
    count = mmap.mmap(-1, 8)
    child = os.fork()
    if not child:
        fuzz(name, runs, folder, count)
        os._exit(70)
    return child, Running(name, count, time.monotonic())


def main(runs: int, names: list[str]) -> int:
    """Fuzz targets, the slow ones first."""
    waiting = sorted(names or TARGETS, key=lambda name: name not in SLOW)
    running: dict[int, Running] = {}
    broken = 0
    maker, folder = os.getpid(), Path(tempfile.mkdtemp(prefix="fuzz-"))
    try:
        while waiting or running:
            while waiting and len(running) < ABREAST:
                child, begun = start(waiting.pop(0), runs, folder)
                running[child] = begun
            child, status = os.wait()
            broken += not running.pop(child).ended(status, runs)
    finally:
        # The fork of a crash comes by here, too; the other targets still need theirs.
        if os.getpid() == maker:
            shutil.rmtree(folder)
    return min(broken, 1)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
