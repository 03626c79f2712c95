"""The demo, as a process: the whole evening, and the line of figures that it ends with."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from journeys.venue.disk import FaultyDisk
from journeys.venue.waiting import ENVIRONMENT, ROOT

KEYS = {
    *("ok", "scans", "by_reason", "by_decision"),
    *("provisional", "flushed", "conflicts", "cancel_to_refusal_s", "missed"),
}
REASONS = {
    *("ok", "attention", "repeat", "already_used", "bad_signature", "wrong_date", "unpaid"),
    *("cancelled", "exchanged", "passback"),
}
LAST = "25 scans, all at the gateway; the box office has 23 check-ins. "
RUNS = 50


@dataclass(frozen=True, slots=True)
class Played:
    """How a demo ended, what it said, and the figures of its last line."""

    code: int | None
    said: str
    figures: dict[str, Any]


async def played(
    folder: Path, environment: Mapping[str, str] = ENVIRONMENT, longest_s: float = 110
) -> Played:
    config = folder / "demo.toml"
    config.write_text('plain = "127.0.0.1:0"\ntls = "127.0.0.1:0"\n')
    program = "from validator.gateway.main import main; raise SystemExit(main())"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program, "demo", "--once", "--json"),
        *("--data", str(folder / "data"), "--config", str(config)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env=environment,
    )
    output, said = await asyncio.wait_for(process.communicate(), longest_s)
    return Played(process.returncode, said.decode(), json.loads(output.splitlines()[-1]))


@pytest.fixture
def busy() -> Iterator[None]:
    """Let every processor have something else to do, twice."""
    others = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"])
        for _ in range(2 * (os.cpu_count() or 1))
    ]
    yield
    for other in others:
        other.kill()
        other.wait()


@pytest.mark.parametrize("characters", ["utf-8", "ascii"])
async def test_the_demo_tells_its_story_and_ends_well(tmp_path: Path, characters: str) -> None:
    demo = await played(tmp_path, ENVIRONMENT | {"PYTHONIOENCODING": characters})
    figures = demo.figures
    assert demo.code == 0, demo.said
    assert figures.keys() == KEYS
    assert figures["ok"] is True
    assert figures["scans"] == sum(figures["by_decision"].values())
    assert figures["scans"] == sum(figures["by_reason"].values())
    assert figures["by_reason"].keys() == REASONS
    assert figures["provisional"] == 3
    assert figures["conflicts"] == 0
    assert figures["flushed"] > 0
    assert figures["cancel_to_refusal_s"] < 5
    assert figures["missed"] == []
    assert demo.said.splitlines()[-1].startswith(LAST), "nothing is said after the story"


async def test_a_demo_whose_lane_reads_nothing_says_at_which_ticket_it_stood(
    tmp_path: Path,
) -> None:
    for name in ("zxingcpp", "pyzbar"):
        (tmp_path / f"{name}.py").write_text("raise ImportError('not installed')\n")
    path = os.pathsep.join((str(tmp_path), ENVIRONMENT["PYTHONPATH"]))
    demo = await played(tmp_path, ENVIRONMENT | {"PYTHONPATH": path})
    why = "The lane's process ended too early; its error stands above."
    assert demo.code == 1
    assert demo.figures["ok"] is False
    assert demo.figures["missed"] == [
        {"step": "Start", "ticket": None, "expected": "", "came": why}
    ]
    assert demo.said.splitlines()[-1] == f"entrance-gateway: At 'Start': {why}"


@pytest.mark.full
@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("run", range(RUNS))
async def test_the_demo_ends_well_cold_on_a_busy_machine_and_on_a_slow_disk(
    tmp_path: Path, run: int
) -> None:
    cold = {"PYTHONPYCACHEPREFIX": str(tmp_path / "pyc"), "PYTHONDONTWRITEBYTECODE": "1"}
    slow: dict[str, str] = {}
    if run % 2:
        disk = FaultyDisk(tmp_path)
        disk.begins("slow")
        slow = disk.environment
    demo = await played(tmp_path, ENVIRONMENT | cold | slow, longest_s=290)
    assert demo.code == 0, demo.said
    assert demo.figures["ok"] is True
    assert demo.said.splitlines()[-1].startswith(LAST)
