"""A USB scanner of its own kind: a keyboard that this machine plugs into itself.

Runs inside the guest. Source: Linux kernel documentation, "Linux USB HID gadget driver".
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, TypeVar

T = TypeVar("T")

PRODUCT, SERIAL = "Bar Code Scanner", "S21094523"
GADGET = Path("/sys/kernel/config/usb_gadget/scanner")
KEYBOARD = bytes.fromhex(
    "05010906a101050719e029e71500250175019508810295017508810395057501050819012905"
    "910295017503910395067508150025650507190029658100c0"
)
"""Report descriptor of a boot keyboard. Source: USB HID 1.11, appendix B.1."""

POLL_S = 0.001
"""The shortest interval at which a full-speed USB device is asked. Source: USB 2.0, 5.7.4."""

SHIFT = 0x02
USAGES = {letter: 4 + index for index, letter in enumerate("abcdefghijklmnopqrstuvwxyz")} | {
    letter: 30 + index for index, letter in enumerate("1234567890")
}
PLAIN = {"\n": 40, " ": 44, "-": 45, "=": 46, ";": 51, ",": 54, ".": 55, "/": 56}
SHIFTED = {"$": "4", "%": "5", "*": "8", "+": "=", ":": ";"}
"""Usages of a US keyboard. Source: USB HID Usage Tables 1.5, keyboard page."""


def wait(what: Callable[[], T], longest_s: float = 60.0) -> T:
    """Return the first truth of a question.

    Raises:
        TimeoutError: It stays untrue.
    """
    until = time.monotonic() + longest_s
    while time.monotonic() < until:
        if found := what():
            return found
        time.sleep(0.05)
    raise TimeoutError(f"waited {longest_s:.0f} s")


class Scanner:
    """The scanner and its cable."""

    def __init__(self) -> None:
        modules = "dummy_hcd libcomposite usb_f_hid usbhid hid_generic evdev".split()
        subprocess.run(["modprobe", "-a", *modules], check=True)
        subprocess.run(["mount", "-t", "configfs", "none", "/sys/kernel/config"], check=False)
        for part in ("strings/0x409", "configs/c.1", "functions/hid.usb0"):
            (GADGET / part).mkdir(parents=True, exist_ok=True)
        for name, value in {
            "idVendor": "0x05e0",
            "idProduct": "0x1200",
            "strings/0x409/serialnumber": SERIAL,
            "strings/0x409/manufacturer": "Symbol",
            "strings/0x409/product": PRODUCT,
            "functions/hid.usb0/protocol": "1",
            "functions/hid.usb0/subclass": "1",
            "functions/hid.usb0/report_length": "8",
        }.items():
            (GADGET / name).write_text(value)
        (GADGET / "functions/hid.usb0/report_desc").write_bytes(KEYBOARD)
        link = GADGET / "configs/c.1/hid.usb0"
        if not link.exists():
            link.symlink_to(GADGET / "functions/hid.usb0")
        self._pipe: BinaryIO | None = None

    def plug(self) -> None:
        """Put the cable in and wait until the kernel has seen the keyboard."""
        controller = next(Path("/sys/class/udc").iterdir()).name
        (GADGET / "UDC").write_text(controller)
        wait(lambda: Path("/dev/hidg0").exists() and self.event())
        self._pipe = open("/dev/hidg0", "r+b", buffering=0)  # noqa: SIM115 - held like the cable

    def pull(self) -> None:
        """Pull the cable."""
        if self._pipe is not None:
            self._pipe.close()
        (GADGET / "UDC").write_text("\n")

    def event(self) -> str:
        """Return the kernel's name of the keyboard, such as `event3`; empty = not there."""
        for name in Path("/sys/class/input").glob("event*/device/name"):
            if PRODUCT in name.read_text():
                return name.parent.parent.name
        return ""

    def type(self, text: str) -> None:
        """Type a code and Enter, as fast as the fastest scanners do."""
        assert self._pipe is not None
        for letter in text + "\n":
            for report in (_report(letter), bytes(8)):
                self._pipe.write(report)
                time.sleep(POLL_S)


def _report(letter: str) -> bytes:
    shift = letter.isupper() or letter in SHIFTED
    key = SHIFTED.get(letter, letter).lower()
    return bytes([SHIFT if shift else 0, 0, USAGES.get(key) or PLAIN[key], 0, 0, 0, 0, 0])
