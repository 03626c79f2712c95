"""USB scanners and boards of their own kind: devices that this machine plugs into itself.

Runs inside the guest. Source: Linux kernel documentation, "Linux USB HID gadget driver", "Linux USB
gadget configured through configfs", "Linux Gadget Serial Driver".
"""

from __future__ import annotations

import os
import subprocess
import time
import tty
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from device.layouts import CODES, SPACE, typed
from device.ports import Key

T = TypeVar("T")

PRODUCT, VENDOR = "Bar Code Scanner", "0x05e0"
CONFIGFS = Path("/sys/kernel/config")
KEYBOARD = bytes.fromhex(
    "05010906a101050719e029e71500250175019508810295017508810395057501050819012905"
    "910295017503910395067508150025650507190029658100c0"
)
"""Report descriptor of a boot keyboard. Source: USB HID 1.11, appendix B.1."""

POS = bytes.fromhex("058c0902a1018502150026ff007508953f09fe8102c0")
"""Of a bar code scanner: report 2 has 63 bytes. Source: USB HID Point of Sale Usage Tables 1.02."""

POLL_S = 0.001
"""The shortest interval at which a full-speed USB device is asked. Source: USB 2.0, 5.7.4."""

SHIFT, CAPS_LOCK = 0x02, 57
USAGES = {letter: 4 + index for index, letter in enumerate("abcdefghijklmnopqrstuvwxyz")} | {
    letter: 30 + index for index, letter in enumerate("1234567890")
}
PLAIN = {"-": 45, "=": 46, "[": 47, "]": 48, "\\": 49, ";": 51, "'": 52} | {
    "`": 53,
    ",": 54,
    ".": 55,
    "/": 56,
    "<": 100,
}
BLANK, ENTER = 44, 40
"""Usages of a US keyboard. Source: USB HID Usage Tables 1.5, keyboard page."""

Stroke = tuple[int, bool]
"""Usage, and whether Shift is held."""


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


class Gadget:
    """A device of one function, and its cable.

    Args:
        port: Which of this machine's ports it is put into, 0 to 3.
        function: Of the kernel, such as `hid`.
        settings: Of the function, by file.
    """

    def __init__(self, port: int, function: str, settings: dict[str, bytes]) -> None:
        self.serial = f"S2109452{port}"
        subprocess.run(["modprobe", "dummy_hcd", "num=4"], check=True)
        modules = "libcomposite usb_f_hid usb_f_acm cdc_acm usbhid hid_generic evdev".split()
        subprocess.run(["modprobe", "-a", *modules], check=True)
        if not (CONFIGFS / "usb_gadget").exists():
            subprocess.run(["mount", "-t", "configfs", "none", CONFIGFS], check=False)
        self._port = port
        self._place = CONFIGFS / f"usb_gadget/{function}{port}"
        self._function = self._place / f"functions/{function}.usb{port}"
        for place in (self._place, self._place / "strings/0x409", self._function):
            place.mkdir(parents=True, exist_ok=True)
        (self._place / "configs/c.1").mkdir(parents=True, exist_ok=True)
        for name, value in {
            "idVendor": VENDOR,
            "idProduct": "0x1200",
            "strings/0x409/serialnumber": self.serial,
            "strings/0x409/manufacturer": "Symbol",
            "strings/0x409/product": PRODUCT,
        }.items():
            (self._place / name).write_text(value)
        link = self._place / f"configs/c.1/{self._function.name}"
        if not link.exists():
            for name, data in settings.items():
                (self._function / name).write_bytes(data)
            link.symlink_to(self._function)
        self._file = -1

    def plug(self) -> None:
        """Put the cable in and wait until the kernel has made both ends."""
        controllers = sorted(path.name for path in Path("/sys/class/udc").iterdir())
        (self._place / "UDC").write_text(controllers[self._port])
        wait(lambda: self.node() and self.inner().exists())
        self._file = os.open(self.inner(), os.O_RDWR | os.O_NOCTTY)

    def pull(self) -> None:
        """Pull the cable."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
        (self._place / "UDC").write_text("\n")
        wait(lambda: not self.node())

    def inner(self) -> Path:
        """Return the file of the device's own end."""
        return Path(f"/dev/hidg{(self._function / 'dev').read_text().strip().partition(':')[2]}")

    def node(self) -> str:
        """Return the file of the computer's end; empty = not there."""
        for path in Path("/sys/class/input").glob("event*/device/uniq"):
            if _said(path).strip() == self.serial:
                return f"/dev/input/{path.parent.parent.name}"
        return ""


