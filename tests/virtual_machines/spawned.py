"""Starts real systemd in a small Debian of its own and reads what it says."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from pathlib import Path

from journeys.venue.waiting import ROOT

IMAGE = ROOT / "build" / "spawn"
"""Debian's root, made by build_root.sh; kept between runs."""

LONGEST_S = 150.0
BUILDERS = ("systemd-nspawn", "debootstrap")
PYTHON = (3, 11)
"""Of Debian 12; the packages in .venv must be built for it."""


def missing() -> str:
    """Return why this machine can't do it; empty = it can."""
    lacks = [name for name in BUILDERS if not shutil.which(name)]
    if lacks:
        return f"not installed: {', '.join(lacks)}"
    if os.geteuid() != 0:
        return "systemd-nspawn needs root"
    if sys.version_info[:2] != PYTHON:
        return "the packages in .venv are not for Debian 12's Python 3.11"
    return ""


async def run() -> dict[str, tuple[bool, str]]:
    """Start Debian, let `house.py` take its steps, and return each step's outcome and words.

    Raises:
        RuntimeError: The root can't be built.
    """
    root, script = IMAGE / "root", ROOT / "tests/virtual_machines/build_root.sh"
    if not root.exists() or root.stat().st_ctime < script.stat().st_mtime:
        await _done("bash", str(script), str(IMAGE))
    with tempfile.TemporaryDirectory() as folder:
        plan = Path(folder)
        os.chmod(folder, 0o755)
        process = await asyncio.create_subprocess_exec(
            *_command(root, plan),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            said, _ = await asyncio.wait_for(process.communicate(), LONGEST_S)
        finally:
            if process.returncode is None:
                process.terminate()
                await process.wait()
        results = _results(plan / "said")
        if not results:
            print(said.decode(errors="replace"))
        return results


def _command(root: Path, plan: Path) -> list[str]:
    packages = next(Path(path) for path in sys.path if path.endswith("site-packages"))
    unit = ROOT / "tests/virtual_machines/installed_units.service"
    return [
        *("systemd-nspawn", "--quiet", f"--directory={root}", "--volatile=overlay", "--boot"),
        *("--register=no", "--keep-unit", "--private-network", "--console=pipe"),
        *(f"--bind-ro={ROOT}:/repo", f"--bind-ro={packages}:/packages", f"--bind={plan}:/plan"),
        f"--bind-ro={unit}:/etc/systemd/system/house.service",
        *("systemd.wants=house.service", "systemd.show_status=0"),
    ]


def _results(said: Path) -> dict[str, tuple[bool, str]]:
    results: dict[str, tuple[bool, str]] = {}
    for line in said.read_text().splitlines() if said.exists() else ():
        print(line)
        if line.startswith("RESULT "):
            name, outcome, words = line.removeprefix("RESULT ").split(" ", 2)
            results[name] = outcome == "ok", words
    return results


async def _done(*words: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *words, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, errors = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"The root can't be built: {errors.decode()[-500:]}")
