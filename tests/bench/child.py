"""Processes that a bench measures: started, asked for where they listen, and ended."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench.rows import Unmeasured

END_S = 30


def environment() -> dict[str, str]:
    """Return an environment in which a child finds the modules that this process finds."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


@contextmanager
def child(module: str, *args: object) -> Iterator[dict[str, Any]]:
    """Run `python -m module`; it serves until its standard input is closed.

    Args:
        module: What to run. Its first line of output is a JSON object.
        *args: Of the command.

    Yields:
        That object.

    Raises:
        Unmeasured: It ended before it said where it listens.
    """
    command = [sys.executable, "-m", module, *map(str, args)]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment()
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        if not line:
            raise Unmeasured(f"{module} did not start; what it said stands above.")
        yield json.loads(line)
    finally:
        process.stdin.close()
        try:
            process.wait(END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def ready(**where: Any) -> None:
    """Tell the parent where this process listens, then serve until it goes away."""
    print(json.dumps({**where, "pid": os.getpid()}), flush=True)


def spent_s(pid: int) -> float:
    """Return the processor time that a process has used.

    Source: clock_getcpuclockid(3); Linux, make_process_cpuclock with CPUCLOCK_SCHED.
    """
    return time.clock_gettime(~pid << 3 | 2)
