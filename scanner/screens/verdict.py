"""The whole screen that says whether somebody may go in."""

from __future__ import annotations

from kivy.graphics import Color, Line
from kivy.utils import get_color_from_hex

from scanner.palette import Look
from scanner.screens.parts import STRIPE, TARGET, Screen, Text
from scanner.screens.shapes import draw

WORD = 96.0
SMALLEST_WORD = 44.0
LINES = 2


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

    def fill(self) -> None:
        """Draw the verdict."""
        seen = self.face.presentation
        if seen is None:
            return
        unit, margin = self.unit, self.margin
        top = self.stripe() - 20 * unit
        size = min(150 * unit, self.height / 3 - 60 * unit)
        with self.canvas.before:
            draw(seen.style.shape, margin, top - size, size, self.ink, self.ground)
        top -= size + 22 * unit
        top = self._word(seen.word, top)
        top = self.put(seen.why, top - 6 * unit, 23)
        with self.canvas.before:
            Color(*get_color_from_hex(self.ink))
            Line(points=[margin, top - 14 * unit, self.width - margin, top - 14 * unit], width=1)
        top = self._todo(seen.todo, top - 28 * unit)
        foot = self.put_foot(seen.ticket_line)
        foot = self._touch(foot + 12 * unit)
        if seen.dashed:
            self._alone(seen.sure, seen.age, foot)

    def put_foot(self, text: str) -> float:
        """Set the ticket's line at the foot; return its top."""
        label = Text(text, 16 * self.unit, self.ink)
        label.set(self.margin, 0, self.width - 2 * self.margin)
        label.y = 22 * self.unit
        self.add_widget(label)
        top: float = label.top if text else 22 * self.unit
        return top

    def _word(self, word: str, top: float) -> float:
        """Set the word as large as fits on two lines, no word broken."""
        width = self.width - 2 * self.margin
        parts = (Text(part, WORD * self.unit, self.ink, True) for part in word.split())
        size = min(WORD, WORD * width / max(part.natural for part in parts))
        whole = Text(word, size * self.unit, self.ink, True).natural
        if whole > LINES * width * 0.9:
            size = max(SMALLEST_WORD, size * LINES * width * 0.9 / whole)
        return self.put(word, top, size, bold=True)

    def _todo(self, todo: str, top: float) -> float:
        unit = self.unit
        x, y = self.margin, top - 18 * unit
        with self.canvas.before:
            Color(*get_color_from_hex(self.ink))
            width = 1.6 * unit
            Line(points=[x, y, x + 22 * unit, y], width=width, cap="round")
            head = [x + 14 * unit, y + 8 * unit, x + 22 * unit, y, x + 14 * unit, y - 8 * unit]
            Line(points=head, width=width, cap="round", joint="round")
        left = x + 38 * unit
        return self.put(todo, top, 27, bold=True, left=left, width=self.width - left - self.margin)

    def _touch(self, foot: float) -> float:
        """Draw what can be touched; return its top."""
        face, unit = self.face, self.unit
        seen = face.presentation
        height = TARGET * unit
        wide = min(self.width - 2 * self.margin, 480 * unit)
        if seen is not None and seen.look is Look.FAULT:
            key = self.key(face.say("again"), lambda: self.go("again"), ink=self.ink, border=True)
            key.pos, key.size = (self.margin, foot), (wide, height)
            return foot + height
        if face.undoable is None:
            return foot
        key = self.key(face.say("sent_away"), face.undo, ink=self.ink, border=True)
        key.pos, key.size = (self.margin, foot), (wide, height)
        foot += height
        if face.people > 1:
            foot += 12 * unit
            minus = self.key("–", lambda: self.go("fewer"), ink=self.ink, border=True, size=34)
            minus.pos, minus.size = (self.margin, foot), (height * 1.4, height)
            text = f"{face.people} {face.say('people')}"
            left = self.margin + height * 1.4 + 18 * unit
            self.put(text, foot + height * 0.78, 27, bold=True, left=left)
            foot += height
        return foot

    def _alone(self, sure: str, age: str, foot: float) -> None:
        unit = self.unit
        text = " · ".join(part for part in (sure, age) if part)
        label = Text(text, 16 * unit, self.ink, bold=True)
        label.set(self.margin + 14 * unit, 0, self.width)
        label.y = foot + 20 * unit
        self.add_widget(label)
        with self.canvas.before:
            Color(*get_color_from_hex(self.ink))
            inset = 7 * unit
            edge = self.stripe_foot
            box = (inset, inset, self.width - 2 * inset, edge - 2 * inset)
            _dashed(*box, dash=15 * unit, gap=10 * unit, width=2.5 * unit)

    @property
    def stripe_foot(self) -> float:
        """Where the ladder's stripe ends, in pixels from below."""
        return float(self.height - STRIPE * self.unit)


def _dashed(
    x: float, y: float, wide: float, high: float, dash: float, gap: float, width: float
) -> None:
    """Draw a dashed box; Kivy's own dashes are one pixel wide."""
    for along in _steps(wide, dash, gap):
        for level in (y, y + high):
            Line(points=[x + along, level, x + min(along + dash, wide), level], width=width)
    for along in _steps(high, dash, gap):
        for level in (x, x + wide):
            Line(points=[level, y + along, level, y + min(along + dash, high)], width=width)


def _steps(length: float, dash: float, gap: float) -> list[float]:
    count = int(length / (dash + gap)) + 1
    return [step * (dash + gap) for step in range(count) if step * (dash + gap) < length]
