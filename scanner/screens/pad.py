"""The screen to type a ticket's number on."""

from __future__ import annotations

from collections.abc import Callable

from scanner.face.face import Face
from scanner.screens.keyboard import GAP, Keyboard, foot_row
from scanner.screens.widgets import INK2, Screen

LONGEST = 24


class PadScreen(Screen):
    """A number, its keys, and one key to have it judged."""

    def __init__(self, face: Face, go: Callable[[str], None], judge: Callable[[str], None]) -> None:
        super().__init__(face, go)
        self.number = ""
        self._judge = judge
        self._keyboard = Keyboard(self, self._type)

    def fill(self) -> None:
        """Draw it."""
        face, unit = self.face, self.unit
        top = self.put(face.say("number"), self.stripe() - 10 * unit, 18, colour=INK2)
        top = self.put(self.number or "–", top + 4 * unit, 40, bold=True, line=1)
        keys = [
            (face.say("back"), "back", lambda: self.go("rest")),
            (face.say("erase"), "erase", self._erase),
            (face.say("check"), "check", self._check),
        ]
        self._keyboard.lay(foot_row(self, keys) + GAP * unit, top)

    def _type(self, letter: str) -> None:
        self.number = (self.number + letter)[:LONGEST]
        self.draw()

    def _erase(self) -> None:
        self.number = self.number[:-1]
        self.draw()

    def _check(self) -> None:
        number, self.number = self.number, ""
        if number:
            self._judge(number)
