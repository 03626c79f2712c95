"""The doctor names each part of a station: what works, what is missing, what to do."""

import sys
from pathlib import Path

import pytest

from scanner.commands.equipment import Machine, findings

PARTS = (
    "input/event3",
    "hidraw0",
    "ttyACM0",
    "video0",
    "gpiochip0",
    "dri/card0",
    "input/by-id/usb-Symbol_Bar_Code_Scanner_S21-event-kbd",
)


def equipped(folder: Path, *parts: str) -> Path:
    for part in parts:
        (folder / part).parent.mkdir(parents=True, exist_ok=True)
        (folder / part).touch()
    return folder


def told(machine: Machine) -> str:
    found = list(findings(machine))
    assert not [finding for finding in found if not finding.good and finding.grave]
    return "\n".join(finding.text for finding in found)


def test_a_machine_with_everything_is_told_part_by_part(tmp_path: Path) -> None:
    machine = Machine(equipped(tmp_path, *PARTS), lambda path, mode: True, {})
    said = told(machine)
    for part in ("Bar Code Scanner S21", "ttyACM0", "video0", "gpiochip0", "card0"):
        assert part in said


@pytest.mark.parametrize(
    ("part", "group"),
    [
        ("input/event3", "group input"),
        ("ttyACM0", "group dialout"),
        ("video0", "group video"),
        ("gpiochip0", "group gpio"),
    ],
)
def test_without_the_right_to_a_device_the_group_is_named(
    tmp_path: Path, part: str, group: str
) -> None:
    machine = Machine(equipped(tmp_path, part), lambda path, mode: False, {})
    assert group in told(machine)


def test_a_bare_machine_is_told_what_to_plug_in_and_what_works_without(tmp_path: Path) -> None:
    said = told(Machine(tmp_path, lambda path, mode: True, {}))
    for part in ("No USB scanner", "No serial", "No camera", "No GPIO chip", "no display"):
        assert part in said


def test_a_display_by_name_is_one(tmp_path: Path) -> None:
    assert "display (DISPLAY)" in told(
        Machine(tmp_path, lambda path, mode: True, {"DISPLAY": ":0"})
    )


@pytest.mark.parametrize(
    ("library", "extra"),
    [
        ("evdev", "[station]"),
        ("serial", "[station]"),
        ("cv2", "[camera]"),
        ("miniaudio", "[station]"),
        ("gpiod", "[station]"),
    ],
)
def test_without_a_library_its_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: str, extra: str
) -> None:
    # None is how Python itself marks a module that can't be imported.
    monkeypatch.setitem(sys.modules, library, None)
    machine = Machine(equipped(tmp_path, *PARTS), lambda path, mode: True, {})
    assert extra in told(machine)
