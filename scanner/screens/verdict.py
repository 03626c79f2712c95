"""The whole screen that says whether somebody may go in."""

from __future__ import annotations

from typing import Any

from kivy.graphics import Color, Line, RoundedRectangle
from kivy.utils import get_color_from_hex

from scanner.screens.icons import draw_icon, tariff
from scanner.screens.measures import FOOT, TARGET
from scanner.screens.shapes import dashed, draw
from scanner.screens.text import Text, width_of
from scanner.screens.widgets import Screen
from scanner.wording.palette import BLACK, WHITE, Look
from scanner.wording.presenter import Presentation

WORD, WIDE_WORD = 104.0, 128.0
"""Size of the word, on a phone and on a kiosk."""

SMALLEST_REST = 26.0
REST = 0.58
"""Size of what stands after the word, in its own."""

NEAR, CLOSE = 0.08, 0.16
"""How far what follows stands within the word's own line: the reason, and its rest; in its size."""

EASE = 0.98
"""Share of the width that is filled: letters are set on whole pixels."""


class VerdictScreen(Screen):
    """Shape, word, why, what to do, ticket: in this order, along one left edge."""

    @property
    def ground(self) -> str:
        """Colour of the verdict."""
        seen = self.face.presentation
        return seen.style.colour if seen else super().ground

    @property
    def ink(self) -> str:
        """Colour of the text on it."""
        seen = self.face.presentation
        return seen.style.text_colour if seen else super().ink

    @property
    def margin(self) -> float:
        """Left and right of everything, in pixels; within the dashed border."""
        return (26 if self.narrow else 44) * self.unit

    def on_touch_down(self, touch: Any) -> bool:
        """Leave the verdict, unless a key was touched."""
        if not super().on_touch_down(touch):
            self.go("rest")
        return True

    def fill(self) -> None:
        """Draw the verdict."""
        seen = self.face.presentation
        if seen is None:
            return
        unit, margin = self.unit, self.margin
        if seen.dashed:
            self._border()
        top = self.stripe() - 24 * unit
        size = min(150 * unit, self.height / 3 - 60 * unit)
        with self.canvas.before:
            draw(seen.style.shape, margin, top - size, size, self.ink, self.ground)
        if seen.icon and seen.look in (Look.ADMIT, Look.CHECK):
            self._tile(seen, margin + size + 22 * unit, top - size * 0.08, size * 0.84)
        top = self._word(seen, top - size - 8 * unit)
        top = self.put(seen.why, top - 2 * unit, 23 * self.large)
        with self.canvas.before:
            Color(*get_color_from_hex(self.ink))
            Line(points=[margin, top - 14 * unit, self.width - margin, top - 14 * unit], width=1)
        self._todo(seen.todo, top - 24 * unit, 27 * self.large)
        foot = self._ticket(seen.ticket_line)
        foot = self._touch(seen, foot + 12 * unit)
        if seen.dashed:
            self._alone(seen, foot + 14 * unit)

    def _ticket(self, text: str) -> float:
        """Set the ticket's line at the foot; return its top."""
        if not text:
            return FOOT * self.unit
        label = Text(text, 16 * self.unit, self.ink)
        label.set(self.margin, 0, self.width - 2 * self.margin)
        label.y = FOOT * self.unit
        self.write(label)
        return label.top

    def _tile(self, seen: Presentation, left: float, top: float, size: float) -> None:
        unit = self.unit
        with self.canvas.before:
            Color(*get_color_from_hex(WHITE))
            RoundedRectangle(pos=(left, top - size), size=(size, size), radius=[18 * unit])
            icon = size * 0.5
            draw_icon(tariff(seen.icon), left + (size - icon) / 2, top - size * 0.62, icon, BLACK)
        label = Text(seen.tariff, 15 * unit, BLACK, bold=True, centred=True)
        label.set(left + 4 * unit, top - size * 0.68, size - 8 * unit, line=True)
        self.write(label)

    def _word(self, seen: Presentation, top: float) -> float:
        """Set the word on one line or two, as large as fits, the rest smaller; return its foot."""
        width = (self.width - 2 * self.margin) * EASE
        largest = WORD if self.narrow else WIDE_WORD
        word, rest = _parted(seen)
        if self._natural(f"{word} {rest}", largest) <= width:
            word, rest = f"{word} {rest}".strip(), ""
        lines = self._lines(word, largest, width)
        size = min(largest, largest * width / self._widest(lines, largest))
        foot = self.put("\n".join(lines), top, size, bold=True, tight=float(len(lines) > 1))
        if len(lines) == 1 and not rest:
            foot += NEAR * size * self.unit
        if not rest:
            return foot
        foot += CLOSE * size * self.unit
        size *= REST
        size = min(size, size * width / self._natural(rest, size))
        return self.put(rest, foot, max(size, SMALLEST_REST), bold=True)

    def _lines(self, word: str, size: float, width: float) -> list[str]:
        """Break a word of several into two lines, where they come out largest."""
        parts = word.split()
        if len(parts) < 2 or self._natural(word, size) <= width:
            return [word]
        ways = ([" ".join(parts[:at]), " ".join(parts[at:])] for at in range(1, len(parts)))
        return min(ways, key=lambda lines: self._widest(lines, size))

    def _widest(self, lines: list[str], size: float) -> float:
        return max(self._natural(line, size) for line in lines)

    def _natural(self, text: str, size: float) -> float:
        return width_of(text, size * self.unit, bold=True)

    def _todo(self, todo: str, top: float, size: float) -> None:
        unit = self.unit
        x, y = self.margin, top - size * 0.68 * unit
        with self.canvas.before:
            Color(*get_color_from_hex(self.ink))
            width = 1.7 * unit
            Line(points=[x, y, x + 22 * unit, y], width=width, cap="round")
            head = [x + 14 * unit, y + 8 * unit, x + 22 * unit, y, x + 14 * unit, y - 8 * unit]
            Line(points=head, width=width, cap="round", joint="round")
        left = x + 38 * unit
        self.put(todo, top, size, bold=True, left=left, width=self.width - left - self.margin)

    def _touch(self, seen: Presentation, foot: float) -> float:
        """Draw what can be touched; return its top."""
        face, unit = self.face, self.unit
        height = TARGET * unit
        wide = min(self.width - 2 * self.margin, 480 * unit)
        look = {"ink": self.ink, "ground": ""}
        if seen.look is Look.FAULT and face.lane is not None:
            key = self.key(face.say("again"), lambda: self.go("again"), icon="again", **look)
            key.place(self.margin, foot, wide, height)
            return foot + height
        if face.undoable is None:
            return foot
        key = self.key(face.say("sent_away"), face.undo, icon="away", **look)
        key.place(self.margin, foot, wide, height)
        foot += height
        return self._stepper(foot + 12 * unit, wide, height) if face.most > 1 else foot

    def _stepper(self, foot: float, wide: float, height: float) -> float:
        face = self.face
        look = {"ink": self.ink, "ground": "", "size": 26}
        side = height * 1.25
        for name, icon, left, possible in (
            ("fewer", "minus", self.margin, face.people > 1),
            ("more", "plus", self.margin + wide - side, face.people < face.most),
        ):
            if possible:
                key = self.key("", self.going(name), icon=icon, **look)
                key.place(left, foot, side, height)
        left, width = self.margin + side, wide - 2 * side
        for text, size, share in ((str(face.people), 36, 1.06), (face.say("people"), 15, 0.36)):
            label = Text(text, size * self.unit, self.ink, bold=True, centred=True)
            label.set(left, foot + height * share, width)
            self.write(label)
        return foot + height

    def _alone(self, seen: Presentation, foot: float) -> None:
        """Draw the chip that says that nobody was asked, and how old what is known is."""
        unit = self.unit
        said = seen.sure[:1].upper() + seen.sure[1:]
        label = Text(said, 16 * unit, self.ink, bold=True)
        wide, high = label.natural + 28 * unit, 32 * unit
        label.set(self.margin + 14 * unit, foot + high - 4 * unit, wide - 26 * unit)
        self.write(label)
        with self.canvas.before:
            Color(*get_color_from_hex(self.ink))
            radius = high / 2
            box = (self.margin, foot, wide, high, radius)
            Line(rounded_rectangle=box, width=1.0, dash_length=6, dash_offset=4)
        left = self.margin + wide + 10 * unit
        self.put(seen.age, foot + high - 5 * unit, 15, left=left, line=1)

    def _border(self) -> None:
        unit = self.unit
        with self.canvas.before:
            Color(*get_color_from_hex(self.ink))
            inset = 8 * unit
            edge = self.height - 38 * unit
            box = (inset, inset, self.width - 2 * inset, edge - inset)
            dashed(box, 26 * unit, dash=15 * unit, gap=11 * unit, width=2.5 * unit)


def _parted(seen: Presentation) -> tuple[str, str]:
    """Return the word, and what may stand smaller below it."""
    if seen.look is Look.FAULT:
        word, _, rest = seen.word.partition(", ")
        return word, rest
    if seen.look is Look.CHECK and "…" not in seen.word:
        word, _, rest = seen.word.partition(" ")
        return word, rest
    return seen.word, ""
