"""A lane that can't start says why in one line; one without a gateway starts all the same."""

import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from doubles.clock.hand_clock import HandClock
from doubles.gateway.authority import Authority
from doubles.store.device_cache import identity
from generators.fault_table import FaultTable
from offline_cache.cache import Cache
from rules.sources import ROOT
from scanner.main import main


@dataclass(frozen=True, slots=True)
class Device:
    """The folder of a device that is to start.

    Args:
        state: Of its identity and cache.
        held: What somebody else holds until the end.
    """

    state: Path
    held: ExitStack = field(default_factory=ExitStack)

    def enrolled(self, source: str = "stdin") -> str:
        known = identity(gateway="127.0.0.1:9", authority_pem=Authority(self.state / "ca").pem)
        known.save(self.state / "identity.json")
        return source

    def damaged(self) -> str:
        (self.state / "identity.json").write_text('{"device": ')
        return "stdin"

    def running(self) -> str:
        self.enrolled()
        known = identity()
        cache = Cache.open(self.state / "cache.sqlite", HandClock().clock, known)
        self.held.callback(cache.close)
        return "stdin"


FAULTS: list[tuple[str, Callable[[Device], str], str]] = [
    ("Not enrolled", lambda at: "stdin", "This device is not enrolled: ask the gateway for a code"),
    ("A damaged identity", Device.damaged, "enrol it again with a new code."),
    ("An unknown source", lambda at: at.enrolled("moon:1"), "Unknown source 'moon:1'; use"),
    ("A lane runs there already", Device.running, "Another"),
]


@pytest.mark.parametrize(("fault", "prepared", "seen"), FAULTS, ids=[row[0] for row in FAULTS])
def test_a_lane_that_can_not_start_says_so_in_one_line(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    faults: FaultTable,
    fault: str,
    prepared: Callable[[Device], str],
    seen: str,
) -> None:
    at = Device(tmp_path)
    with at.held:
        assert main(["lane", "--source", prepared(at), "--state", str(tmp_path)]) == 1
    told = capsys.readouterr()
    assert told.err.count("\n") == 1
    assert told.err.startswith("entrance-scanner: ")
    assert seen in told.err
    faults.row("Start", f"Lane: {fault}", seen=seen, ends="exit code 1")


def test_a_lane_without_a_gateway_starts_and_shows_a_fault_not_a_refusal(
    tmp_path: Path, faults: FaultTable
) -> None:
    Device(tmp_path).enrolled()
    lane = ("lane", "--source", "stdin", "--sound", "off", "--state", str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-m", "scanner", *lane],
        input="E1:ABC\n",
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "This lane has not heard from its gateway yet." in done.stdout
    faults.row(
        "Start",
        "Lane: No gateway, and none was ever heard",
        seen="This lane has not heard from its gateway yet.",
        ends="a fault for each scan, no refusal; works as soon as the gateway is heard",
    )


def test_a_lane_whose_source_is_missing_says_so_and_waits_for_it(
    tmp_path: Path, faults: FaultTable
) -> None:
    source = Device(tmp_path).enrolled(f"images:{tmp_path / 'none'}")
    words = [sys.executable, "-m", "scanner", "lane", "--source", source, "--state", str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=ROOT) as lane:
        assert lane.stdout is not None
        told = next(line for line in lane.stdout if "The folder of pictures can't be read" in line)
        lane.terminate()
        assert lane.wait(60) == 0
    assert "No such file or directory" in told
    assert told.rstrip().endswith("Type the ticket's number meanwhile.")
    faults.row(
        "Start",
        "Lane: Its source is not there",
        seen="System, not the ticket: The folder of pictures can't be read",
        ends="a fault, once; scans as soon as the source is there",
    )
