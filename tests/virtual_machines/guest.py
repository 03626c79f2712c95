"""What happens inside the machine: the station's own program, with devices that the kernel sees.

Prints `RESULT name ok|FAIL detail` for each step; test_machine_station.py reads it.
"""

from __future__ import annotations

import subprocess
import time
import traceback
from collections.abc import Callable

from virtual_machines import camera_steps, plugging, scanner_steps
from virtual_machines.guest_lane import PLAN, SCANNER, STATE, clear


def enrol() -> str:
    """Enrol over the network, as somebody at the station would."""
    command = [*SCANNER, "enrol", PLAN["code"], "--gateway", PLAN["gateway"], "--name", "machine"]
    done = subprocess.run([*command, "--state", STATE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


STEPS: dict[str, Callable[[], str]] = {
    "enrol": enrol,
    "keyboard": scanner_steps.keyboard,
    "two": scanner_steps.two,
    "caps_lock": scanner_steps.caps_lock,
    "layout": scanner_steps.layout,
    "dropped": scanner_steps.dropped,
    "refused": scanner_steps.refused,
    "pos": scanner_steps.pos,
    "serial": scanner_steps.serial,
    "camera": camera_steps.camera,
    "torn": camera_steps.torn,
    "udev": plugging.udev,
}


def main() -> None:
    """Take all steps; one that fails does not keep the next from being tried."""
    for name, step in STEPS.items():
        started = time.monotonic()
        try:
            said, outcome = step(), "ok"
        except Exception as error:
            traceback.print_exc()
            said, outcome = f"{type(error).__name__}: {error}"[:500], "FAIL"
            clear()
        took_s = time.monotonic() - started
        print("RESULT", name, outcome, f"({took_s:.0f} s)", said.replace("\n", " | "), flush=True)


if __name__ == "__main__":
    main()
