import asyncio
import io
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from doubles.gateway.live import CLOCK, live_gateway
from validator.boxoffice import SampleEvening
from validator.clock import HOUR_MS, Instant, iso
from validator.enrolment import read_enrolment_code
from validator.gateway.commands.check import lines
from validator.gateway.main import main

ROOT = Path(__file__).parents[4]


def run(
    *arguments: str, data: Path | None = None, stdin: str | None = None
) -> tuple[int, str, str]:
    """Run a command, in a process of its own if it reads; return exit code, output and errors."""
    where = ["--data", str(data)] if data else []
    if stdin is None:
        out, errors = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(errors):
            try:
                code = main([*arguments, *where])
            except SystemExit as ended:
                code = int(ended.code or 0)
        return code, out.getvalue(), errors.getvalue()
    done = subprocess.run(
        [sys.executable, "-m", "validator.gateway.main", *arguments, *where],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
    )
    return done.returncode, done.stdout, done.stderr


class Venue:
    """A data folder that knows the sample evening, and whose gateway has stopped."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.evening: SampleEvening
        self.codes: dict[str, str] = {}
        asyncio.run(self._open())

    async def _open(self) -> None:
        async with live_gateway(self.data) as live:
            self.evening = live.evening
            for number in (live.evening.full[0], live.evening.cancelled, live.evening.to_cancel):
                self.codes[number] = live.code(number)

    def check(self, codes: list[str], *more: str) -> tuple[int, list[Any], str]:
        """Run `check --json` at the main gate."""
        code, out, errors = run(
            "check", "--gate", "a", "--json", *more, data=self.data, stdin="\n".join(codes) + "\n"
        )
        return code, [json.loads(line) for line in out.splitlines()], errors


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Venue:
    return Venue(tmp_path_factory.mktemp("commands"))


@contextmanager
def serving(data: Path) -> Iterator[dict[str, str]]:
    """Run `serve` in a process of its own, with free ports; yield what it says of itself."""
    config = data / "test.toml"
    config.write_text('plain = "127.0.0.1:0"\ntls = "127.0.0.1:0"\npoll_s = 0.2\n')
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "validator.gateway.main", "serve"),
            *("--config", str(config), "--data", str(data)),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    try:
        said = dict(process.stdout.readline().split(maxsplit=1) for _ in range(3))
        yield said
    finally:
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=30)
        assert process.returncode == 0, errors
        assert "gateway_stopped" in errors


def test_check_answers_each_line_in_order_and_admits_nobody(venue: Venue) -> None:
    good, cancelled = venue.codes[venue.evening.full[0]], venue.codes[venue.evening.cancelled]
    code, verdicts, _ = venue.check([good, "", cancelled, "no such code", good])
    assert code == 0
    reasons = [verdict["reason"] for verdict in verdicts]
    assert reasons == ["ok", "malformed", "cancelled", "unknown", "ok"]
    assert {verdict["assurance"] for verdict in verdicts} == {"provisional"}
    assert verdicts[0]["ticket"] == venue.evening.full[0]
    assert set(verdicts[0]) >= {"id", "code", "decision", "reason", "next", "age_s", "conflict"}
    # Asked twice, still good; and the figures know of nobody.
    assert run("outbox", "list", data=venue.data)[1] == "Everything is delivered.\n"


def test_check_answers_for_another_time(venue: Venue) -> None:
    early = iso(Instant(CLOCK.now() - 6 * HOUR_MS))
    good = venue.codes[venue.evening.full[0]]
    _, verdicts, _ = venue.check([good], "--at", early)
    assert (verdicts[0]["decision"], verdicts[0]["reason"]) == ("refuse", "too_early")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--gate", "moon"], "a, out"),
        (["--gate", "a", "--at", "yesterday"], "yesterday"),
        (["--gate", "a", "--at", "2026-11-22T19:00"], "time zone"),
    ],
)
def test_check_says_what_is_wrong_with_its_arguments(
    venue: Venue, arguments: list[str], named: str
) -> None:
    code, out, errors = run("check", *arguments, data=venue.data)
    assert (code, out) == (2, "")
    assert named in errors


def test_check_prints_a_line_for_people(venue: Venue) -> None:
    good = venue.codes[venue.evening.full[0]]
    code, out, _ = run("check", "--gate", "a", data=venue.data, stdin=good + "\n\n")
    assert code == 0
    first, second = out.splitlines()
    assert first.split() == ["ADMIT", "ok", venue.evening.full[0], "let_in"]
    assert second.startswith("REFUSE  malformed")


def test_lines_of_any_bytes_and_lengths_are_counted_right() -> None:
    data = b"one\r\n\n\xff\xfe\n" + b"x" * 50_000 + b"\nlast"
    found = list(lines(io.BytesIO(data)))
    assert [len(line) for line in found] == [3, 0, 2, 16_384, 4]
    assert found[0] == "one"


def test_a_mistyped_data_folder_is_no_new_venue(tmp_path: Path) -> None:
    for arguments in (
        ["check", "--gate", "a"],
        ["keys"],
        ["devices", "list"],
        ["users", "list"],
        ["cancel", "1-1-X"],
    ):
        code, out, errors = run(*arguments, data=tmp_path / "nowhere")
        assert (code, out) == (1, "")
        assert "--data" in errors
    assert not (tmp_path / "nowhere").exists()


def test_what_is_on_and_which_keys_are_used(venue: Venue) -> None:
    code, out, _ = run("events", "--json", data=venue.data)
    tonight = json.loads(out.splitlines()[0])
    assert code == 0
    assert (tonight["scope"], tonight["gates"]) == (venue.evening.tonight, ["a", "out"])
    code, out, _ = run("keys", "--json", data=venue.data)
    kinds = {json.loads(line)["kind"] for line in out.splitlines()}
    assert (code, kinds) == (0, {"issuer", "streams", "authority"})
    assert "main entrance" not in run("events", data=venue.data)[1].lower()


def test_devices_and_users_without_a_running_gateway(venue: Venue) -> None:
    code, out, _ = run("devices", "code", "--gate", "a", data=venue.data)
    assert code == 0
    assert len(read_enrolment_code(out.splitlines()[0])[1]) == 5
    assert run("devices", "code", "--gate", "moon", data=venue.data)[0] == 1
    code, out, errors = run("devices", "assign", "lane-9", "a", data=venue.data)
    assert (code, out) == (1, "")
    assert "lane-9" in errors
    code, token, _ = run("users", "add", "Ada", "--role", "steward", data=venue.data)
    assert (code, len(token.strip())) == (0, 43)
    assert run("users", "add", "Ada", "--role", "steward", data=venue.data)[0] == 1
    assert run("users", "add", "Bob", "--role", "king", data=venue.data)[0] == 2
    assert "Ada" in run("users", "list", data=venue.data)[1]
    assert run("users", "remove", "Ada", data=venue.data)[0] == 0
    assert "Ada" not in run("users", "list", data=venue.data)[1]


def test_a_running_gateway_is_asked_and_a_second_one_is_refused(venue: Venue) -> None:
    with serving(venue.data) as said:
        assert said["Dashboard"].startswith("http://127.0.0.1:")
        code, out, _ = run("devices", "code", "--json", data=venue.data)
        assert code == 0
        assert set(json.loads(out)) == {"code", "expires", "pin", "invitation"}
        good = venue.codes[venue.evening.to_cancel]
        assert venue.check([good])[1][0]["reason"] == "ok"
        code, out, _ = run("cancel", venue.evening.to_cancel.lower(), data=venue.data)
        assert code == 0
        assert venue.evening.to_cancel in out
        while venue.check([good])[1][0]["reason"] != "cancelled":
            continue
        code, _, errors = run("cancel", "1-1-NONE", data=venue.data)
        assert code == 1
        assert errors.startswith("entrance-gateway: ")
        config = str(venue.data / "test.toml")
        code, out, errors = run("serve", "--config", config, data=venue.data)
        assert (code, out) == (1, "")
        assert len(errors.strip().splitlines()) == 1


def test_a_port_that_is_taken_is_one_clear_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        config = tmp_path / "gateway.toml"
        config.write_text(f'plain = "127.0.0.1:{other.getsockname()[1]}"\n')
        code, out, errors = run("serve", "--config", str(config), data=tmp_path / "state")
    assert (code, out) == (1, "")
    (line,) = errors.strip().splitlines()
    assert "Can't listen" in line
    assert "`plain`" in line
    assert not (tmp_path / "state").exists()


def test_a_wrong_configuration_is_one_clear_line(tmp_path: Path) -> None:
    config = tmp_path / "gateway.toml"
    config.write_text("nmae = 'x'\n")
    code, _, errors = run("serve", "--config", str(config))
    assert code == 1
    assert len(errors.strip().splitlines()) == 1
    assert "`nmae`" in errors


@pytest.mark.parametrize(
    "arguments",
    [
        *([], ["serve"], ["check"], ["keys"], ["events"], ["cancel"]),
        *(["devices"], ["devices", "list"], ["devices", "code"], ["devices", "assign"]),
        *(["devices", "revoke"], ["users"], ["users", "add"], ["users", "remove"]),
        *(["outbox"], ["outbox", "list"]),
    ],
)
def test_every_command_explains_itself(arguments: list[str]) -> None:
    code, out, _ = run(*arguments, "--help")
    assert code == 0
    assert out.startswith("usage: entrance-gateway")
