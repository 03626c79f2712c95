"""What happens inside the machine: the station's own program, with devices that the kernel sees.

Prints `RESULT name ok|FAIL detail` for each step; tests/machines/test_machine_station.py reads it.
"""

from __future__ import annotations

import errno
import json
import queue
import subprocess
import sys
import threading
import time
import traceback
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from machines.gadget import PRODUCT, Scanner, wait

PLAN: dict[str, Any] = json.loads(Path("/plan/plan.json").read_text())
STATE = "/var/lib/lane"
SCANNER = [sys.executable, "-m", "scanner"]


class Lane:
    """The real station process."""

    def __init__(self, source: str) -> None:
        self._lines: defaultdict[str, queue.Queue[dict[str, Any]]] = defaultdict(queue.Queue)
        command = [*SCANNER, "lane", "--source", source, "--state", STATE, "--json"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        threading.Thread(target=self._follow, daemon=True).start()

    def next(self, event: str, longest_s: float = 60.0) -> dict[str, Any]:
        """Return the next line of a kind."""
        try:
            return self._lines[event].get(timeout=longest_s)
        except queue.Empty:
            raise TimeoutError(f"the lane printed no {event}") from None

    def end(self) -> int:
        """Stop it as systemd would, and return its exit code."""
        self.process.terminate()
        return self.process.wait(60)

    def _follow(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            print("lane:", line[:200], end="")
            event = json.loads(line)
            self._lines[event["event"]].put(event)


def enrol() -> str:
    """Enrol over the network, as somebody at the station would."""
    command = [*SCANNER, "enrol", PLAN["code"], "--gateway", PLAN["gateway"], "--name", "machine"]
    done = subprocess.run([*command, "--state", STATE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def keyboard() -> str:
    """A scanner is plugged in while the lane runs; every code comes out exact, also in a burst."""
    scanner = Scanner()
    lane = Lane(f"hid:{PRODUCT}")
    missing = lane.next("fault")["what"]
    assert "not plugged in" in missing, missing
    lane.next("up")
    scanner.plug()
    wait(lambda: held(scanner))
    first, *burst = PLAN["tickets"]
    scanner.type(first["text"])
    seen = lane.next("scan")
    assert (seen["decision"], seen["ticket"]) == ("admit", first["number"]), seen
    started = time.monotonic()
    for ticket in burst:
        scanner.type(ticket["text"])
    typed_s = time.monotonic() - started
    numbers = [lane.next("scan") for _ in burst]
    got = [(line["decision"], line["ticket"]) for line in numbers]
    assert got == [("admit", ticket["number"]) for ticket in burst], got
    scanner.pull()
    missing = lane.next("fault")["what"]
    assert "not plugged in" in missing, missing
    scanner.plug()
    wait(lambda: held(scanner))
    scanner.type(PLAN["cancelled"])
    seen = lane.next("scan")
    assert (seen["decision"], seen["reason"]) == ("refuse", "cancelled"), seen
    assert lane.end() == 0
    scanner.pull()
    return f"{len(burst)} codes typed in {typed_s:.1f} s, all exact; pulled and plugged in again"


def held(scanner: Scanner) -> bool:
    """Tell whether somebody holds the scanner, so that nobody else gets its keys."""
    import evdev

    device = evdev.InputDevice(f"/dev/input/{wait(scanner.event)}")
    try:
        device.grab()
    except OSError as error:
        assert error.errno == errno.EBUSY, error
        return True
    finally:
        device.close()
    return False


STEPS: dict[str, Callable[[], str]] = {"enrol": enrol, "keyboard": keyboard}


def main() -> None:
    """Take all steps; a step that fails does not keep the next from being tried."""
    for name, step in STEPS.items():
        started = time.monotonic()
        try:
            said, outcome = step(), "ok"
        except Exception as error:
            traceback.print_exc()
            said, outcome = f"{type(error).__name__}: {error}"[:500], "FAIL"
        took_s = time.monotonic() - started
        print("RESULT", name, outcome, f"({took_s:.0f} s)", said.replace("\n", " | "), flush=True)


if __name__ == "__main__":
    main()
