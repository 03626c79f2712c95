"""What all screens are made of: text, buttons, the stripe; sizes follow the window."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from typing import Any

from kivy.core.text import Label as CoreLabel
from kivy.core.text import LabelBase
from kivy.graphics import Color, Line, Rectangle, RoundedRectangle
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.label import Label
from kivy.utils import get_color_from_hex

from scanner.face import Face
from scanner.screens.icons import KEYS, draw_icon
from scanner.screens.measures import (
    FOOT,
    KIOSK_HEIGHT,
    PHONE_HEIGHT,
    PHONE_WIDTH,
    STRIPE,
    TARGET,
)
from scanner.standing import Ladder

PAPER, TILE, INK, INK2, LINE = "#10151A", "#192027", "#F2F5F7", "#B9C4CE", "#76828E"
"""The scanner at rest. Source: the mockups' tokens."""

PADDING = 0.5
"""Left and right of a key's text, in its size."""


def load_typeface() -> None:
    """Make Noto Sans known; the one that Kivy ships has no weights that match."""
    fonts = files("scanner.fonts")
    LabelBase.register(
        TYPEFACE,
        str(fonts.joinpath("NotoSans-Regular.ttf")),
        fn_bold=str(fonts.joinpath("NotoSans-Bold.ttf")),
    )


TYPEFACE = "Noto Sans"

TIGHT = 0.82
"""Height of large lines, in the typeface's own."""


def width_of(text: str, size: float, bold: bool = False) -> float:
    """Return the width of a text on one line, in pixels; a widget would cost ten times as much."""
    label = CoreLabel(font_name=TYPEFACE, font_size=size, bold=bold)
    return float(label.get_extents(text)[0])


class Text(Label):  # type: ignore[misc]
    """A line or some lines, set from their left upper corner."""

    def __init__(self, text: str, size: float, colour: str, bold: bool = False) -> None:
        super().__init__(
            text=text,
            font_name=TYPEFACE,
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
        return width_of(self.text, self.font_size, self.bold)

    def set(self, left: float, top: float, width: float, line: bool = False) -> float:
        """Place it; return its foot.

        Args:
            left: In pixels.
            top: In pixels from below.
            width: Broken into lines of so many pixels.
            line: One line only, cut short with an ellipsis.
        """
        self.shorten, self.shorten_from = line, "right"
        self.text_size = (width, self.font_size * 1.5 if line else None)
        self.texture_update()
        self.size = self.texture_size
        self.pos = (left, top - self.height)
        foot: float = self.y
        return foot


class Key(ButtonBehavior, FloatLayout):  # type: ignore[misc]
    """Something to touch, at least `TARGET` high: a text, an icon, or both.

    Args:
        text: What it says.
        size: Of the text, in pixels.
        press: What it does.
        ink: Colour of the text.
        ground: Colour behind it; empty = only a border.
        icon: Name of its icon, empty = none.
        above: The icon stands above the text, not before it.
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
        self._icon, self._above, self._size = icon, above, size
        self.label = Text(text, size, ink, bold=True)
        self.label.halign = "center"
        self.add_widget(self.label)
        self.bind(pos=self._draw, size=self._draw, on_press=lambda _: press())

    def _draw(self, *_: Any) -> None:
        self.canvas.before.clear()
        with self.canvas.before:
            corner = min(self.height * 0.24, 20 * self.label.font_size / 18)
            Color(*get_color_from_hex(self.ground or self.ink))
            if self.ground:
                RoundedRectangle(pos=self.pos, size=self.size, radius=[corner])
            else:
                Line(rounded_rectangle=(*self.pos, *self.size, corner), width=1.5)
        self._place()

    def _place(self) -> None:
        label, icon = self.label, self._icon
        label.font_size = self._size
        room = self.width - 2 * PADDING * label.font_size
        natural = label.natural if self.text else 0.0
        if natural > room:
            label.font_size *= max(room / natural, 0.6)
            natural = label.natural
        label.texture_update()
        label.size = label.texture_size
        middle = self.center_y
        size = (1.5 if self.text else 1.8) * label.font_size
        gap = 0.5 * label.font_size if self.text and not self._above else 0.0
        if icon and self._above:
            label.center = (self.center_x, middle - 0.36 * self.height / 2)
            corner = (self.center_x - size / 2, middle + 0.30 * self.height / 2 - size / 2)
        else:
            wide = natural + (size + gap if icon else 0.0)
            left = self.center_x - wide / 2
            label.pos = (left + (size + gap if icon else 0.0), middle - label.height / 2)
            corner = (left, middle - size / 2)
        if icon:
            with self.canvas.before:
                draw_icon(KEYS[icon], *corner, size, self.ink)


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
        self.unit = (
            min(self.width / PHONE_WIDTH, self.height / PHONE_HEIGHT)
            if self.narrow
            else self.height / KIOSK_HEIGHT
        )
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
        label = Text(text, size * self.unit, colour or self.ink, bold)
        label.line_height = TIGHT if at.get("tight") else 1.0
        width = at.get("width", self.width - left - self.margin)
        foot = label.set(left, top, width, bool(at.get("line")))
        self.add_widget(label)
        return foot

    def key(self, text: str, press: Callable[[], object], **look: Any) -> Key:
        """Add a button; the caller places it."""
        key = Key(text, look.pop("size", 18) * self.unit, press, **look)
        self.add_widget(key)
        return key

    def back(self) -> float:
        """Add the key that leads back; return its top."""
        unit = self.unit
        key = self.key(self.face.say("back"), lambda: self.go("rest"), icon="back")
        key.pos = (self.margin, FOOT * unit)
        key.size = (min(self.width - 2 * self.margin, 480 * unit), TARGET * unit)
        top: float = key.top
        return top

    @property
    def margin(self) -> float:
        """Left and right of everything, in pixels."""
        return (22 if self.narrow else 34) * self.unit

    def stripe(self) -> float:
        """Draw the ladder at the top edge; return its foot."""
        face, unit = self.face, self.unit
        left, right = self.margin, self.width - self.margin
        y = self.height - 9 * unit
        with self.canvas.before:
            Color(*get_color_from_hex(self.ink))
            dash, gap = {
                Ladder.GATEWAY: (right - left, 0.0),
                Ladder.ALONE: (24 * unit, 16 * unit),
                Ladder.STALE: (0.1 * unit, 14 * unit),
            }[face.standing.ladder]
            x = left
            while x < right:
                end = min(x + dash, right)
                Line(points=[x, y, end, y], width=2.8 * unit, cap="round")
                x = end + gap
        top = self.height - 14 * unit
        state = Text(face.standing.text(face.language), 13 * unit, self.ink, bold=True)
        wide = state.natural
        state.set(right - wide, top, wide + 1)
        self.add_widget(state)
        room = right - left - wide - 12 * unit
        self.put(face.place or face.say("no_gate"), top, 13, bold=True, width=room, line=True)
        return float(self.height - STRIPE * unit)
