"""Every reader of outside bytes, fuzzed: nothing but its own errors, and one form for each value.

Whatever Atheris finds it writes into the target's corpus; the file stays there as a test.
"""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fuzz.targets import CORPUS, TARGETS

ROOT = Path(__file__).parents[2]
SEEDS = [path for name in sorted(TARGETS) for path in sorted((CORPUS / name).iterdir())]


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_seed_and_past_crash_is_read_or_refused(seed: Path) -> None:
    TARGETS[seed.parent.name](seed.read_bytes())


def test_every_corpus_has_a_target_and_is_small() -> None:
    assert {path.name for path in CORPUS.iterdir()} == set(TARGETS)
    assert all(seed.stat().st_size <= 4_096 for seed in SEEDS)


@pytest.mark.slow
@pytest.mark.parametrize(
    "runs", ["20000", pytest.param("1000000", marks=pytest.mark.soak)], ids=["20k", "1M"]
)
def test_fuzzing_finds_nothing_in_any_reader(runs: str) -> None:
    if importlib.util.find_spec("atheris") is None:
        pytest.skip("Atheris, which has no wheel for this platform")
    done = subprocess.run(
        [sys.executable, "-m", "fuzz", runs],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"},
        capture_output=True,
        text=True,
    )
    broken = [line for line in done.stdout.splitlines() if " held " not in line]
    assert (done.returncode, broken) == (0, []), done.stdout[-4_000:] + done.stderr[-4_000:]
    assert done.stdout.count(" held ") == len(TARGETS)
