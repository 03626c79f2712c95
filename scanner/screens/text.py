"""Text on a canvas: Kivy's `Label` is a widget, and making one costs ten times as much."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from kivy.core.text import Label, LabelBase
from kivy.graphics import Color, Rectangle
from kivy.utils import get_color_from_hex

TYPEFACE = "Noto Sans"

TIGHT = 0.82
"""Height of large lines, in the typeface's own."""


def load_typeface() -> None:
    """Make Noto Sans known; the one that Kivy ships has no weights that match."""
    fonts = files("scanner.fonts")
    LabelBase.register(
        TYPEFACE,
        str(fonts.joinpath("NotoSans-Regular.ttf")),
        fn_bold=str(fonts.joinpath("NotoSans-Bold.ttf")),
    )


def width_of(text: str, size: float, bold: bool = False) -> float:
    """Return the width of a text on one line, in pixels."""
    label = Label(font_name=TYPEFACE, font_size=size, bold=bold)
    return float(label.get_extents(text)[0])


class Text:
    """A line or some lines: measured first, then placed, then drawn.

    Args:
        text: What it says.
        size: Of the letters, in pixels.
        colour: Of the letters, `#RRGGBB`.
        bold: Heavy.
        centred: Each line stands in the middle of the width.
        tight: Lines are close to one another.

    Attributes:
        x: Left edge, in pixels.
        y: Foot, in pixels from below.
        width: In pixels.
        height: In pixels.
    """

    def __init__(
        self,
        text: str,
        size: float,
        colour: str,
        bold: bool = False,
        centred: bool = False,
        tight: bool = False,
    ) -> None:
        self.text, self.size, self.bold = text, size, bold
        self._look: dict[str, Any] = {
            "color": get_color_from_hex(colour),
            "halign": "center" if centred else "left",
            "line_height": TIGHT if tight else 1.0,
        }
        self._label: Label | None = None
        self.x = self.y = self.width = self.height = 0.0

    @property
    def natural(self) -> float:
        """Width on one line, in pixels."""
        return width_of(self.text, self.size, self.bold)

    @property
    def top(self) -> float:
        """Upper edge, in pixels from below."""
        return self.y + self.height

    def set(self, left: float, top: float, width: float | None = None, line: bool = False) -> float:
        """Place it by its left upper corner; return its foot.

        Args:
            left: In pixels.
            top: In pixels from below.
            width: Broken into lines of so many pixels; None = as it is written.
            line: One line only, cut short with an ellipsis.
        """
        # Kept: it draws its picture again when Android has lost what the graphics held.
        label = self._label = Label(
            text=self.text,
            font_name=TYPEFACE,
            font_size=self.size,
            bold=self.bold,
            text_size=(width, self.size * 1.5 if line else None),
            shorten=line,
            shorten_from="right",
            **self._look,
        )
        label.refresh()
        self.width, self.height = map(float, label.texture.size)
        self.x, self.y = left, top - self.height
        return self.y

    def draw(self, canvas: Any) -> None:
        """Draw it upon what the canvas already has, sharp: letters start at whole pixels."""
        assert self._label is not None, "a text is placed before it is drawn"
        with canvas:
            Color(1, 1, 1)
            Rectangle(
                texture=self._label.texture,
                pos=(int(self.x), int(self.y)),
                size=(self.width, self.height),
            )
