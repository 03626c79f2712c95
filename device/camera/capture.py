"""Opens cameras and films through OpenCV.

Source: OpenCV documentation, videoio (`VideoCapture`, `VideoCaptureProperties`); Linux kernel
documentation, "Camera Control Reference" (exposure).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from device.errors import Defect, DeviceError, PartMissing

WIDTH, HEIGHT = 1280, 720
"""Pixels asked for; small codes need them, and a larger frame takes longer than it lasts."""

SILENT_S = 2
"""A camera that gives no picture for so long is let go of and opened anew, in whole seconds."""

MANUAL, AUTOMATIC = 1, 3
"""Exposure by us, or by the camera. Source: `v4l2_exposure_auto_type`, linux/v4l2-controls.h."""

EXPOSURE_PER_MS = 10
"""V4L2 counts exposure in steps of 100 microseconds."""


class CameraName:
    """A camera as somebody writes it: `N` or a path, then `@MS` for an exposure of their own.

    Args:
        written: Such as `0`, `/dev/video2` or `0@5`.

    Attributes:
        path: Of its device file.
        exposure_ms: 0.1 to 1,000 milliseconds; None = the camera chooses.

    Raises:
        DeviceError: The exposure is out of range.
    """

    def __init__(self, written: str) -> None:
        place, mark, exposure = written.rpartition("@")
        if not mark or not exposure.replace(".", "", 1).isdecimal():
            place, exposure = written, ""
        self.path = f"/dev/video{place}" if place.isdecimal() else place
        self.exposure_ms = float(exposure) if exposure else None
        if self.exposure_ms is not None and not 0.1 <= self.exposure_ms <= 1000:
            raise DeviceError(
                f"An exposure of {exposure[:20]} ms is out of range: 0.1 to 1000, such as 0@5."
            )


def library() -> Any:
    """Return OpenCV, quiet.

    Raises:
        PartMissing: It is not installed.
    """
    # OpenCV waits 10 s for a frame that never comes, and holds the camera meanwhile.
    os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", str(SILENT_S))
    try:
        import cv2
        from cv2.utils import logging as words
    except ImportError as error:
        raise PartMissing(
            "Cameras and films need OpenCV. Install entrance-control[camera] and, on Debian, "
            "the packages libgl1 and libglib2.0-0.",
            Defect.LIBRARY_MISSING,
        ) from error
    words.setLogLevel(words.LOG_LEVEL_SILENT)
    return cv2


def unplugged(path: str) -> PartMissing:
    """Return what is said of a camera that is not there."""
    return PartMissing(
        f"The camera {path[:80]} is not plugged in. Plug it in; it is used as soon as it is there.",
        Defect.CAMERA_GONE,
    )


def open_camera(name: CameraName) -> Any:
    """Return a camera that gives frames, as OpenCV's capture.

    Raises:
        PartMissing: The library, the camera or the right to it is missing.
    """
    cv2, path = library(), name.path
    shown = path[:80]
    if not Path(path).exists():
        raise unplugged(path)
    if not os.access(path, os.R_OK | os.W_OK):
        raise PartMissing(
            f"This user may not use the camera {shown}. Add the user to the group video.",
            Defect.CAMERA_FORBIDDEN,
        )
    capture = cv2.VideoCapture(path, cv2.CAP_V4L2)
    if not capture.isOpened():
        raise PartMissing(
            f"The camera {shown} gives no pictures. Close other programs that use it, or plug it "
            "out and in again.",
            Defect.CAMERA_SILENT,
        )
    # Cameras give full speed in this size as JPEG only; one that can't stays as it is.
    capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, WIDTH)
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, HEIGHT)
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    return capture


def expose(capture: Any, name: CameraName) -> DeviceError | None:
    """Set a camera's exposure, if one was asked for; else it is left as it is.

    Args:
        capture: As from `open_camera`.
        name: With the exposure.

    Returns:
        What to tell if this camera can't; it sees all the same.
    """
    if name.exposure_ms is None:
        return None
    cv2, steps = library(), max(1, round(name.exposure_ms * EXPOSURE_PER_MS))
    well = capture.set(cv2.CAP_PROP_AUTO_EXPOSURE, MANUAL)
    if well and capture.set(cv2.CAP_PROP_EXPOSURE, steps):
        return None
    capture.set(cv2.CAP_PROP_AUTO_EXPOSURE, AUTOMATIC)
    return DeviceError(
        f"The exposure of the camera {name.path[:80]} can't be set; it chooses by itself. "
        f"Leave out @{name.exposure_ms:g}.",
        Defect.CAMERA_EXPOSURE,
    )


def open_film(path: str) -> Any:
    """Return a film, or a row of pictures such as `shot%03d.png`, as OpenCV's capture.

    Raises:
        PartMissing: The library is missing, or the file, or the right to it.
        DeviceError: It can't be played.
    """
    cv2, shown = library(), path[:80]
    row = "%" in path
    if not os.access(Path(path).parent if row else path, os.R_OK):
        raise PartMissing(f"{shown} can't be read by this user, or is not there.")
    capture = cv2.VideoCapture(path, cv2.CAP_IMAGES if row else cv2.CAP_ANY)
    if not capture.isOpened():
        raise DeviceError(f"{shown} is no film that can be played.")
    return capture
