"""Between two guests: dark and still, so that only a verdict is bright."""

from __future__ import annotations

from typing import Any

from kivy.graphics import Color, Line, Rectangle, RoundedRectangle
from kivy.graphics.texture import Texture
from kivy.utils import get_color_from_hex

from scanner.palette import STYLES
from scanner.screens.parts import INK, INK2, LINE, PAPER, TARGET, TILE, Screen
from scanner.screens.shapes import draw
from validator.model import Direction


class RestScreen(Screen):
    """The gate, what to do, the last verdict, the lane's figures, and what can be touched."""

    _texture: Any = None
    _picture: Any = None

    def fill(self) -> None:
        """Draw it."""
        face, unit = self.face, self.unit
        top = self.put(face.place or face.say("no_gate"), self.stripe() - 14 * unit, 34, bold=True)
        foot = self._keys(24 * unit)
        foot = self._figures(foot + 18 * unit)
        foot = self._last(foot + 14 * unit)
        self._view(foot + 16 * unit, top - 14 * unit)

    def see(self) -> None:
        """Show the camera's latest picture."""
        gray = self.face.hands.latest() if self.face.hands.latest else None
        if gray is None or self._picture is None:
            return
        height, width = gray.shape
        if self._texture is None or self._texture.size != (width, height):
            self._texture = Texture.create(size=(width, height), colorfmt="luminance")
            self._texture.flip_vertical()
            self._picture.texture = self._texture
        self._texture.blit_buffer(gray.tobytes(), colorfmt="luminance", bufferfmt="ubyte")

    def _view(self, foot: float, top: float) -> None:
        face, unit = self.face, self.unit
        if face.hands.latest is not None:
            with self.canvas.before:
                Color(1, 1, 1)
                self._picture = Rectangle(pos=(0, foot), size=(self.width, top - foot))
                if self._texture is not None:
                    self._picture.texture = self._texture
                Color(*get_color_from_hex(INK))
                side = min(self.width, top - foot) * 0.62
                x, y = (self.width - side) / 2, (top + foot - side) / 2
                _corners(x, y, side, 3 * unit)
            self.put(face.note or face.say("point"), foot + 44 * unit, 16, bold=True)
            return
        middle = (top + foot) / 2
        below = self.put(face.say("ready"), middle + 62 * unit, 88, bold=True)
        below = self.put(face.say("hold"), below - 2 * unit, 22, colour=INK2)
        self.put(face.note, below - 12 * unit, 18, bold=True)

    def _last(self, foot: float) -> float:
        face, unit = self.face, self.unit
        if not face.history:
            return foot
        past = face.history[0]
        size = 26 * unit
        style = STYLES[past.look]
        with self.canvas.before:
            Color(*get_color_from_hex(style.colour))
            RoundedRectangle(pos=(self.margin, foot), size=(size, size), radius=[6 * unit])
            inner = size * 0.7
            inset = (size - inner) / 2
            place = (self.margin + inset, foot + inset)
            draw(style.shape, *place, inner, style.text_colour, style.colour)
        left = self.margin + size + 12 * unit
        text = " · ".join(part for part in (past.word, past.ticket, past.time) if part)
        self.put(text, foot + size, 16, left=left)
        return foot + size

    def _figures(self, foot: float) -> float:
        face, unit = self.face, self.unit
        figures = ((face.here, face.say("here")), (face.a_minute, face.say("a_minute")))
        width = 150 * unit
        for number, (figure, words) in enumerate(figures):
            left = self.margin + number * width
            self.put(words, foot + 20 * unit, 15, colour=INK2, left=left, width=width)
            self.put(str(figure), foot + 60 * unit, 34, bold=True, left=left, width=width)
        return foot + 62 * unit

    def _keys(self, foot: float) -> float:
        face, unit = self.face, self.unit
        gap, height = 10 * unit, TARGET * unit
        wide = self.width - 2 * self.margin
        names = ["type", "history", "status"]
        if face.hands.torch is not None:
            names.insert(0, "torch")
        if face.hands.face is not None:
            names.insert(1, "camera")
        each = (wide - gap * (len(names) - 1)) / len(names)
        for number, name in enumerate(names):
            key = self.key(face.say(name), self._going(name), ground=TILE, size=16)
            key.pos, key.size = (self.margin + number * (each + gap), foot), (each, height)
        foot += height + gap
        half = wide / 2
        for number, direction in enumerate((Direction.ENTRY, Direction.EXIT)):
            chosen = face.leaving is (direction is Direction.EXIT)
            look = {"ink": PAPER, "ground": INK} if chosen else {"ink": INK, "ground": TILE}
            key = self.key(face.say(direction.value), self._turning(direction), **look)
            key.pos, key.size = (self.margin + number * half, foot), (half, height)
        with self.canvas.before:
            Color(*get_color_from_hex(LINE))
            Line(rounded_rectangle=(self.margin, foot, wide, height, 18 * unit), width=1.2)
        return foot + height

    def _going(self, name: str) -> Any:
        return lambda: self.go(name)

    def _turning(self, direction: Direction) -> Any:
        return lambda: self.face.turn(direction)


def _corners(x: float, y: float, side: float, width: float) -> None:
    arm = side * 0.16
    for across, right in ((x, 1), (x + side, -1)):
        for level, up in ((y, 1), (y + side, -1)):
            points = [across + right * arm, level, across, level, across, level + up * arm]
            Line(points=points, width=width, cap="round", joint="round")
