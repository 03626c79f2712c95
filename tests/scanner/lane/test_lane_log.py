"""What a lane under systemd tells the journal, and what it never tells."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from device.linux.notify import Notify
from offline_cache.sync.events import Alarm, Down, Revoked, Up
from scanner.lane.events import Failed, LaneEvent, Mended, Wiped
from scanner.lane.lane_log import LaneLog


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (Up(), "<6>event=link_up"),
        (Down("The gateway does not answer."), '<4>event=link_down why="The gateway does not'),
        (Alarm("Set the clock."), '<4>event=alarm says="Set the clock."'),
        (Revoked(3), "<3>event=revoked owed=3"),
        (Mended("cache.damaged", 7, 0), "<3>event=mended"),
        (Failed("link", "KeyError", "a.b:7", ""), "<3>event=failed part=link error=KeyError at=a."),
        (Wiped(), "<3>event=wiped"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_what_happens_is_one_line(event: LaneEvent, line: str) -> None:
    lines: list[str] = []
    LaneLog(lines.append).told(event)
    assert [text[: len(line)] for text in lines] == [line]


def test_an_alarm_forges_no_second_line_and_has_a_bound() -> None:
    lines: list[str] = []
    LaneLog(lines.append).told(Alarm("x\n<3>event=revoked" + "y" * 1000))
    assert "\n" not in lines[0]
    assert len(lines[0]) < 300


def test_systemd_hears_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's path has room for 107 bytes
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind("notify")
        said = Notify.of({"NOTIFY_SOCKET": "notify", "WATCHDOG_USEC": "60000000"}, os.getpid())
        said.say("READY=1")
        assert ear.recv(100) == b"READY=1"
    assert said.watchdog_s == 60.0


def test_what_is_meant_for_another_process_is_not_taken() -> None:
    assert Notify.of({"WATCHDOG_USEC": "60", "WATCHDOG_PID": "1"}, 2).watchdog_s == 0


def test_without_systemd_nothing_is_said() -> None:
    Notify.of({}, 1).say("READY=1")