class KeyboardScanner(Gadget):
    """A scanner that types.

    Args:
        port: As of `Gadget`.
    """

    def __init__(self, port: int = 0) -> None:
        settings = {"protocol": b"1", "subclass": b"1", "report_length": b"8"}
        super().__init__(port, "hid", settings | {"report_desc": KEYBOARD})

    def type(self, text: str, layout: str = "us", caps_lock: bool = False) -> None:
        """Type a code and Enter, as fast as the fastest scanners do.

        Args:
            text: The code.
            layout: The country that the scanner is set to.
            caps_lock: It presses Caps Lock before and after, and Shift for small letters.
        """
        strokes = [_stroke(letter, layout) for letter in text]
        if caps_lock:
            letters = USAGES["a"], USAGES["z"]
            strokes = [
                (usage, shift != (letters[0] <= usage <= letters[1])) for usage, shift in strokes
            ]
            strokes = [(CAPS_LOCK, False), *strokes, (CAPS_LOCK, False)]
        self.press([*strokes, (ENTER, False)])

    def press(self, strokes: Sequence[Stroke]) -> None:
        """Press keys, one after the other."""
        for usage, shift in strokes:
            for report in (bytes([SHIFT if shift else 0, 0, usage, 0, 0, 0, 0, 0]), bytes(8)):
                os.write(self._file, report)
                time.sleep(POLL_S)


class PosScanner(Gadget):
    """A scanner in HID-POS mode."""

    def __init__(self, port: int) -> None:
        settings = {"protocol": b"0", "subclass": b"0", "report_length": b"64"}
        super().__init__(port, "hid", settings | {"report_desc": POS})

    def send(self, text: str, aim: str = "]Q0") -> None:
        """Send a code in its parts."""
        data = text.encode()
        for start in range(0, len(data), 56):
            part, more = data[start : start + 56], start + 56 < len(data)
            head = bytes([2, len(part)]) + aim.encode() + part
            os.write(self._file, head.ljust(63, b"\0") + bytes([more]))

    def node(self) -> str:
        """Return the hidraw file; empty = not there."""
        for path in Path("/sys/class/hidraw").glob("hidraw*/device/uevent"):
            if f"HID_UNIQ={self.serial}\n" in _said(path):
                return f"/dev/{path.parent.parent.name}"
        return ""


class SerialGadget(Gadget):
    """A scanner, or a board of relays, on a serial port over USB."""

    def __init__(self, port: int) -> None:
        super().__init__(port, "acm", {})

    def plug(self) -> None:
        """Put the cable in; the line passes every byte."""
        super().plug()
        tty.setraw(self._file)

    def send(self, data: bytes) -> None:
        """Send bytes to the computer."""
        os.write(self._file, data)

    def received(self) -> bytes:
        """Return what the computer has sent; waits for something."""
        return os.read(self._file, 4096)

    def inner(self) -> Path:
        """Return the file of the device's own end."""
        return Path(f"/dev/ttyGS{(self._function / 'port_num').read_text().strip()}")

    def node(self) -> str:
        """Return the computer's serial port; empty = not there."""
        for path in Path("/dev/serial/by-id").glob(f"*{self.serial}*"):
            return str(path)
        return ""


def _said(path: Path) -> str:
    # A device may go while it is looked at.
    try:
        return path.read_text()
    except OSError:
        return ""


def _stroke(letter: str, layout: str) -> Stroke:
    if letter == " ":
        return BLANK, False
    for code in (*CODES, SPACE):
        for shift in (False, True):
            if typed([Key(code, shift)], layout) == letter:
                position = typed([Key(code)])
                return USAGES.get(position) or PLAIN[position], shift
    raise ValueError("no such key")
