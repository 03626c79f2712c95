"""The screen of a device that no gateway knows yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.graphics import Color, Line
from kivy.utils import get_color_from_hex

from scanner.face.enrolment_form import EnrolmentForm, Said
from scanner.face.face import Face
from scanner.screens.keyboard import GAP, Keyboard, foot_row
from scanner.screens.measures import TARGET
from scanner.screens.preview import Preview
from scanner.screens.widgets import INK, INK2, LINE, PAPER, Screen
from scanner.texts import texts

LONGEST = {"code": 32, "address": 60}


class EnrolScreen(Screen):
    """What to do, the code and the address, and keys for both; a camera needs neither."""

    def __init__(self, face: Face, go: Callable[[str], None], enrolment: EnrolmentForm) -> None:
        super().__init__(face, go)
        self._enrolment = enrolment
        self._field = "code"
        self._keyboard = Keyboard(self, self._type, ".:")
        self._preview = Preview()

    def fill(self) -> None:
        """Draw it."""
        face, unit, enrolment = self.face, self.unit, self._enrolment
        keys: list[tuple[str, str, Callable[[], object]]] = [
            (texts(face.language).face["language"], "language", face.speak),
            (face.say("erase"), "erase", self._erase),
            (face.say("joining" if enrolment.busy else "join"), "check", lambda: self.go("join")),
        ]
        foot = self._keyboard.lay(foot_row(self, keys) + GAP * unit)
        brief = self._keyboard.letters
        foot = self._fields(foot + 4 * unit)
        top = self.height - 14 * unit
        width = self.width - 2 * self.margin
        if face.equipment.latest is not None and not brief:
            side = min(top - foot - 12 * unit, width * 0.34)
            with self.canvas.before:
                self._preview.place(self.width - self.margin - side, top - side, side, side)
            width -= side + 16 * unit
        if not brief:
            top = self.put(face.say("enrol"), top, 25 * self.large, bold=True, width=width)
        said = texts(face.language).join[enrolment.said.value]
        wrong = enrolment.said is not Said.HINT
        colour = INK if wrong else INK2
        top = self.put(
            said, top - 4 * unit, 16 * self.large, bold=wrong, colour=colour, width=width
        )
        note = face.notes.line(face.language)
        if note and not wrong and top - foot > 24 * unit:
            self.put(note, top - 2 * unit, 14, bold=True, width=width)

    def see(self) -> None:
        """Show the camera's latest picture."""
        self._preview.see(self.face.equipment.latest)

    def _fields(self, foot: float) -> float:
        unit, high = self.unit, TARGET * self.unit
        names = ["code", "address"] if not self.narrow else ["address", "code"]
        if self._keyboard.letters:
            names = [self._field]
        wide = self.width - 2 * self.margin
        each = wide if self.narrow else (wide - 12 * unit) / 2
        for number, name in enumerate(names):
            left = self.margin + (0 if self.narrow else number * (each + 12 * unit))
            y = foot + (number * (high + 8 * unit) if self.narrow else 0)
            chosen = name == self._field
            key = self.key("", self._choosing(name), ground=PAPER)
            key.place(left, y, each, high)
            with self.canvas.before:
                Color(*get_color_from_hex(INK if chosen else LINE))
                box = (left - 2 * unit, y - 2 * unit, each + 4 * unit, high + 4 * unit)
                Line(rounded_rectangle=(*box, 20 * unit), width=2.0 if chosen else 1.2)
            inner = {"left": left + 16 * unit, "width": each - 32 * unit}
            below = self.put(self.face.say(name), y + high - 8 * unit, 14, colour=INK2, **inner)
            self.put(self._shown(name), below + 2 * unit, 21, bold=True, line=1, **inner)
        rows = len(names) if self.narrow else 1
        return foot + rows * (high + 8 * unit)

    def _shown(self, name: str) -> str:
        text = str(getattr(self._enrolment, name))
        if name == "code":
            bare = text.replace("-", "")
            text = "-".join(bare[at : at + 4] for at in range(0, len(bare), 4))
        return text + ("_" if name == self._field else "")

    def _choosing(self, name: str) -> Any:
        def choose() -> None:
            self._field = name
            self.draw()

        return choose

    def _type(self, letter: str) -> None:
        self._set((str(getattr(self._enrolment, self._field)) + letter)[: LONGEST[self._field]])

    def _erase(self) -> None:
        self._set(str(getattr(self._enrolment, self._field))[:-1])

    def _set(self, text: str) -> None:
        setattr(self._enrolment, self._field, text)
        self._enrolment.said = Said.HINT
        self.draw()
