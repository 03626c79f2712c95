"""The demo, as a process: the whole evening, and the line of figures that it ends with."""

import asyncio
import json
import sys
from pathlib import Path

import pytest

from journeys.waiting import ENVIRONMENT, ROOT

KEYS = {
    *("ok", "scans", "by_reason", "by_decision"),
    *("provisional", "flushed", "conflicts", "cancel_to_refusal_s"),
}
REASONS = {
    *("ok", "attention", "repeat", "already_used", "bad_signature", "wrong_date", "unpaid"),
    *("cancelled", "exchanged", "passback"),
}


@pytest.mark.parametrize("characters", ["utf-8", "ascii"])
async def test_the_demo_tells_its_story_and_ends_well(tmp_path: Path, characters: str) -> None:
    config = tmp_path / "demo.toml"
    config.write_text('plain = "127.0.0.1:0"\ntls = "127.0.0.1:0"\n')
    program = "from validator.gateway.main import main; raise SystemExit(main())"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program, "demo", "--once", "--json"),
        *("--data", str(tmp_path / "data"), "--config", str(config)),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env=ENVIRONMENT | {"PYTHONIOENCODING": characters},
    )
    output, _ = await asyncio.wait_for(process.communicate(), 110)
    figures = json.loads(output.splitlines()[-1])
    assert process.returncode == 0, output.decode()
    assert figures.keys() == KEYS
    assert figures["ok"] is True
    assert figures["scans"] == sum(figures["by_decision"].values())
    assert figures["scans"] == sum(figures["by_reason"].values())
    assert figures["by_reason"].keys() == REASONS
    assert figures["provisional"] == 3
    assert figures["conflicts"] == 0
    assert figures["flushed"] > 0
    assert figures["cancel_to_refusal_s"] < 5
