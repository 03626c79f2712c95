"""What all screens are made of: keys, texts, the stripe; sizes follow the window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.graphics import Color, Line, Rectangle, RoundedRectangle
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.widget import Widget
from kivy.utils import get_color_from_hex

from scanner.face.face import Face
from scanner.face.freshness import Level
from scanner.screens.icons import KEYS, draw_icon
from scanner.screens.measures import (
    FOOT,
    KIOSK_HEIGHT,
    KIOSK_WIDTH,
    PHONE_HEIGHT,
    PHONE_WIDTH,
    STRIPE,
    TARGET,
)
from scanner.screens.shapes import draw
from scanner.screens.text import Text, width_of
from scanner.wording.palette import STYLES, Look

PAPER, TILE, INK, INK2, LINE = "#10151A", "#192027", "#F2F5F7", "#B9C4CE", "#76828E"
"""The scanner at rest. Source: the mockups' tokens."""

PADDING = 0.5
"""Left and right of a key's text, in its size."""


class Key(ButtonBehavior, Widget):  # type: ignore[misc]
    """Something to touch, at least `TARGET` high: a text, an icon, or both.

    Args:
        text: What it says.
        size: Of the text, in pixels; it shrinks to what has room.
        press: What it does.
        ink: Colour of the text.
        ground: Colour behind it; empty = only a border.
        icon: Name of its icon, empty = none.
        above: The icon stands above the text, not before it.

    Attributes:
        label: Its text, None until it is placed.
    """

    def __init__(
        self,
        text: str,
        size: float,
        press: Callable[[], object],
        ink: str = INK,
        ground: str = TILE,
        icon: str = "",
        above: bool = False,
    ) -> None:
        super().__init__(size_hint=(None, None))
        self.text = text
        self.ground, self.ink = ground, ink
        self.label: Text | None = None
        self._icon, self._above, self._size = icon, above, size
        self.bind(on_press=lambda _: press())

    def place(self, left: float, foot: float, width: float, height: float) -> None:
        """Draw it at a place, in pixels."""
        self.pos, self.size = (left, foot), (width, height)
        size = self._fitting()
        with self.canvas:
            corner = min(self.height * 0.24, 20 * size / 18)
            Color(*get_color_from_hex(self.ground or self.ink))
            if self.ground:
                RoundedRectangle(pos=self.pos, size=self.size, radius=[corner])
            else:
                Line(rounded_rectangle=(*self.pos, *self.size, corner), width=1.5)
        self._fill(size)

    def _fitting(self) -> float:
        """Return the size at which the text has room, in pixels."""
        room = self.width - 2 * PADDING * self._size
        natural = width_of(self.text, self._size, bold=True)
        return self._size * max(min(room / natural, 1.0), 0.6) if natural else self._size

    def _fill(self, size: float) -> None:
        label = self.label = Text(self.text, size, self.ink, bold=True, centred=True)
        label.set(0, 0)
        side = (1.5 if self.text else 1.8) * size
        gap = 0.5 * size if self.text and not self._above else 0.0
        middle = self.center_y
        if self._icon and self._above:
            label.x = self.center_x - label.width / 2
            label.y = middle - 0.36 * self.height / 2 - label.height / 2
            corner = self.center_x - side / 2, middle + 0.30 * self.height / 2 - side / 2
        else:
            before = side + gap if self._icon else 0.0
            left = self.center_x - (label.width + before) / 2
            label.x, label.y = left + before, middle - label.height / 2
            corner = left, middle - side / 2
        if self.text:
            label.draw(self.canvas)
        if self._icon:
            with self.canvas:
                draw_icon(KEYS[self._icon], *corner, side, self.ink)


