"""What all screens are made of: text, buttons, the stripe; sizes follow the window."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from typing import Any

from kivy.core.text import LabelBase
from kivy.graphics import Color, Line, Rectangle, RoundedRectangle
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.label import Label
from kivy.utils import get_color_from_hex

from scanner.face import Face, Ladder

PAPER, TILE, INK, INK2, LINE = "#10151A", "#192027", "#F2F5F7", "#B9C4CE", "#76828E"
"""The scanner at rest. Source: the mockups' tokens."""

PHONE = 390.0, 844.0
"""Density-independent pixels that sizes are given for."""

STRIPE = 33.0
TARGET = 76.0
"""A finger in a glove: 12 mm."""


def load_typeface() -> None:
    """Make Noto Sans known; the one that Kivy ships has no weights that match."""
    fonts = files("scanner.fonts")
    LabelBase.register(
        "Noto Sans",
        str(fonts.joinpath("NotoSans-Regular.ttf")),
        fn_bold=str(fonts.joinpath("NotoSans-Bold.ttf")),
    )


UNBROKEN: Any = (None, None)


class Text(Label):  # type: ignore[misc]
    """A line or some lines, set from their left upper corner."""

    def __init__(self, text: str, size: float, colour: str, bold: bool = False) -> None:
        super().__init__(
            text=text,
            font_name="Noto Sans",
            font_size=size,
            bold=bold,
            color=get_color_from_hex(colour),
            size_hint=(None, None),
            line_height=1.0,
            markup=False,
        )

    @property
    def natural(self) -> float:
        """Width on one line, in pixels."""
        self.text_size = UNBROKEN
        self.texture_update()
        return float(self.texture_size[0])

    def set(self, left: float, top: float, width: float) -> float:
        """Place it, broken into lines of a width; return its foot."""
        self.text_size = (width, None)
        self.texture_update()
        self.size = self.texture_size
        self.pos = (left, top - self.height)
        foot: float = self.y
        return foot


class Key(ButtonBehavior, FloatLayout):  # type: ignore[misc]
    """Something to touch, at least `TARGET` high."""

    def __init__(
        self,
        text: str,
        size: float,
        press: Callable[[], object],
        ink: str = INK,
        ground: str = TILE,
        border: bool = False,
    ) -> None:
        super().__init__(size_hint=(None, None))
        self.text = text
        self._ground, self._ink, self._border = ground, ink, border
        self._label = Text(text, size, ink, bold=True)
        self._label.halign = self._label.valign = "center"
        self._label.size_hint = (1, 1)
        self.add_widget(self._label)
        self.bind(pos=self._draw, size=self._draw, on_press=lambda _: press())

    def _draw(self, *_: Any) -> None:
        self._label.pos, self._label.size = self.pos, self.size
        self._label.text_size = self.size
        self.canvas.before.clear()
        with self.canvas.before:
            if not self._border:
                Color(*get_color_from_hex(self._ground))
                RoundedRectangle(pos=self.pos, size=self.size, radius=[self.height * 0.24])
            else:
                Color(*get_color_from_hex(self._ink))
                corner = self.height * 0.24
                Line(rounded_rectangle=(*self.pos, *self.size, corner), width=1.5)


class Screen(FloatLayout):  # type: ignore[misc]
    """A whole screen, drawn anew when the window or what it shows changes.

    Args:
        face: What is shown.
        go: Opens another screen by name.
    """

    def __init__(self, face: Face, go: Callable[[str], None]) -> None:
        super().__init__()
        self.face = face
        self.go = go
        self.unit = 1.0
        self.bind(size=lambda *_: self.draw())

    def draw(self) -> None:
        """Draw everything."""
        self.clear_widgets()
        self.canvas.before.clear()
        if min(self.size) < 10:
            return
        narrow = self.width < self.height
        self.unit = (
            min(self.width / PHONE[0], self.height / PHONE[1])
            if narrow
            else (self.height / PHONE[1] * 1.05)
        )
        with self.canvas.before:
            Color(*get_color_from_hex(self.ground))
            Rectangle(pos=self.pos, size=self.size)
        self.fill()

    @property
    def ground(self) -> str:
        """Colour of the ground."""
        return PAPER

    @property
    def ink(self) -> str:
        """Colour of the text."""
        return INK

    def fill(self) -> None:
        """Draw what this screen is for."""
        raise NotImplementedError

    def put(
        self, text: str, top: float, size: float, bold: bool = False, colour: str = "", **at: float
    ) -> float:
        """Set a text; return its foot.

        Args:
            text: Nothing is drawn of an empty one.
            top: In pixels from below.
            size: In density-independent pixels.
            bold: Heavy.
            colour: `#RRGGBB`, empty = the screen's ink.
            at: `left` and `width` in pixels; else between the margins.
        """
        if not text:
            return top
        left = at.get("left", self.margin)
        label = Text(text, size * self.unit, colour or self.ink, bold)
        foot = label.set(left, top, at.get("width", self.width - left - self.margin))
        self.add_widget(label)
        return foot

    def key(self, text: str, press: Callable[[], object], **look: Any) -> Key:
        """Add a button; the caller places it."""
        key = Key(text, look.pop("size", 18) * self.unit, press, **look)
        self.add_widget(key)
        return key

    @property
    def margin(self) -> float:
        """Left and right of everything, in pixels."""
        return 26 * self.unit

    def stripe(self) -> float:
        """Draw the ladder at the top edge; return its foot."""
        face, unit = self.face, self.unit
        left, right = self.margin, self.width - self.margin
        y = self.height - 10 * unit
        with self.canvas.before:
            Color(*get_color_from_hex(self.ink))
            dash, gap = {
                Ladder.GATEWAY: (right - left, 0.0),
                Ladder.ALONE: (26 * unit, 16 * unit),
                Ladder.STALE: (6 * unit, 10 * unit),
            }[face.ladder]
            x = left
            while x < right:
                end = min(x + dash, right)
                Line(points=[x, y, end, y], width=3 * unit, cap="round")
                x = end + gap
        top = self.height - 15 * unit
        place = face.place or face.say("no_gate")
        self.put(place, top, 13, bold=True, width=self.width / 2)
        state = Text(face.say(face.ladder.value), 13 * unit, self.ink, bold=True)
        state.set(right - state.natural, top, state.natural + 1)
        self.add_widget(state)
        return float(self.height - STRIPE * unit)
