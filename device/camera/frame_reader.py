"""Frames of a camera or film, the latest one only."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

from device.camera.capture import SILENT_S, library
from device.ports import Gray

USUAL_RATE = 25.0
"""Frames a second of a film that doesn't say."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture.

    Args:
        gray: Its brightness.
        at_s: When it came, on the monotonic clock.
    """

    gray: Gray
    at_s: float


class FrameReader:
    """A camera, or a file played at its own pace; frames that nobody takes are dropped.

    Args:
        capture: OpenCV's; the reader's own from now on.
        paced: It is a file, which would be over at once if nobody held it back.
    """

    def __init__(self, capture: Any, paced: bool) -> None:
        self._cv2 = library()
        self._capture = capture
        self._pace_s = self._pace() if paced else 0.0
        self._fresh = threading.Condition()
        self._frame: Frame | None = None
        self._ended = False
        self._thread = threading.Thread(target=self._grab, name="frames", daemon=True)
        self._thread.start()

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
        """Let go of it, so that it can be opened again.

        The thread that reads the camera releases it, since nobody else may; one that waits for a
        silent camera gives up soon.
        """
        self._ended = True
        self._thread.join(2 * SILENT_S)

    def _newer(self, after_s: float) -> bool:
        return self._frame is not None and self._frame.at_s > after_s

    def _pace(self) -> float:
        rate = self._capture.get(self._cv2.CAP_PROP_FPS)
        return 1 / (rate if 1 <= rate <= 240 else USUAL_RATE)

    def _grab(self) -> None:
        due_s = time.monotonic()
        while not self._ended:
            well, picture = self._capture.read()
            if not well:
                break
            with self._fresh:
                self._frame = Frame(self._gray(picture), time.monotonic())
                self._fresh.notify_all()
            due_s += self._pace_s
            if self._pace_s and (rest_s := due_s - time.monotonic()) > 0:
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
