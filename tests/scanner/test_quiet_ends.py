"""Programs that read codes say nothing at their end, which others would have to explain."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
import segno

from doubles.gateway.authority import Authority
from doubles.store.device_cache import identity

ROOT = Path(__file__).parents[2]
SCANNER = (sys.executable, "-m", "scanner")


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    segno.make("GOOD", micro=False).save(str(folder / "1.png"), scale=6)
    return folder


def test_what_has_read_pictures_ends_in_silence(pictures: Path) -> None:
    done = subprocess.run(
        [*SCANNER, "decode", str(pictures / "1.png")], cwd=ROOT, capture_output=True, check=True
    )
    assert b"GOOD" in done.stdout
    assert done.stderr == b""


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_a_lane_that_is_told_to_stop_ends_in_silence(
    tmp_path: Path, pictures: Path, told: signal.Signals
) -> None:
    known = identity(gateway="127.0.0.1:9", authority_pem=Authority(tmp_path / "ca").pem)
    known.save(tmp_path / "identity.json")
    words = ("lane", "--source", f"images:{pictures}", "--sound", "off", "--json")
    with subprocess.Popen(
        [*SCANNER, *words, "--state", str(tmp_path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as lane:
        assert lane.stdout is not None
        assert any(b'"fault"' in line for line in lane.stdout), "it has read the picture"
        lane.send_signal(told)
        _, said = lane.communicate()
    assert lane.returncode == 0
    assert said == b""
