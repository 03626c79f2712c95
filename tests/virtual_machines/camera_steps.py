"""Steps inside the guest: cameras, well and badly treated."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from virtual_machines.gadget import wait
from virtual_machines.guest_lane import PLAN, STATE, Lane, Line, admits, tickets
from virtual_machines.scanner_steps import opened
from virtual_machines.stage import Stage, TornCamera

LOOP, TORN = 10, 11
"""Numbers of device files that nothing else takes."""

PICTURES_S = 1.5
"""Of computing, in which some pictures were looked at."""

PATIENCE_S = 180.0
"""An emulated computer takes its time over a picture."""


def camera() -> str:
    """A camera is plugged in while the lane runs; a ticket before it ends in a verdict."""
    stage = Stage(LOOP)
    lane = Lane(f"camera:{stage.node}@5", "--sound", "off")
    missing = lane.shown(PATIENCE_S)
    assert "not plugged in" in missing["what"], missing
    lane.next("up")
    first, second = tickets(2)
    stage.plug()
    stage.show(first["text"])
    faults, line = _verdict(lane)
    assert admits(line, first), line
    exposure = [fault for fault in faults if "exposure" in fault]
    assert exposure, faults
    stage.show("https://example.org/menu")
    advice = lane.next("advice", PATIENCE_S)["line"]
    assert "not one of our codes" in advice, advice
    stage.show(PLAN["cancelled"])
    _, line = _verdict(lane)
    assert (line["decision"], line["reason"]) == ("refuse", "cancelled"), line
    stage.pull()
    gone = _told(lane, "not plugged in")
    stage.plug()
    stage.show(second["text"])
    _, line = _verdict(lane)
    assert admits(line, second), line
    assert lane.end() == 0
    refused = _not_allowed(stage)
    stage.pull()
    return " / ".join(
        ["admitted, refused, admitted after the pull", *exposure, advice, gone, refused]
    )


def torn() -> str:
    """A camera vanishes while it is looked through, twice: it was used again in between."""
    camera = TornCamera(TORN)
    lane = Lane(f"camera:{camera.node}", "--sound", "off")
    lane.next("up", PATIENCE_S)
    said = []
    for _ in range(2):
        _looking(lane, camera)
        camera.pull()
        said.append(_told(lane, "not plugged in"))
        camera.plug()
    _looking(lane, camera)
    assert lane.end() == 0
    camera.pull()
    assert said[0] == said[1]
    return f"torn off twice, each time told once: {said[0]}"


def _verdict(lane: Lane) -> tuple[list[str], Line]:
    """Return the next verdict, and the faults that were told before it."""
    faults: list[str] = []
    while (line := lane.shown(PATIENCE_S))["event"] == "fault":
        faults.append(line["what"])
    return faults, line


def _told(lane: Lane, words: str) -> str:
    while words not in (line := lane.next("fault", PATIENCE_S))["what"]:
        pass
    what: str = line["what"]
    return what


def _looking(lane: Lane, camera: TornCamera) -> None:
    """Wait until the lane looks at pictures: nothing else keeps it busy."""
    wait(lambda: opened(lane, str(camera.node)), PATIENCE_S)
    enough_s = _busy_s(lane) + PICTURES_S
    wait(lambda: _busy_s(lane) > enough_s, PATIENCE_S)


def _busy_s(lane: Lane) -> float:
    fields = Path(f"/proc/{lane.process.pid}/stat").read_text().rpartition(")")[2].split()
    # User's and kernel's ticks. Source: proc_pid_stat(5).
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _not_allowed(stage: Stage) -> str:
    state = Path("/var/lib/onlooker")
    shutil.copytree(STATE, state)
    for path in (state, *state.iterdir()):
        shutil.chown(path, "nobody")
    lane = Lane(f"camera:{stage.node}", "--sound", "off", state=str(state), user="nobody")
    said = _told(lane, "group video")
    assert lane.end() == 0
    return said
