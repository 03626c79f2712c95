"""`python -m clocks WORD...` runs a command at every time at which an evening may go wrong.

libfaketime moves what all its processes take for now; clocks that measure how long something takes
are left alone. Exit code 1 if the command failed at any of these times.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

TIMES = (
    ("UTC", "2026-12-01 23:56"),
    ("UTC", "2026-12-02 00:30"),
    ("UTC", "2026-12-31 23:56"),
    ("Europe/Paris", "2026-12-01 23:56"),
    ("Europe/Paris", "2026-12-02 00:30"),
    ("Europe/Paris", "2026-12-31 23:56"),
    ("Europe/Paris", "2026-10-25 02:30"),
    ("Europe/Paris", "2027-03-28 01:57"),
)
"""The machine's zone, and its clock at the beginning: about midnight, at New Year, in the nights in
which clocks are put back and forward."""

SOURCE = Path(__file__).with_name("sleep.c")


def main(words: Sequence[str]) -> int:
    """Run the command at each time, one after the other, whatever it says.

    Args:
        words: Of the command.
    """
    if lacking := [name for name in ("faketime", "cc") if not shutil.which(name)]:
        print(f"Not installed: {', '.join(lacking)}.", file=sys.stderr)
        return 1
    red = []
    with tempfile.TemporaryDirectory() as folder:
        sleep = Path(folder, "sleep.so")
        subprocess.run(["cc", "-shared", "-fPIC", "-o", sleep, SOURCE], check=True)
        for zone, time in TIMES:
            print(f"== {time} {zone}", flush=True)
            moved = {
                "TZ": zone,
                "LD_PRELOAD": str(sleep),
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                # Else Chromium waits for ever.
                "FAKETIME_FORCE_MONOTONIC_FIX": "0",
            }
            done = subprocess.run(["faketime", time, *words], env=os.environ | moved)
            red += [f"{time} {zone}"] * (done.returncode != 0)
    if red:
        print(f"Red at: {', '.join(red)}.", file=sys.stderr)
    return min(len(red), 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
