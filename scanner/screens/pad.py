"""Keys to type a ticket's number on, large enough for gloves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scanner.face import Face
from scanner.screens.parts import INK, INK2, PAPER, TARGET, TILE, Screen

ROWS = ("1234567890", "ABCDEFGHIJ", "KLMNOPQRST", "UVWXYZ-")
"""Alphabetical: whoever reads a number off a ticket looks for one letter after the other."""

LONGEST = 24


class PadScreen(Screen):
    """A number, its keys, and one key to have it judged."""

    def __init__(self, face: Face, go: Callable[[str], None], judge: Callable[[str], None]) -> None:
        super().__init__(face, go)
        self.number = ""
        self._judge = judge

    def fill(self) -> None:
        """Draw it."""
        face, unit = self.face, self.unit
        top = self.put(face.say("number"), self.stripe() - 16 * unit, 22, colour=INK2)
        self.put(self.number or "–", top - 10 * unit, 40, bold=True)
        gap = 6 * unit
        wide = self.width - 2 * self.margin
        columns = 5 if self.width < self.height else 10
        letters = "".join(ROWS)
        rows = -(-len(letters) // columns)
        foot = 24 * unit
        high = min(TARGET * unit, (self.height * 0.8 - foot) / (rows + 1) - gap)
        each = (wide - gap * (columns - 1)) / columns
        bottom = ("back", lambda: self.go("rest")), ("erase", self._erase), ("check", self._check)
        third = (wide - 2 * gap) / 3
        for number, (name, press) in enumerate(bottom):
            look = {"ink": PAPER, "ground": INK} if name == "check" else {}
            key = self.key(face.say(name), press, **look)
            key.pos, key.size = (self.margin + number * (third + gap), foot), (third, high)
        foot += high + gap
        for number, letter in enumerate(letters):
            row, column = divmod(number, columns)
            key = self.key(letter, self._typing(letter), size=24, ground=TILE)
            y = foot + (rows - 1 - row) * (high + gap)
            key.pos, key.size = (self.margin + column * (each + gap), y), (each, high)

    def _typing(self, letter: str) -> Any:
        def press() -> None:
            self.number = (self.number + letter)[:LONGEST]
            self.draw()

        return press

    def _erase(self) -> None:
        self.number = self.number[:-1]
        self.draw()

    def _check(self) -> None:
        number, self.number = self.number, ""
        if number:
            self._judge(number)
