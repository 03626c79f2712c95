"""A step inside the guest: udev and systemd start the station when its scanner is plugged in."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

from virtual_machines.gadget import KeyboardScanner, wait
from virtual_machines.guest_lane import PLAN, STATE, Line, held, tickets

SYSTEMD = Path("/repo/systemd")
PROGRAM = Path("/opt/entrance-control/bin/entrance-scanner")
PATHS = "/repo:/repo/.venv/lib/python3.11/site-packages"


class Unit:
    """The station's unit, as a supervisor sees it.

    Args:
        name: Of the scanner.
    """

    def __init__(self, name: str) -> None:
        self._name = f"entrance-station@{name}.service"

    def active(self) -> bool:
        """Tell whether it runs."""
        return self._shown("ActiveState") == "active"

    def gone(self) -> bool:
        """Tell whether it has ended, and well."""
        return self._shown("ActiveState") == "inactive" and self._shown("Result") == "success"

    def lines(self, event: str) -> list[Line]:
        """Return what its lane has printed of a kind."""
        said = _done("journalctl", "--unit", self._name, "--output", "cat", "--no-pager")
        lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] == event]

    def state(self) -> str:
        """Return everything, for a step that fails."""
        return _done("journalctl", "--unit", self._name, "--no-pager")[-1500:]

    def _shown(self, name: str) -> str:
        return _done("systemctl", "show", "--property", name, "--value", self._name).strip()


def udev() -> str:
    """Plugged in, the station runs and judges; pulled, it ends well; plugged in, it goes on."""
    scanner = KeyboardScanner()
    _install(scanner.serial)
    unit = Unit(scanner.serial)
    try:
        return _plugged_and_pulled(scanner, unit)
    except (AssertionError, TimeoutError):
        print(unit.state())
        raise


def _plugged_and_pulled(scanner: KeyboardScanner, unit: Unit) -> str:
    (ticket,) = tickets(1)
    scanner.plug()
    wait(unit.active)
    wait(lambda: held(scanner) and unit.lines("up"))
    scanner.type(ticket["text"])
    (line,) = wait(lambda: unit.lines("scan"))
    assert (line["decision"], line["ticket"]) == ("admit", ticket["number"]), line
    scanner.pull()
    wait(unit.gone)
    scanner.plug()
    wait(lambda: held(scanner) and len(unit.lines("up")) == 2)
    scanner.type(PLAN["cancelled"])
    line = wait(lambda: unit.lines("scan")[1:])[0]
    assert (line["decision"], line["reason"]) == ("refuse", "cancelled"), line
    scanner.pull()
    wait(unit.gone)
    return "started by the plug, admitted, ended by the pull; started again, refused, ended"


def _install(name: str) -> None:
    PROGRAM.parent.mkdir(parents=True)
    PROGRAM.write_text(
        f"#!/bin/sh\nexport PYTHONPATH={PATHS} PYTHONDONTWRITEBYTECODE=1\n"
        'exec /usr/bin/python3 -m scanner "$@"\n'
    )
    PROGRAM.chmod(0o755)
    shutil.copytree(STATE, f"/var/lib/entrance-lane/{name}")
    units = Path("/etc/systemd/system")
    shutil.copy(SYSTEMD / "entrance-station@.service", units)
    shutil.copy(SYSTEMD / "99-entrance-scanner.rules", "/etc/udev/rules.d")
    # Only here may verdicts go to the journal: it ends with the machine.
    (units / "entrance-station@.service.d").mkdir()
    (units / "entrance-station@.service.d/seen.conf").write_text(
        "[Service]\nStandardOutput=journal\n"
    )
    options = Path(f"/etc/entrance-control/stations/{name}.conf")
    options.parent.mkdir(parents=True)
    options.write_text("OPTIONS=--json\n")
    _done("systemd-sysusers", str(SYSTEMD / "entrance-control.sysusers"))
    _done("systemctl", "daemon-reload")
    _done("udevadm", "control", "--reload")


def _done(*words: str) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout
