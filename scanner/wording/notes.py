"""What a lane with a screen tells its staff between two guests."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum

from device.errors import Defect
from scanner.texts import texts

KEPT = 20
"""Notes that are kept until they are read."""


class Note(StrEnum):
    """What is told; each has its words in every language."""

    PART = "part"
    MENDED = "mended"
    REVOKED = "revoked"
    CONFLICT = "conflict"
    ALARM = "alarm"
    FAILED = "failed"
    LAYOUT = "layout"
    WIPED = "wiped"
    FOREIGN = "foreign"
    UNDONE = "undone"
    JOINED = "joined"


PASSING = frozenset({Note.FOREIGN, Note.UNDONE, Note.JOINED})
"""Of these nobody needs to know any more once the next guest is here."""


@dataclass(frozen=True, slots=True)
class StaffNote:
    """One note.

    Args:
        note: What it is.
        number: Of the ticket that it is about; empty = none.
        detail: As the part that noticed it says it, in English; empty = nothing more.
        defect: Of the part that is missing.
    """

    note: Note
    number: str = ""
    detail: str = ""
    defect: Defect = Defect.OTHER

    def text(self, language: str) -> str:
        """Return the note in a language, in few words."""
        return texts(language).note[self.note.value].format(number=self.number or "?")

    def whole(self, language: str) -> str:
        """Return the note in a language, with what it is about and what to do."""
        if language == "en" and self.detail:
            return self.detail
        if self.defect is Defect.OTHER:
            return self.text(language)
        return " ".join(texts(language).fault[self.defect.value])


@dataclass(slots=True)
class Notes:
    """Notes that stay until they are read, and one that passes with the next scan.

    Attributes:
        kept: Latest first.
        unread: How many of them nobody has looked at yet.
        passing: Shown until the next scan, None = none.
    """

    kept: deque[StaffNote] = field(default_factory=lambda: deque(maxlen=KEPT))
    unread: int = 0
    passing: StaffNote | None = None

    def tell(self, told: StaffNote) -> None:
        """Take in a note; one that is known already is not told twice."""
        if told.note in PASSING:
            self.passing = told
        elif told not in self.kept:
            self.kept.appendleft(told)
            self.unread = min(self.unread + 1, KEPT)

    def read(self) -> None:
        """Count those that are kept as seen."""
        self.unread = 0

    def line(self, language: str) -> str:
        """Return what stands on the screen at rest, empty = nothing to tell."""
        if self.passing is not None:
            return self.passing.text(language)
        if not self.unread:
            return ""
        more = f" (+{self.unread - 1})" if self.unread > 1 else ""
        return self.kept[0].text(language) + more
