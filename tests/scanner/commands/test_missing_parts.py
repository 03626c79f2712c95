"""Each command on a machine that lacks something: it says what and what to do, and goes on."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import segno

from doubles.device.decoders import NEEDS_ZBAR
from doubles.gateway.authority import Authority
from doubles.store.device_cache import identity
from rules.sources import ROOT

pytestmark = pytest.mark.slow

STATION = ("miniaudio", "gpiod", "serial", "evdev")
NO_BOARD = "/dev/ttyNOBOARD"


def without(
    libraries: tuple[str, ...], *words: str, said: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a command in a Python that can't import these libraries."""
    lines = (
        "import sys",
        f"sys.modules.update(dict.fromkeys({libraries!r}))",
        "from scanner.main import main",
        "raise SystemExit(main())",
    )
    return subprocess.run(
        [sys.executable, "-c", "\n".join(lines), *words],
        input=said,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
    )


@pytest.fixture
def state(tmp_path: Path) -> str:
    known = identity(gateway="127.0.0.1:9", authority_pem=Authority(tmp_path / "ca").pem)
    known.save(tmp_path / "identity.json")
    return str(tmp_path)


def test_a_lane_without_the_stations_libraries_says_so_once_each_and_shows_verdicts(
    state: str,
) -> None:
    boards = ("--lamps", "gpio:/dev/gpiochip0:1,2,3", "--turnstile", f"serial:{NO_BOARD}")
    lane = ("lane", "--source", "stdin", "--json", "--state", state, *boards)
    done = without(STATION, *lane, said="E1:ABC\nE1:DEF\n")
    assert (done.returncode, done.stderr) == (0, "")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    advice = [event["line"] for event in events if event["event"] == "advice"]
    assert len(advice) == 3
    assert all("entrance-control[station]" in text for text in advice)
    assert [event["event"] for event in events].count("fault") == 2


def test_a_lane_whose_lamps_are_not_plugged_in_shows_verdicts(state: str) -> None:
    lane = ("lane", "--source", "stdin", "--sound", "off", "--state", state)
    done = without((), *lane, "--lamps", f"serial:{NO_BOARD}", said="E1:ABC\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert "This lane has not heard from its gateway yet." in done.stdout


@pytest.mark.parametrize("source", ["hid:Scanner", f"serial:{NO_BOARD}"])
def test_a_lane_whose_eyes_can_not_be_is_one_line(state: str, source: str) -> None:
    done = without(STATION, "lane", "--source", source, "--state", state)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "Install entrance-control[station]." in done.stderr


def film(folder: Path) -> str:
    """Return a source that shows a ticket for a while."""
    from doubles.device.film import held_up, save, ticket

    pytest.importorskip("cv2", reason="not installed: entrance-control[camera]")
    held = [held_up(ticket("E1:ABC."), seed=number) for number in range(8)]
    return f"video:{save(held, folder / 'door.avi')}"


@pytest.mark.parametrize("lacking", ["pyzbar", pytest.param("zxingcpp", marks=NEEDS_ZBAR)])
def test_a_lane_with_a_film_goes_on_with_the_decoder_that_is_there(
    state: str, tmp_path: Path, lacking: str
) -> None:
    lane = ("lane", "--source", film(tmp_path), "--sound", "off", "--state", state)
    done = without((lacking,), *lane)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("This lane has not heard from its gateway yet.") == 1


def test_a_lane_with_a_film_but_without_opencv_says_what_to_install(
    state: str, tmp_path: Path
) -> None:
    lane = ("lane", "--source", film(tmp_path), "--sound", "off", "--state", state)
    done = without(("cv2",), *lane)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("entrance-control[camera]") == 1


def test_a_lane_with_a_camera_but_without_a_decoder_is_one_line(state: str) -> None:
    done = without(("pyzbar", "zxingcpp"), "lane", "--source", "camera:0", "--state", state)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "entrance-control[pictures]" in done.stderr


def test_a_camera_s_exposure_that_can_not_be_is_one_line(state: str) -> None:
    done = without((), "lane", "--source", "camera:0@5000", "--state", state)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "0.1 to 1000" in done.stderr


@pytest.mark.parametrize("lacking", ["pyzbar", pytest.param("zxingcpp", marks=NEEDS_ZBAR)])
def test_decode_goes_on_with_the_decoder_that_is_there(tmp_path: Path, lacking: str) -> None:
    segno.make("E1:ABC.", micro=False).save(str(tmp_path / "1.png"), scale=5)
    done = without((lacking,), "decode", str(tmp_path / "1.png"))
    assert done.returncode == 0
    assert "E1:ABC." in done.stdout


def test_decode_without_any_decoder_names_what_to_install(tmp_path: Path) -> None:
    done = without(("pyzbar", "zxingcpp"), "decode", str(tmp_path / "1.png"))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "nstall" in done.stderr


def test_the_doctor_without_anything_names_everything(state: str) -> None:
    libraries = (*STATION, "cv2", "pyzbar")
    done = without(libraries, "doctor", "--state", state)
    assert done.stderr == ""
    for part in ("evdev", "pyserial", "OpenCV", "miniaudio", "zbar"):
        assert part in done.stdout
