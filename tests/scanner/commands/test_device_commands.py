import json
import socket
import time
from contextlib import closing
from pathlib import Path

import pytest

from offline_cache.cache import Cache
from offline_cache.identity.identity import Identity
from scanner.main import main
from validator.clock import Clock
from validator.model import DeviceId


def enrolled(state: Path, port: int = 9) -> Identity:
    identity = Identity(
        DeviceId("lane-1"), "secret token", f"127.0.0.1:{port}", "PEM", bytes(32), bytes(32)
    )
    identity.save(state / "identity.json")
    return identity


def test_status_says_who_where_what_is_known_and_owed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    enrolled(tmp_path)
    assert main(["status", "--state", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    for part in ("lane-1", "127.0.0.1:9", "none assigned", "catalogue, nothing yet", "Owes:     0"):
        assert part in told
    assert "secret" not in told


def test_status_beside_a_running_lane_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = Clock(time.time_ns, time.monotonic_ns)
    with closing(Cache.open(tmp_path / "cache.sqlite", clock, enrolled(tmp_path))):
        assert main(["status", "--state", str(tmp_path)]) == 0
    assert "running" in capsys.readouterr().out


def test_the_doctor_finds_a_gateway_that_answers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        enrolled(tmp_path, server.getsockname()[1])
        assert main(["doctor", "--state", str(tmp_path)]) == 0
    assert "The gateway answers" in capsys.readouterr().out


def test_a_silent_gateway_is_a_note_because_the_lane_works_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    enrolled(tmp_path, port)
    assert main(["doctor", "--state", str(tmp_path)]) == 0
    assert "works alone" in capsys.readouterr().out


def test_the_doctor_speaks_to_programs_in_the_gateways_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--json", "--state", str(tmp_path)]) == 1
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {frozenset(row) for row in rows} == {frozenset({"level", "text"})}
    assert "fail" in {row["level"] for row in rows} <= {"ok", "warn", "fail"}


def test_a_mistyped_enrolment_code_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = str(tmp_path / "new")
    assert main(["enrol", "ABC", "--gateway", "localhost", "--state", state]) == 1
    told = capsys.readouterr()
    assert told.err.count("\n") == 1
    assert "ABC" not in told.err


def test_an_unknown_source_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    enrolled(tmp_path)
    assert main(["lane", "--source", "moon:1", "--state", str(tmp_path)]) == 1
    assert "images:DIR or stdin" in capsys.readouterr().err


@pytest.mark.parametrize("patience", ["0", "61", "-1", "soon", "nan", "1e1"])
def test_a_patience_that_no_guest_can_have_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], patience: str
) -> None:
    asked = ["lane", "--source", "stdin", "--state", str(tmp_path), f"--patience={patience}"]
    with pytest.raises(SystemExit) as left:
        main(asked)
    assert left.value.code == 2
    assert "write seconds, from 0.05 to 60" in capsys.readouterr().err
