"""What a lane shows of an error: a fault, with the kind by which each language has its words."""

from __future__ import annotations

from enum import StrEnum

from device.errors import Defect, DeviceError, PartMissing, ReadAgain
from validator.errors import place_of
from validator.model import Fault, Trouble


def broken(error: Exception) -> Fault:
    """Return what is shown of a mistake of ours: the lane goes on with the next guest."""
    return Fault(
        f"This scan failed inside the program ({type(error).__name__}, {place_of(error)}).",
        "Scan again. If it stays, call the supervisor.",
        Trouble.PROGRAM,
    )


def unread(error: DeviceError) -> Fault:
    """Return what is shown of something that a source could not read."""
    todo = error.todo or "Hold the ticket still and closer, or type its number."
    return Fault(str(error), todo, kind_of(error))


def kind_of(error: DeviceError) -> StrEnum:
    """Return by what a screen finds its own words for an error."""
    if error.defect is not Defect.OTHER:
        return error.defect
    match error:
        case ReadAgain():
            return Trouble.SCAN_AGAIN
        case PartMissing():
            return Trouble.PART_MISSING
        case _:
            return Trouble.UNREADABLE
