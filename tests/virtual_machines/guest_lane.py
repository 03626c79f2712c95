"""The station's own process inside the guest, and what somebody at the door sees of it."""

from __future__ import annotations

import errno
import json
import queue
import subprocess
import sys
import threading
from collections import defaultdict
from pathlib import Path
from typing import Any

from virtual_machines.gadget import CONFIGFS, KeyboardScanner, wait

PLAN: dict[str, Any] = json.loads(Path("/plan/plan.json").read_text())
STATE = "/var/lib/lane"
SCANNER = [sys.executable, "-m", "scanner"]

LOST = "lost keys"
SHOWN = ("scan", "fault")

PROCESSES: list[subprocess.Popen[str]] = []
"""Every lane that was started."""

Line = dict[str, Any]
Ticket = dict[str, str]


class Lane:
    """The real station process.

    Args:
        source: Its eyes.
        words: Further words of its command.
        state: Its folder.
        user: Who runs it.
    """

    def __init__(
        self, source: str, *words: str, state: str = STATE, user: str | None = None
    ) -> None:
        self._lines: defaultdict[str, queue.Queue[Line]] = defaultdict(queue.Queue)
        command = [*SCANNER, "lane", "--source", source, "--state", state, "--json", *words]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, user=user)
        PROCESSES.append(self.process)
        threading.Thread(target=self._follow, daemon=True).start()

    def shown(self, longest_s: float = 60.0) -> Line:
        """Return the next verdict or fault."""
        return self._next("shown", longest_s)

    def next(self, event: str, longest_s: float = 60.0) -> Line:
        """Return the next line of a kind; a fault where a verdict was awaited is a failure."""
        line = self._next("shown" if event in SHOWN else event, longest_s)
        assert line["event"] == event, line
        return line

    def end(self) -> int:
        """Stop it as systemd would, and return its exit code."""
        self.process.terminate()
        return self.process.wait(60)

    def _next(self, kind: str, longest_s: float) -> Line:
        try:
            return self._lines[kind].get(timeout=longest_s)
        except queue.Empty:
            raise TimeoutError(f"the lane printed no {kind}") from None

    def _follow(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            print("lane:", line[:200].rstrip())
            event = json.loads(line)
            self._lines["shown" if event["event"] in SHOWN else event["event"]].put(event)


def clear() -> None:
    """End what a step left behind that failed, so that the next can be tried."""
    for process in PROCESSES:
        process.kill()
        process.wait()
    for cable in CONFIGFS.glob("usb_gadget/*/UDC"):
        if cable.read_text().strip():
            cable.write_text("\n")


def tickets(count: int) -> list[Ticket]:
    """Take tickets that nobody has used."""
    taken: list[Ticket] = [PLAN["tickets"].pop(0) for _ in range(count)]
    return taken


def admits(line: Line, ticket: Ticket) -> bool:
    """Tell whether a line lets this ticket in."""
    return (line["event"], line.get("decision"), line.get("ticket")) == (
        "scan",
        "admit",
        ticket["number"],
    )


def lost(line: Line) -> bool:
    """Tell whether a line says that the kernel dropped keys: on a busy machine it does."""
    return line["event"] == "fault" and LOST in line["what"]


def held(scanner: KeyboardScanner) -> bool:
    """Tell whether somebody holds the scanner, so that nobody else gets its keys."""
    import evdev

    device = evdev.InputDevice(wait(scanner.node))
    try:
        device.grab()
    except OSError as error:
        assert error.errno == errno.EBUSY, error
        return True
    finally:
        device.close()
    return False
