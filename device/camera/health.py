"""Tells when a camera runs and yet shows nothing: a cover, the dark, a frozen picture."""

from __future__ import annotations

from dataclasses import dataclass

from device.errors import Defect, DeviceError
from device.ports import Gray

LONG_S = 4.0
"""How long it may be so, in seconds."""

DARK = 6.0
"""Mean brightness, 0 to 255, below which there is nothing to see."""

EVERY = 16
"""Only each so many-th row and column is looked at."""


@dataclass(slots=True)
class CameraHealth:
    """Looks at frames for what is wrong with the camera itself; tells each trouble once."""

    _before: bytes = b""
    _changed_s: float = -1.0
    _light_s: float = -1.0
    _told: str = ""

    def trouble(self, frame: Gray, at_s: float) -> DeviceError | None:
        """Return what is wrong, once; None = nothing, or told before.

        Args:
            frame: Gray.
            at_s: In seconds on a clock that never goes back.
        """
        sample = frame[::EVERY, ::EVERY]
        data = sample.tobytes()
        # The noise of a real camera changes every frame.
        if data != self._before or self._changed_s < 0:
            self._before, self._changed_s = data, at_s
        if (sample.size and float(sample.mean()) >= DARK) or self._light_s < 0:
            self._light_s = at_s
        what, defect = "", Defect.OTHER
        if at_s - self._light_s > LONG_S:
            what = "The camera sees only black. Take off its cover, or give it light."
            defect = Defect.CAMERA_DARK
        elif at_s - self._changed_s > LONG_S:
            what = "The camera's picture stands still. Plug the camera out and in again."
            defect = Defect.CAMERA_FROZEN
        if what == self._told:
            return None
        self._told = what
        return DeviceError(what, defect) if what else None
