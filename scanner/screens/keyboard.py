"""Keys to type on, large enough for gloves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from scanner.screens.measures import FOOT, TARGET
from scanner.screens.widgets import INK, PAPER, TILE, Screen

DIGITS = "123456789-0"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""Alphabetical: whoever reads a code off something looks for one letter after the other."""

FIGURES, ALPHABET = "123", "ABC"
"""Keys that turn to the other page."""

GAP = 6.0
HIGHEST = 108.0
"""Of a key that has room, in density-independent pixels."""


class Keyboard:
    """Keys of a screen, in rows; a phone has no room for all of them at once.

    Args:
        screen: Where they are.
        typed: Is given each character.
        marks: Characters besides letters, digits and the dash.
    """

    def __init__(self, screen: Screen, typed: Callable[[str], None], marks: str = "") -> None:
        self._screen = screen
        self._typed = typed
        self._marks = marks
        self._letters = False

    @property
    def letters(self) -> bool:
        """Whether a phone shows the page of letters."""
        return self._letters and self._screen.narrow

    def lay(self, foot: float, top: float = 0.0) -> float:
        """Add the keys above a place; return their top.

        Args:
            foot: In pixels.
            top: What they may reach, in pixels: then they are as high as that allows.
        """
        screen, unit = self._screen, self._screen.unit
        rows = self._rows()
        columns = max(len(row) for row in rows)
        gap, left = GAP * unit, screen.margin
        high = max(TARGET * unit, min((top - foot) / len(rows) - gap, HIGHEST * unit))
        each = (screen.width - 2 * left - gap * (columns - 1)) / columns
        for number, row in enumerate(reversed(rows)):
            for column, name in enumerate(row):
                page = name in (FIGURES, ALPHABET)
                look = {"ink": PAPER, "ground": INK} if page else {"ground": TILE}
                press = self._turn if page else self._typing(name)
                key = screen.key(name, press, size=24, **look)
                key.place(left + column * (each + gap), foot + number * (high + gap), each, high)
        return foot + len(rows) * (high + gap)

    def _rows(self) -> list[list[str]]:
        if not self._screen.narrow:
            return [[*DIGITS, *self._marks], list(LETTERS[:13]), list(LETTERS[13:])]
        if self._letters:
            keys, columns = [*LETTERS, "-", FIGURES], 4
        else:
            keys, columns = [*DIGITS, *self._marks, ALPHABET], 4 if self._marks else 3
        return [keys[at : at + columns] for at in range(0, len(keys), columns)]

    def _turn(self) -> None:
        self._letters = not self._letters
        self._screen.draw()

    def _typing(self, letter: str) -> Any:
        return lambda: self._typed(letter)


def foot_row(screen: Screen, keys: Sequence[tuple[str, str, Callable[[], object]]]) -> float:
    """Add the row below the keys: back first, what is done with the text last.

    Args:
        screen: Where it is.
        keys: Text, icon and what it does.

    Returns:
        Its top, in pixels.
    """
    unit = screen.unit
    gap, foot, high = GAP * unit, FOOT * unit, TARGET * unit
    each = (screen.width - 2 * screen.margin - gap * (len(keys) - 1)) / len(keys)
    for number, (text, icon, press) in enumerate(keys):
        last = number == len(keys) - 1
        look = {"ink": PAPER, "ground": INK} if last else {"ground": TILE}
        key = screen.key(text, press, icon=icon, above=screen.narrow, size=15, **look)
        key.place(screen.margin + number * (each + gap), foot, each, high)
    return foot + high
