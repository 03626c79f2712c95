"""The pages that are read: what was scanned here, and how this device is."""

from __future__ import annotations

from collections.abc import Callable

from scanner.face.face import Face
from scanner.screens.measures import TARGET
from scanner.screens.widgets import INK2, Screen

ROW = 54.0


class HistoryScreen(Screen):
    """The latest scans of this lane, the last one first."""

    def fill(self) -> None:
        """Draw it."""
        face, unit = self.face, self.unit
        top = self.put(face.say("history"), self.stripe() - 10 * unit, 30, bold=True) - 12 * unit
        latest = face.history.latest
        if not latest:
            self.put(face.say("nothing"), top, 20, colour=INK2)
        foot = self.back() + 8 * unit
        rows = max(int((top - foot) / (ROW * unit)), 1)
        columns = 1 if self.narrow else 2
        wide = (self.width - 2 * self.margin) / columns
        for number, past in enumerate(list(latest)[: rows * columns]):
            column, row = divmod(number, rows)
            left, y = self.margin + column * wide, top - row * ROW * unit
            size = 38 * unit
            self.badge(past.look, left, y - size, size, 9 * unit)
            left += size + 14 * unit
            room = wide - size - 22 * unit
            self.put(past.word, y + 4 * unit, 17, bold=True, left=left, width=room, line=1)
            below = " · ".join(part for part in (past.time, past.ticket) if part)
            self.put(below, y - 19 * unit, 14, colour=INK2, left=left, width=room, line=1)


class StatusScreen(Screen):
    """How this device is, what was told; the language is chosen here."""

    def __init__(
        self, face: Face, go: Callable[[str], None], facts: Callable[[], list[tuple[str, str]]]
    ) -> None:
        super().__init__(face, go)
        self._facts = facts

    def fill(self) -> None:
        """Draw it."""
        face, unit = self.face, self.unit
        top = self.put(face.say("status"), self.stripe() - 10 * unit, 30, bold=True) - 10 * unit
        foot, large = self._touch(), self.large
        half = (self.width - 2 * self.margin) * (1.0 if self.narrow else 0.46)
        below = top
        for name, value in self._facts():
            below = self.put(name, below, 14 * large, colour=INK2, width=half)
            below = self.put(value, below + 2 * unit, 18 * large, bold=True, width=half)
            below -= 4 * unit
        if self.narrow:
            self._notes(self.margin, below - 4 * unit, half, foot)
        else:
            left = self.margin + half + 40 * unit
            self._notes(left, top, self.width - self.margin - left, foot)

    def _notes(self, left: float, top: float, width: float, foot: float) -> None:
        """Set the notes that are kept, as many as have room above a place."""
        face, unit, large = self.face, self.unit, self.large
        if not face.notes.kept:
            return
        heading = self.put(face.say("notes"), top, 14 * large, colour=INK2, left=left, width=width)
        top = heading + 2 * unit
        for told in face.notes.kept:
            text = told.whole(face.language)
            lines = -(-len(text) * 8.8 * unit * large // width)
            if top - lines * 22 * unit * large < foot:
                return
            top = self.put(text, top, 16 * large, bold=True, left=left, width=width) - 4 * unit

    def _touch(self) -> float:
        face, unit = self.face, self.unit
        gap = 8 * unit
        foot = self.back()
        key = self.key(face.say("language"), face.speak, icon="language")
        wide, high = min(self.width - 2 * self.margin, 480 * unit), TARGET * unit
        if self.narrow:
            key.place(self.margin, foot + gap, wide, high)
            return foot + gap + high + gap
        key.place(self.margin + wide + gap, foot - high, wide, high)
        return foot + gap
