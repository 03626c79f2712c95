"""A camera, or a film, as a source of codes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from device.camera.capture import SILENT_S, CameraName, expose, open_camera, open_film, unplugged
from device.camera.chain import FrameChain
from device.camera.frame_reader import Frame, FrameReader
from device.camera.health import CameraHealth
from device.errors import Defect, DeviceError, PartMissing
from device.ports import Gray, Sighting
from device.sighting_filter import SightingFilter
from device.wanted import Wanted
from device.worker_thread import WorkerThread

LOOKED_S = 0.2
"""A longer pause between two frames counts for no more: nobody looked meanwhile."""

RETRY_S = 1.0
"""Pause before a camera that is gone is tried again, in seconds."""

CLOSED_S = 3.0 * SILENT_S
"""How long the end is waited for of whoever waits for a silent camera, in seconds."""


class Camera:
    """Reads codes from a camera; waits for one that is unplugged to come back.

    Args:
        name: Of a camera, as `CameraName` takes it; or path of a film.
        film: It is a film: played once, at its own pace.
        wanted: Gives what may be a ticket now; asked in a thread of its own.

    Raises:
        DecoderMissing: There is no decoder.
        DeviceError: The name can't be one.
    """

    def __init__(
        self, name: str, film: bool = False, wanted: Callable[[], Wanted] = Wanted
    ) -> None:
        self._film_path = name if film else None
        self._name = CameraName("0" if film else name)
        self._chain = FrameChain(wanted=wanted)
        self._filter = SightingFilter(wanted)
        self._looked_s = 0.0
        self._latest: Frame | None = None
        self._told = ""
        self._refused: CameraName | None = None
        self._over = threading.Event()
        self._worker: WorkerThread[Sighting | DeviceError] = WorkerThread("camera")

    def latest(self) -> Gray | None:
        """Return the latest frame, for a preview; None = there is none, or the camera is gone."""
        return self._latest.gray if self._latest else None

    def choose(self, name: str) -> None:
        """Look through another camera from now on.

        Args:
            name: As `CameraName` takes it.

        Raises:
            DeviceError: The name can't be one.
        """
        self._name = CameraName(name)

    async def sightings(self) -> AsyncIterator[Sighting | DeviceError]:
        """Yield codes as they come into view; a film's end ends it.

        Ends only when nobody is in the decoders any more: a program that ends meanwhile crashes.
        """
        try:
            async for item in self._worker.items(self._work):
                yield item
        finally:
            self.close()
            await asyncio.to_thread(self._over.wait, CLOSED_S)

    def close(self) -> None:
        """End `sightings` soon."""
        self._worker.closed.set()

    def _work(self) -> None:
        try:
            if self._film_path is None:
                self._look()
            else:
                self._play_film(self._film_path)
        finally:
            self._over.set()

    def _look(self) -> None:
        closed = self._worker.closed
        while not closed.is_set():
            name = self._name
            try:
                self._look_through(name)
            except DeviceError as error:
                self._tell(error)
            self._latest = None
            if name is self._name:
                closed.wait(RETRY_S)

    def _play_film(self, path: str) -> None:
        try:
            self._play(FrameReader(open_film(path), paced=True), None)
        except DeviceError as error:
            self._worker.hand_over(error)

    def _look_through(self, name: CameraName) -> None:
        capture = open_camera(name)
        refused = expose(capture, name)
        if refused is not None and name is not self._refused:
            self._refused = name
            self._worker.hand_over(refused)
        self._play(FrameReader(capture, paced=False), name)
        if self._worker.closed.is_set() or name is not self._name:
            return
        if not Path(name.path).exists():
            raise unplugged(name.path)
        raise PartMissing(
            f"The camera {name.path[:80]} gives no more pictures.", Defect.CAMERA_SILENT
        )

    def _play(self, frames: FrameReader, name: CameraName | None) -> None:
        last_s, health = 0.0, CameraHealth() if name else None
        try:
            while not self._worker.closed.is_set() and name in (None, self._name):
                frame = frames.next(last_s, SILENT_S)
                if frame is None:
                    return
                self._looked_s += min(frame.at_s - last_s, LOOKED_S)
                self._latest, last_s, self._told = frame, frame.at_s, ""
                self._see(frame)
                if health and (trouble := health.trouble(frame.gray, frame.at_s)):
                    self._worker.hand_over(trouble)
        except EOFError:
            return
        finally:
            frames.close()

    def _see(self, frame: Frame) -> None:
        found = self._chain.look(frame.gray, frame.at_s)
        origin = f"camera {(self._film_path or self._name.path)[:40]}"
        for item in self._filter.new(found, origin, self._looked_s):
            self._worker.hand_over(item)

    def _tell(self, trouble: DeviceError) -> None:
        if str(trouble) != self._told:
            self._told = str(trouble)
            self._worker.hand_over(trouble)