class Screen(FloatLayout):  # type: ignore[misc]
    """A whole screen, drawn anew when the window or what it shows changes.

    Args:
        face: What is shown.
        go: Opens another screen by name.

    Attributes:
        texts: What is written on it, besides the keys.
    """

    def __init__(self, face: Face, go: Callable[[str], None]) -> None:
        super().__init__()
        self.texts: list[Text] = []
        self.face = face
        self.go = go
        self.unit = 1.0
        self.bind(size=lambda *_: self.draw())

    def draw(self) -> None:
        """Draw everything."""
        self.clear_widgets()
        self.texts.clear()
        self.canvas.before.clear()
        self.canvas.after.clear()
        if min(self.size) < 10:
            return
        wide, high = (PHONE_WIDTH, PHONE_HEIGHT) if self.narrow else (KIOSK_WIDTH, KIOSK_HEIGHT)
        self.unit = min(self.width / wide, self.height / high)
        with self.canvas.before:
            Color(*get_color_from_hex(self.ground))
            Rectangle(pos=self.pos, size=self.size)
        self.fill()

    def see(self) -> None:
        """Show what has moved since; called many times a second."""

    @property
    def narrow(self) -> bool:
        """Whether the window is higher than wide."""
        return bool(self.width < self.height)

    @property
    def large(self) -> float:
        """How much larger a kiosk's texts are: it is read from farther away."""
        return 1.0 if self.narrow else 1.3

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
            at: `left` and `width` in pixels, else between the margins; `line` = one line only,
                `tight` = lines close to one another.
        """
        if not text:
            return top
        left = at.get("left", self.margin)
        written = Text(
            text, size * self.unit, colour or self.ink, bold, tight=bool(at.get("tight"))
        )
        width = at.get("width", self.width - left - self.margin)
        foot = written.set(left, top, width, bool(at.get("line")))
        self.write(written)
        return foot

    def write(self, text: Text) -> None:
        """Draw a text that has its place, above everything else."""
        self.texts.append(text)
        text.draw(self.canvas.after)

    def key(self, text: str, press: Callable[[], object], **look: Any) -> Key:
        """Add a button; the caller places it."""
        key = Key(text, look.pop("size", 18) * self.unit, press, **look)
        self.add_widget(key)
        return key

    def back(self) -> float:
        """Add the key that leads back; return its top."""
        unit = self.unit
        key = self.key(self.face.say("back"), lambda: self.go("rest"), icon="back")
        width = min(self.width - 2 * self.margin, 480 * unit)
        key.place(self.margin, FOOT * unit, width, TARGET * unit)
        top: float = key.top
        return top

    def badge(self, look: Look, left: float, foot: float, size: float, radius: float) -> None:
        """Draw a verdict's colour and shape, small; all in pixels."""
        style, inner = STYLES[look], size * 0.7
        inset = (size - inner) / 2
        with self.canvas.before:
            Color(*get_color_from_hex(style.colour))
            RoundedRectangle(pos=(left, foot), size=(size, size), radius=[radius])
            place = (left + inset, foot + inset)
            draw(style.shape, *place, inner, style.text_colour, style.colour)

    def going(self, name: str) -> Callable[[], object]:
        """Return what opens a screen, for a key."""
        return lambda: self.go(name)

    @property
    def margin(self) -> float:
        """Left and right of everything, in pixels."""
        return (22 if self.narrow else 34) * self.unit

    def stripe(self) -> float:
        """Draw the level at the top edge; return its foot."""
        face, unit = self.face, self.unit
        left, right = self.margin, self.width - self.margin
        y = self.height - 9 * unit
        with self.canvas.before:
            Color(*get_color_from_hex(self.ink))
            dash, gap = {
                Level.GATEWAY: (right - left, 0.0),
                Level.ALONE: (24 * unit, 16 * unit),
                Level.STALE: (0.1 * unit, 14 * unit),
            }[face.freshness.level]
            x = left
            while x < right:
                end = min(x + dash, right)
                Line(points=[x, y, end, y], width=2.8 * unit, cap="round")
                x = end + gap
        top = self.height - 14 * unit
        state = Text(face.freshness.text(face.language), 13 * unit, self.ink, bold=True)
        wide = state.natural
        state.set(right - wide, top, wide + 1)
        self.write(state)
        room = right - left - wide - 12 * unit
        self.put(face.place or face.say("no_gate"), top, 13, bold=True, width=room, line=True)
        return float(self.height - STRIPE * unit)
