"""Codes that the camera of a phone sees."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import numpy

from device.android.java import activity, java_class, told
from device.errors import Defect, DeviceError, PartMissing
from device.ports import Gray, Sighting, Symbol
from device.sighting_filter import SightingFilter
from device.wanted import Wanted
from device.worker_thread import WorkerThread

WIDTH, HEIGHT = 1280, 720
"""Pixels of the pictures that are asked for."""

PATIENCE_MS = 200
"""How long a picture is waited for before the camera is asked what is wrong."""

TROUBLES = {
    1: (
        "The camera may not be used. Allow it in Android's settings of this app.",
        Defect.CAMERA_FORBIDDEN,
    ),
    2: (
        "This device has no such camera, or another app holds it. Close that app, or choose the "
        "other camera.",
        Defect.CAMERA_SILENT,
    ),
}
"""By the numbers of LuminanceCamera.java."""


class PhoneCamera:
    """Looks for codes in what the camera sees; pictures that come too fast are dropped.

    Args:
        look: Returns the codes of a picture that was taken at a time, in seconds on a clock that
            never goes back; called in one thread of our own.
        wanted: Gives what may be a ticket now; asked in that thread.

    Raises:
        PartMissing: This is no Android.
    """

    choose = None

    def __init__(
        self,
        look: Callable[[Gray, float], Sequence[Symbol]],
        wanted: Callable[[], Wanted] = Wanted,
    ) -> None:
        camera = java_class("org.entrancecontrol.camera.LuminanceCamera")
        java_class("org.entrancecontrol.camera.LuminanceFrame")
        self._camera = camera(activity(), WIDTH, HEIGHT)
        self._look = look
        self._filter = SightingFilter(wanted)
        self._latest: Gray | None = None
        self._trouble = 0
        self._worker: WorkerThread[Sighting | DeviceError] = WorkerThread("camera")

    def sightings(self) -> AsyncIterator[Sighting | DeviceError]:
        """Yield each code once while it stays in view; an error once for each new trouble."""
        return self._worker.items(self._work)

    def close(self) -> None:
        """End `sightings` soon, and let go of the camera."""
        self._worker.closed.set()
        self._camera.close()

    def latest(self) -> Gray | None:
        """Return the newest picture, upright; None = none came yet."""
        return self._latest

    def torch(self, on: bool) -> None:
        """Switch the lamp beside the camera; nothing happens without one."""
        self._camera.torch(on)

    def face(self, front: bool) -> None:
        """Take the camera above the screen, or the one at the back."""
        self._camera.face(front)

    def resumed(self) -> None:
        """Open the camera: the app is at the front."""
        if not self._worker.closed.is_set():
            self._camera.open()

    def paused(self) -> None:
        """Let go of the camera: the app is at the front no more."""
        self._camera.close()

    def _work(self) -> None:
        self.resumed()
        while not self._worker.closed.is_set():
            try:
                with told("The camera has failed: restart the app."):
                    frame = self._camera.take(PATIENCE_MS)
                self._complain()
                if frame is not None:
                    self._see(frame)
            except DeviceError as error:
                self._worker.hand_over(error)
                self._worker.closed.wait(PATIENCE_MS / 1000)

    def _complain(self) -> None:
        trouble = int(self._camera.problem())
        if trouble != self._trouble:
            self._trouble = trouble
            if trouble:
                self._worker.hand_over(PartMissing(*TROUBLES[trouble]))

    def _see(self, frame: Any) -> None:
        picture = _upright(frame)
        self._latest = picture
        now_s = time.monotonic()
        for item in self._filter.new(self._look(picture, now_s), "camera", now_s):
            self._worker.hand_over(item)


def _upright(frame: Any) -> Gray:
    pixels = numpy.frombuffer(frame.pixels.tostring(), dtype=numpy.uint8)
    quarters = -int(frame.rotation) // 90
    turned = numpy.rot90(pixels.reshape(frame.height, frame.width), quarters)
    return numpy.ascontiguousarray(turned)
