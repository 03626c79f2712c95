"""Cameras that this machine plugs into itself: one shows what we draw, one can be torn off.

Runs inside the guest. Source: Linux `videodev2.h`; v4l2loopback's README; Linux kernel
documentation, "The Virtual Video Test Driver (vivid)".
"""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
import threading
import time
from pathlib import Path

import numpy

from device.ports import Gray
from doubles.device.film import held_up, ticket
from virtual_machines.gadget import wait

WIDTH, HEIGHT = 640, 480
PERIOD_S = 0.1
S_FMT = 0xC0D05605
"""VIDIOC_S_FMT, with a `v4l2_format` of 208 bytes."""

OUTPUT, YUYV, NO_FIELDS, SRGB = 2, 0x56595559, 1, 8


class Stage:
    """A camera of v4l2loopback, and what is held up before it.

    Args:
        number: Of its device file.
    """

    def __init__(self, number: int) -> None:
        self.node = Path(f"/dev/video{number}")
        self._number = number
        self._shown: Gray | None = None
        self._over = threading.Event()
        self._thread = threading.Thread()

    def plug(self) -> None:
        """Plug it in; before it is an empty wall."""
        self._shown = None
        _run("modprobe", "v4l2loopback", f"video_nr={self._number}", "exclusive_caps=1")
        wait(self.node.exists)
        self._over.clear()
        self._thread = threading.Thread(target=self._play, daemon=True)
        self._thread.start()

    def show(self, text: str | None) -> None:
        """Hold a ticket up, or nothing."""
        self._shown = None if text is None else ticket(text)

    def pull(self) -> None:
        """Let it fall silent, then take it away as soon as nobody waits for its pictures."""
        self._over.set()
        self._thread.join()
        wait(lambda: subprocess.run(["rmmod", "v4l2loopback"], capture_output=True).returncode == 0)
        wait(lambda: not self.node.exists())

    def _play(self) -> None:
        size = WIDTH * HEIGHT * 2
        pixels = (WIDTH, HEIGHT, YUYV, NO_FIELDS, WIDTH * 2, size, SRGB)
        asked = struct.pack("<II7I", OUTPUT, 0, *pixels).ljust(208, b"\0")
        file = os.open(self.node, os.O_RDWR)
        try:
            fcntl.ioctl(file, S_FMT, asked)
            for number in range(1 << 30):
                if self._over.is_set():
                    return
                os.write(file, _yuyv(held_up(self._shown, seed=number)))
                time.sleep(PERIOD_S)
        finally:
            os.close(file)


class TornCamera:
    """A camera of vivid, which may vanish while somebody looks through it.

    Args:
        number: Of its device file.
    """

    def __init__(self, number: int) -> None:
        self.node = Path(f"/dev/video{number}")
        self._driver = Path("/sys/bus/platform/drivers/vivid")
        _run("modprobe", "vivid", "n_devs=1", "node_types=0x1", f"vid_cap_nr={number}")
        wait(self.node.exists)

    def pull(self) -> None:
        """Tear it off."""
        (self._driver / "unbind").write_text("vivid.0")
        wait(lambda: not self.node.exists())

    def plug(self) -> None:
        """Plug it in again."""
        (self._driver / "bind").write_text("vivid.0")
        wait(self.node.exists)


def _yuyv(picture: Gray) -> bytes:
    """Return a gray picture as cameras send colour: brightness and colour in turns."""
    pixels = numpy.full((HEIGHT, WIDTH, 2), 128, dtype=numpy.uint8)
    pixels[:, :, 0] = picture
    return pixels.tobytes()


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)
