"""What a lane tells its face besides verdicts: what its link did, and what became of itself."""

from __future__ import annotations

from dataclasses import dataclass

from offline_cache.rescue import Mended
from offline_cache.sync.events import LinkEvent
from validator.errors import place_of

__all__ = ["Failed", "LaneEvent", "Mended", "Wiped"]


@dataclass(frozen=True, slots=True)
class Failed:
    """Something in the lane failed on a mistake of the program.

    Args:
        part: Which, in one word such as `link`.
        error: Type of the exception; never its text, a ticket's code may stand in it.
        place: Where it arose.
        todo: What becomes of it, a sentence; empty = its fault is shown, which says it.
    """

    part: str
    error: str
    place: str
    todo: str

    @classmethod
    def of(cls, part: str, error: Exception, todo: str = "") -> Failed:
        """Return what is told of an error."""
        return cls(part, type(error).__name__, place_of(error), todo)

    def __str__(self) -> str:
        """Return what people are to know."""
        what = f"{self.part}: {self.error}, {self.place}"
        return f"A part of this lane failed inside the program ({what}). {self.todo}"


@dataclass(frozen=True, slots=True)
class Wiped:
    """The device was revoked, has delivered what it owed, and holds nothing any more."""


LaneEvent = LinkEvent | Mended | Failed | Wiped
