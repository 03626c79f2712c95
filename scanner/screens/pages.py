"""The pages that are read: what was scanned here, and how this device is."""

from __future__ import annotations

from collections.abc import Callable

from kivy.graphics import Color, RoundedRectangle
from kivy.utils import get_color_from_hex

from scanner.face import Face
from scanner.palette import STYLES
from scanner.screens.parts import INK2, TARGET, Screen
from scanner.screens.shapes import draw


class HistoryScreen(Screen):
    """The latest scans of this lane, the last one first."""

    def fill(self) -> None:
        """Draw it."""
        face, unit = self.face, self.unit
        top = self.put(face.say("history"), self.stripe() - 14 * unit, 34, bold=True) - 16 * unit
        if not face.history:
            self.put(face.say("nothing"), top, 22, colour=INK2)
        row = 52 * unit
        foot = _back(self)
        for past in face.history:
            if top - row < foot:
                break
            style, size = STYLES[past.look], 34 * unit
            with self.canvas.before:
                Color(*get_color_from_hex(style.colour))
                place = (self.margin, top - size)
                RoundedRectangle(pos=place, size=(size, size), radius=[8 * unit])
                inset = size * 0.15
                draw(
                    style.shape,
                    place[0] + inset,
                    place[1] + inset,
                    size * 0.7,
                    style.text_colour,
                    style.colour,
                )
            left = self.margin + size + 14 * unit
            self.put(f"{past.time}  {past.word}", top + 2 * unit, 17, bold=True, left=left)
            self.put(past.ticket, top - 20 * unit, 14, colour=INK2, left=left)
            top -= row


class StatusScreen(Screen):
    """How this device is; the language is chosen here."""

    def __init__(
        self, face: Face, go: Callable[[str], None], facts: Callable[[], list[tuple[str, str]]]
    ) -> None:
        super().__init__(face, go)
        self._facts = facts

    def fill(self) -> None:
        """Draw it."""
        face, unit = self.face, self.unit
        top = self.put(face.say("status"), self.stripe() - 14 * unit, 34, bold=True) - 16 * unit
        for name, value in self._facts():
            self.put(name, top, 15, colour=INK2)
            top = self.put(value, top - 20 * unit, 22, bold=True) - 12 * unit
        foot = _back(self)
        key = self.key(face.say("language"), face.speak)
        key.pos = (self.margin, foot + 10 * unit)
        key.size = (min(self.width - 2 * self.margin, 480 * unit), TARGET * unit)


def _back(screen: Screen) -> float:
    """Add the key that leads back; return its top."""
    key = screen.key(screen.face.say("back"), lambda: screen.go("rest"))
    key.pos = (screen.margin, 24 * screen.unit)
    key.size = (min(screen.width - 2 * screen.margin, 480 * screen.unit), TARGET * screen.unit)
    top: float = key.top
    return top
