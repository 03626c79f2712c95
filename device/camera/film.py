"""Frames of a camera or film through OpenCV, the latest one only.

Source: OpenCV documentation, videoio (`VideoCapture`, `VideoCaptureProperties`).
"""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from device.errors import DeviceError, PartMissing
from device.ports import Gray

WIDTH, HEIGHT = 1280, 720
"""Pixels asked for; small codes need them, and a larger frame takes longer than it lasts."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture.

    Args:
        gray: Its brightness.
        at_s: When it came, on the monotonic clock.
    """

    gray: Gray
    at_s: float


class Film:
    """A camera, or a file played at its own pace; frames that nobody takes are dropped.

    Args:
        name: Number or path of a camera, or path of a file.
        camera: Whether it is a camera.

    Raises:
        PartMissing: The library, the camera or the right to it is missing.
        DeviceError: The file can't be played.
    """

    def __init__(self, name: str, camera: bool) -> None:
        self._cv2 = _library()
        path = f"/dev/video{name}" if camera and name.isdecimal() else name
        self._camera = camera
        self._capture = self._open(path)
        self._fresh = threading.Condition()
        self._frame: Frame | None = None
        self._ended = False
        threading.Thread(target=self._grab, name="film", daemon=True).start()

    def next(self, after_s: float, wait_s: float) -> Frame | None:
        """Return the latest frame, None if none newer came in time.

        Args:
            after_s: Time of the frame before.
            wait_s: At most so many seconds.

        Raises:
            EOFError: There will be no more.
        """
        with self._fresh:
            self._fresh.wait_for(lambda: self._ended or self._newer(after_s), wait_s)
            if self._newer(after_s):
                return self._frame
            if self._ended:
                raise EOFError
            return None

    def close(self) -> None:
        """Let go of it; the thread that reads the camera releases it, since nobody else may."""
        self._ended = True

    def _newer(self, after_s: float) -> bool:
        return self._frame is not None and self._frame.at_s > after_s

    def _open(self, path: str) -> Any:
        cv2, name = self._cv2, path[:80]
        if self._camera and not Path(path).exists():
            raise PartMissing(
                f"The camera {name} is not plugged in. "
                "Plug it in; it is used as soon as it is there."
            )
        if not os.access(path, os.R_OK):
            group = " Add the user to the group video." if self._camera else ""
            raise PartMissing(f"{name} can't be read by this user, or is not there.{group}")
        capture = cv2.VideoCapture(path, cv2.CAP_V4L2 if self._camera else cv2.CAP_ANY)
        if not capture.isOpened():
            if self._camera:
                raise PartMissing(f"The camera {name} can't be used. Is another program using it?")
            raise DeviceError(f"{name} is no film that can be played.")
        if self._camera:
            # Cameras give full speed in this size as JPEG only; one that can't stays as it is.
            capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
            capture.set(cv2.CAP_PROP_FRAME_WIDTH, WIDTH)
            capture.set(cv2.CAP_PROP_FRAME_HEIGHT, HEIGHT)
            capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        return capture

    def _grab(self) -> None:
        rate = 0.0 if self._camera else self._capture.get(self._cv2.CAP_PROP_FPS)
        pace_s = 1 / rate if 1 <= rate <= 240 else 0.0
        due_s = time.monotonic()
        while not self._ended:
            well, picture = self._capture.read()
            if not well:
                break
            with self._fresh:
                self._frame = Frame(self._gray(picture), time.monotonic())
                self._fresh.notify_all()
            due_s += pace_s
            if pace_s and (rest_s := due_s - time.monotonic()) > 0:
                time.sleep(rest_s)
        self._capture.release()
        with self._fresh:
            self._ended = True
            self._fresh.notify_all()

    def _gray(self, picture: Any) -> Gray:
        if picture.ndim == 3:
            picture = self._cv2.cvtColor(picture, self._cv2.COLOR_BGR2GRAY)
        gray: Gray = picture
        return gray


def _library() -> Any:
    try:
        import cv2
        from cv2.utils import logging as words
    except ImportError as error:
        raise PartMissing(
            "Cameras and films need OpenCV. Install entrance-control[camera] and, on Debian, "
            "the packages libgl1 and libglib2.0-0."
        ) from error
    words.setLogLevel(words.LOG_LEVEL_SILENT)
    return cv2
