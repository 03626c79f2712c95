"""Errors of the package, named by what went missing."""

from __future__ import annotations

from enum import StrEnum


class Defect(StrEnum):
    """What is wrong with a part, for whoever tells it in another language than English."""

    OTHER = "other"
    LIBRARY_MISSING = "library_missing"
    CAMERA_GONE = "camera_gone"
    CAMERA_FORBIDDEN = "camera_forbidden"
    CAMERA_SILENT = "camera_silent"
    CAMERA_DARK = "camera_dark"
    CAMERA_FROZEN = "camera_frozen"
    CAMERA_EXPOSURE = "camera_exposure"
    SCANNER_GONE = "scanner_gone"
    SCANNER_FORBIDDEN = "scanner_forbidden"
    SCANNER_HELD = "scanner_held"
    SOUND_MISSING = "sound_missing"


class DeviceError(Exception):
    """Root of this package's own errors.

    Args:
        message: A sentence for people: what happened and what to do.
        defect: The same for those who read no English.

    Attributes:
        todo: What whoever stands at the gate does about it; empty = nothing of its own.
    """

    todo = ""

    def __init__(self, message: str, defect: Defect = Defect.OTHER) -> None:
        super().__init__(message)
        self.defect = defect


class ReadAgain(DeviceError):
    """A scan came broken: scan the same ticket once more."""

    todo = "Scan the ticket again."


class DecoderMissing(DeviceError):
    """A library that reads codes is not installed: install it, the others go on."""

    def __init__(self, message: str) -> None:
        super().__init__(message, Defect.LIBRARY_MISSING)


class PictureUnreadable(DeviceError):
    """A file is no picture, damaged or too large: hand in another one."""


class PartMissing(DeviceError):
    """A library, right or device of a station is missing: put it there, the rest goes on."""

    todo = "Type the ticket's number meanwhile."


class ForeignCode(DeviceError):
    """A code of a kind that no ticket here has, such as an advertisement's: nothing to judge."""

    todo = "Look for the ticket's own code."
