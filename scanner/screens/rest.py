"""Between two guests: dark and still, so that only a verdict is bright."""

from __future__ import annotations

from typing import Any

from kivy.graphics import Color, Line, RoundedRectangle
from kivy.utils import get_color_from_hex

from scanner.screens.icons import KEYS, SCANNER, TARIFFS, draw_icon
from scanner.screens.measures import FOOT, TARGET
from scanner.screens.preview import Preview
from scanner.screens.text import Text
from scanner.screens.widgets import INK, INK2, LINE, PAPER, TILE, Screen
from validator.model import Direction

COLUMNS = (0.0, 0.3), (0.31, 0.42), (0.75, 0.25)
"""Beginning and width of a phone's figures, in its width."""

SIDE = 0.68
"""Where a kiosk's figures begin, in its width."""


class RestScreen(Screen):
    """The gate, what to do, the last verdict, the lane's figures, and what can be touched."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._preview = Preview()

    def fill(self) -> None:
        """Draw it."""
        unit = self.unit
        top = self._head(self.stripe() - 10 * unit) - 12 * unit
        foot = self._keys(FOOT * unit)
        if self.narrow:
            foot = self._figures(foot + 12 * unit)
            foot = self._last(foot + 12 * unit)
            self._view(foot + 12 * unit, top, self.width)
            return
        wide = self.width * SIDE
        self._column(foot + 24 * unit, top, wide)
        foot = self._last(foot + 20 * unit)
        self._view(foot + 16 * unit, top, wide - 24 * unit)

    def see(self) -> None:
        """Show the camera's latest picture."""
        self._preview.see(self.face.equipment.latest)

    def _head(self, top: float) -> float:
        """Draw where this is and what people come for; return its foot."""
        face, unit = self.face, self.unit
        size = 34 * unit
        with self.canvas.before:
            draw_icon(KEYS["gate"], self.margin, top - size - 6 * unit, size, INK)
        left = self.margin + size + 14 * unit
        width = self.width - left - self.margin - (0 if self.narrow else 120 * unit)
        foot = self.put(
            face.place or face.say("no_gate"), top, 27, bold=True, left=left, width=width, line=1
        )
        foot = self.put(
            face.occasion, foot + 3 * unit, 15, colour=INK2, left=left, width=width, line=1
        )
        if not self.narrow and face.time:
            clock = Text(face.time, 34 * unit, INK, bold=True)
            wide = clock.natural
            clock.set(self.width - self.margin - wide, top, wide + 1)
            self.write(clock)
        return min(foot, top - size - 12 * unit)

    def _view(self, foot: float, top: float, width: float) -> None:
        face, unit = self.face, self.unit
        note = face.notes.line(face.language)
        if face.equipment.latest is None:
            self._ready(foot, top, width, note)
            return
        left = 0.0 if self.narrow else self.margin
        with self.canvas.before:
            self._preview.place(left, foot, width - left, top - foot)
            Color(*get_color_from_hex(INK))
            side = min(width - left, top - foot) * 0.68
            x, y = left + (width - left - side) / 2, (top + foot - side) / 2 - 8 * unit
            _corners(x, y, side, 3 * unit)
        text = Text(note or face.say("point"), 16 * unit, INK, bold=True)
        wide = min(text.natural, width - left - 56 * unit)
        below = text.set(left + (width - left - wide) / 2, 0, wide + 1)
        text.y += foot + 20 * unit - below
        with self.canvas.before:
            Color(*get_color_from_hex(PAPER))
            box = (text.x - 18 * unit, text.y - 8 * unit)
            size = (wide + 36 * unit, text.height + 16 * unit)
            RoundedRectangle(pos=box, size=size, radius=[22 * unit])
        self.write(text)
        self._aids(left, top, width)

    def _aids(self, left: float, top: float, right: float) -> None:
        """Draw the keys of the camera upon its picture."""
        equipment, unit = self.face.equipment, self.unit
        high, wide, edge = TARGET * unit, 84 * unit, 12 * unit
        if equipment.torch is not None:
            self._row(["torch"], left + edge, top - edge - high, wide, 0.0)
        if equipment.turn_camera is not None:
            self._row(["camera"], right - edge - wide, top - edge - high, wide, 0.0)

    def _ready(self, foot: float, top: float, width: float, note: str) -> None:
        """Draw the calm screen of a lane without a camera."""
        face, unit = self.face, self.unit
        room, size = top - foot, 92 * unit
        middle = (top + foot) / 2
        if room > 300 * unit:
            y = middle + 56 * unit
            with self.canvas.before:
                draw_icon(SCANNER, self.margin - 8 * unit, y, size, INK, 1.1)
                for number in range(4):
                    far = self.margin + size + (4 + 11 * number) * unit
                    draw_icon([[(12, 12)]], far, y + 52 * unit, 14 * unit, LINE, 4.0)
                draw_icon(
                    TARIFFS["ticket"], self.margin + size + 56 * unit, y + 16 * unit, size, INK, 1.1
                )
            middle -= 8 * unit
        wide = width - 2 * self.margin
        below = self.put(face.say("ready"), middle + 62 * unit, 88, bold=True, width=wide)
        below = self.put(face.say("hold"), below + 4 * unit, 20, colour=INK2, width=wide)
        self.put(note, below - 10 * unit, 18, bold=True, width=wide)

    def _last(self, foot: float) -> float:
        face, unit = self.face, self.unit
        if not face.history.latest:
            return foot
        past = face.history.latest[0]
        size = 28 * unit
        self.badge(past.look, self.margin, foot, size, 7 * unit)
        time = Text(past.time, 15 * unit, INK2)
        wide = time.natural
        edge = self.width if self.narrow else self.width * SIDE - 10 * unit
        time.set(edge - self.margin - wide, foot + size - 2 * unit, wide + 1)
        self.write(time)
        left = self.margin + size + 12 * unit
        text = " · ".join(part for part in (past.word, past.ticket) if part)
        room = edge - self.margin - wide - left - 8 * unit
        self.put(text, foot + size - 2 * unit, 16, bold=True, left=left, width=room, line=1)
        return foot + size

    def _numbers(self) -> tuple[tuple[str, str], ...]:
        face = self.face
        return (
            (str(face.history.here), face.say("here")),
            (face.freshness.people(face.language), face.say("inside")),
            (str(face.a_minute), face.say("a_minute")),
        )

    def _figures(self, foot: float) -> float:
        unit = self.unit
        wide = self.width - 2 * self.margin
        for (begin, share), (figure, words) in zip(COLUMNS, self._numbers(), strict=True):
            left, width = self.margin + begin * wide, share * wide
            self.put(words, foot + 20 * unit, 14, colour=INK2, left=left, width=width)
            self.put(figure, foot + 60 * unit, 30, bold=True, left=left, width=width, line=1)
        return foot + 60 * unit

    def _column(self, foot: float, top: float, left: float) -> None:
        """Draw a kiosk's figures, one below the other."""
        unit = self.unit
        with self.canvas.before:
            Color(*get_color_from_hex(TILE))
            Line(points=[left, foot, left, top], width=1.0)
        each = (top - foot) / 3
        for number, (figure, words) in enumerate(self._numbers()):
            y = top - number * each - 6 * unit
            inner = left + 36 * unit
            below = self.put(figure, y, 64, bold=True, left=inner, line=1)
            self.put(words, below + 8 * unit, 19, colour=INK2, left=inner)

    def _keys(self, foot: float) -> float:
        unit, names = self.unit, ["type", "history", "status"]
        gap, high = 8 * unit, TARGET * unit
        wide = self.width - 2 * self.margin
        if self.narrow:
            self._row(names, self.margin, foot, wide, gap)
            foot += high + gap
            self._switch(self.margin, foot, wide)
            return foot + high
        half = wide * 0.36
        self._switch(self.margin, foot, half)
        self._row(names, self.margin + half + gap, foot, wide - half - gap, gap)
        return foot + high

    def _row(self, names: list[str], left: float, foot: float, wide: float, gap: float) -> None:
        face, high = self.face, TARGET * self.unit
        each = (wide - gap * (len(names) - 1)) / len(names)
        for number, name in enumerate(names):
            lit = name == "torch" and face.lit
            look: dict[str, Any] = {"ground": TILE}
            if lit:
                look = {"ink": PAPER, "ground": INK}
            above = self.narrow or name in ("torch", "camera")
            look |= {"icon": name, "above": above, "size": 14 if above else 18}
            key = self.key(face.say(name), self.going(name), **look)
            key.place(left + number * (each + gap), foot, each, high)

    def _switch(self, left: float, foot: float, wide: float) -> None:
        face, unit, high = self.face, self.unit, TARGET * self.unit
        half = wide / 2
        for number, direction in enumerate((Direction.ENTRY, Direction.EXIT)):
            chosen = face.leaving is (direction is Direction.EXIT)
            look = {"ink": PAPER, "ground": INK} if chosen else {"ink": INK, "ground": PAPER}
            name = direction.value
            key = self.key(face.say(name), self._turning(direction), icon=name, **look)
            key.place(left + number * half, foot, half, high)
        with self.canvas.before:
            Color(*get_color_from_hex(LINE))
            edge = 2 * unit
            box = (left - edge, foot - edge, wide + 2 * edge, high + 2 * edge)
            Line(rounded_rectangle=(*box, 20 * unit), width=1.2)

    def _turning(self, direction: Direction) -> Any:
        return lambda: self.face.turn(direction)


def _corners(x: float, y: float, side: float, width: float) -> None:
    arm = side * 0.16
    for across, right in ((x, 1), (x + side, -1)):
        for level, up in ((y, 1), (y + side, -1)):
            points = [across + right * arm, level, across, level, across, level + up * arm]
            Line(points=points, width=width, cap="round", joint="round")
