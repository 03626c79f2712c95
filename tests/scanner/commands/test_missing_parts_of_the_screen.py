"""`entrance-scanner ui` on a machine that lacks something: it says what, and goes on."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from doubles.screen.x11 import Keyboard
from generators.screens import SIZES, display, environment
from rules.sources import ROOT

pytestmark = pytest.mark.slow

LACKING = ("miniaudio", "cv2", "pyzbar", "zxingcpp", "evdev", "serial")
WIDE, HIGH = SIZES["portrait"]
REST = "#10151A"
LONGEST_S = 60.0

WITHOUT = (
    "import sys",
    f"sys.modules.update(dict.fromkeys({LACKING!r}))",
    "from scanner.main import main",
    "raise SystemExit(main())",
)


@pytest.mark.skipif(not shutil.which("Xvfb"), reason="not installed: Xvfb")
def test_without_camera_decoders_and_sound_it_says_so_and_shows_its_screen(tmp_path: Path) -> None:
    sources = [word for name in ("camera:0", "hid:Scanner", "serial:/dev/ttyNONE")
               for word in ("--source", name)]  # fmt: skip
    words = ["ui", "--state", str(tmp_path / "lane"), "--window", "full", *sources]
    with display(WIDE, HIGH) as name:
        app = subprocess.Popen(
            [sys.executable, "-c", "\n".join(WITHOUT), *words],
            env=environment(name),
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )
        keyboard, end = Keyboard(name), time.monotonic() + LONGEST_S
        while keyboard.pixel(WIDE - 16, HIGH // 2) != REST and time.monotonic() < end:
            time.sleep(0.05)
        assert keyboard.pixel(WIDE - 16, HIGH // 2) == REST
        keyboard.close()
        app.send_signal(signal.SIGTERM)
        _, said = app.communicate(timeout=LONGEST_S)
    assert app.returncode == 0
    told = [line for line in said.splitlines() if line.startswith("entrance-scanner: ")]
    assert len(told) == 4
    assert "entrance-control[" in "".join(told)
    assert "Traceback" not in said


def started(
    state: Path, lacking: tuple[str, ...], variables: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Start the app where these libraries are missing, with no display but what is given."""
    lines = ("import sys", f"sys.modules.update(dict.fromkeys({lacking!r}))", *WITHOUT[2:])
    plain = {name: value for name, value in environment("").items() if name != "DISPLAY"}
    return subprocess.run(
        [sys.executable, "-c", "\n".join(lines), "ui", "--state", str(state)],
        env=plain | variables,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
    )


@pytest.mark.parametrize(
    ("lacking", "variables", "words"),
    [
        ((), {}, "There is no display that a window can be opened on."),
        (("kivy",), {"DISPLAY": ":1"}, "The screen needs Kivy. Install entrance-control[kiosk]."),
    ],
)
def test_without_a_display_or_kivy_it_is_one_line(
    tmp_path: Path, lacking: tuple[str, ...], variables: dict[str, str], words: str
) -> None:
    done = started(tmp_path, lacking, variables)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert words in done.stderr


def test_where_no_window_can_be_opened_the_last_line_says_what_it_takes(tmp_path: Path) -> None:
    done = started(tmp_path, (), {"DISPLAY": ":1", "KIVY_WINDOW": "egl_rpi"})
    assert done.returncode == 1
    assert "apt install libgl1" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("size", ["", "390", "390x", "x844", "10x10", "99999x800", "a window"])
def test_a_window_has_a_width_and_a_height(tmp_path: Path, size: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scanner", "ui", "--state", str(tmp_path), "--window", size],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
    )
    assert done.returncode == 2
    assert "--window" in done.stderr
