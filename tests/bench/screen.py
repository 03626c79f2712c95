"""The screen: from the last key of a scanner to the verdict's colour, at a gateway over TLS.

The whole app (`entrance-scanner ui`) in a process of its own on a display of a phone's size; a
gateway in another. The clock runs from before Enter is pressed until a pixel that was read from
the display has the colour of the verdict.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.child import child
from bench.evening import GATE, code
from bench.load import http, post
from bench.rows import Progress, Row, Unmeasured, percentile
from doubles.screen.x11 import ESCAPE, RETURN, Keyboard
from generators.screens import SIZES, display, environment
from offline_cache.identity.enrolment import enrol
from scanner.wording.palette import STYLES, Look

WIDE, HIGH = SIZES["portrait"]
PLACE = WIDE - 16, HIGH // 2
REST = "#10151A"
LONGEST_S = 30.0
SETTLE_S, LOOK_S = 0.5, 0.001
GREEN = STYLES[Look.ADMIT].colour


def _until(keyboard: Keyboard, colour: str) -> None:
    end = time.perf_counter() + LONGEST_S
    while keyboard.pixel(*PLACE) != colour:
        if time.perf_counter() > end:
            raise Unmeasured(f"The screen did not turn {colour} within {LONGEST_S:.0f} s.")
        time.sleep(LOOK_S)


async def _known(folder: Path, tls: str, plain: str, admin: str) -> None:
    line = await http(plain)
    body = json.dumps({"gate": GATE}).encode()
    answer = await line.ask(post(plain, "/api/v1/devices/codes", admin, body))
    line.close()
    made = json.loads(answer[answer.index(b"{") :])
    (await enrol(made["code"], tls, "Bench")).save(folder / "identity.json")


def _warm(keyboard: Keyboard) -> None:
    """Scan a ticket until it is let in: the app has first to connect and to take the rows."""
    end = time.perf_counter() + LONGEST_S
    while keyboard.pixel(*PLACE) != GREEN:
        if time.perf_counter() > end:
            raise Unmeasured(f"The app was not ready within {LONGEST_S:.0f} s.")
        keyboard.key(ESCAPE)
        _until(keyboard, REST)
        keyboard.type(code(1))
        keyboard.key(RETURN)
        time.sleep(SETTLE_S)
    keyboard.key(ESCAPE)
    _until(keyboard, REST)


def _scans(keyboard: Keyboard, serials: range) -> list[float]:
    took: list[float] = []
    for serial in serials:
        keyboard.type(code(serial))
        begun = time.perf_counter()
        keyboard.key(RETURN)
        _until(keyboard, GREEN)
        took.append((time.perf_counter() - begun) * 1000)
        keyboard.key(ESCAPE)
        _until(keyboard, REST)
    return took


def measure(scans: int, progress: Progress) -> list[float]:
    """Scan so many tickets; return the milliseconds of each."""
    with tempfile.TemporaryDirectory() as folder, display(WIDE, HIGH) as name:
        state = Path(folder, "lane")
        state.mkdir()
        with child("bench.serving", Path(folder, "gateway"), "--tickets", scans + 10) as there:
            asyncio.run(_known(state, there["tls"], there["plain"], there["admin"]))
            words = ["ui", "--state", str(state), "--window", f"{WIDE}x{HIGH}"]
            app = subprocess.Popen(
                [sys.executable, "-m", "scanner", *words],
                env=environment(name),
                stderr=subprocess.DEVNULL,
            )
            try:
                keyboard = Keyboard(name)
                progress("the app opens its window and connects")
                _until(keyboard, REST)
                _warm(keyboard)
                progress(f"{scans} tickets are typed")
                return _scans(keyboard, range(2, 2 + scans))
            finally:
                app.terminate()
                app.wait()


def run(small: bool, progress: Progress) -> list[Row]:
    """Measure."""
    if not shutil.which("Xvfb"):
        raise Unmeasured("Xvfb is not installed.")
    took = measure(5 if small else 200, progress)
    name = "screen: last key to the verdict's colour"
    return [
        Row(f"{name}, p50", percentile(took, 0.5), "ms"),
        Row(f"{name}, p95", percentile(took, 0.95), "ms", budget=100),
    ]
