"""Scenes at a door: a ticket held up to a camera, with what goes wrong there.

Everything is drawn, from a seed: the same scene is the same pixels on each machine.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy
import segno
from numpy.typing import NDArray

from device.ports import Gray

WIDTH, HEIGHT = 1280, 720
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
LONGEST = 150
"""Characters of base45 in the longest ticket."""

QUIET = 4
"""Modules of empty margin around a code. Source: ISO/IEC 18004."""

JPEG_QUALITY = 80
"""As cameras compress on their way over USB."""

Floats = NDArray[numpy.float32]
Random = numpy.random.Generator


@dataclass(frozen=True, slots=True)
class Conditions:
    """How a ticket is held, and how it is seen.

    Args:
        pixels: Of one module, before tilting.
        turn: In the plane, in degrees.
        tilt: Out of the plane, in degrees.
        out_of_focus: Sigma of the blur, in pixels.
        motion: Length of the smear, in pixels.
        light: 1 = a well lit hall.
        noise: Sigma of the sensor's noise, of 255.
        glare: Part of the code's width that a reflection covers.
        cracks: Lines over the screen.
        moire: Strength of the screen's grid against the sensor's, 0 to 1.
        phone: On a phone's screen, not on paper.
    """

    pixels: float = 5.0
    turn: float = 0.0
    tilt: float = 10.0
    out_of_focus: float = 0.6
    motion: float = 0.0
    light: float = 0.9
    noise: float = 4.0
    glare: float = 0.0
    cracks: int = 0
    moire: float = 0.0
    phone: bool = False


WORST: dict[str, tuple[Conditions, Conditions]] = {
    "plain": (Conditions(4.0), Conditions(7.0, tilt=15)),
    "tilt": (Conditions(5.0, tilt=30), Conditions(6.5, tilt=60)),
    "blur": (Conditions(4.0, out_of_focus=0.8), Conditions(6.5, out_of_focus=2.2, motion=6)),
    "noise": (Conditions(4.0, light=0.35, noise=10), Conditions(6.0, light=0.15, noise=22)),
    "glare": (Conditions(4.5, glare=0.15), Conditions(6.5, glare=0.55)),
    "crack": (Conditions(4.0, cracks=1, phone=True), Conditions(6.5, cracks=6, phone=True)),
    "moire": (Conditions(4.0, moire=0.25, phone=True), Conditions(6.0, moire=0.9, phone=True)),
    "small": (Conditions(1.5, out_of_focus=0.3), Conditions(2.6, out_of_focus=0.6)),
    "evening": (
        Conditions(2.5, tilt=10, out_of_focus=0.6, light=0.7, noise=5, phone=True),
        Conditions(5.0, 0, 40, 1.6, 5, 0.3, 12, 0.3, 4, 0.4, phone=True),
    ),
}
"""Scenarios by name: the mildest and the worst that are drawn from evenly."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One guest with one ticket.

    Args:
        text: In the code, None = nobody is there.
        conditions: How it is held.
        seed: Of everything else.
    """

    text: str | None
    conditions: Conditions
    seed: int

    def frames(self, count: int) -> Iterator[Gray]:
        """Yield what a camera of 1280x720 sees, frame after frame; a hand is never quite still."""
        random = numpy.random.default_rng(self.seed)
        wall = _wall(random)
        held = None if self.text is None else _Held.up(self.text, self.conditions, random)
        for _ in range(count):
            seen = wall if held is None else held.before(wall, random)
            yield _taken(seen, self.conditions, random)
            held = held and held.moved(random)


def scene(scenario: str, number: int) -> Scene:
    """Return a scene of a scenario.

    Args:
        scenario: Of `WORST`, or `empty`.
        number: Which one; each is another.
    """
    seed = zlib.crc32(f"{scenario} {number}".encode())
    random = numpy.random.default_rng(seed)
    if scenario == "empty":
        return Scene(None, Conditions(light=random.uniform(0.3, 1.0), noise=6), seed)
    mild, worst = WORST[scenario]
    amount = float(random.random())
    drawn = {
        name: getattr(mild, name) + amount * (getattr(worst, name) - getattr(mild, name))
        for name in ("tilt", "out_of_focus", "motion", "light", "noise", "glare", "moire")
    }
    # A larger code is no worse: its size is drawn by itself.
    pixels = float(random.uniform(mild.pixels, worst.pixels))
    cracks = round(mild.cracks + amount * (worst.cracks - mild.cracks))
    turn = float(random.uniform(0, 360))
    return Scene(
        _text(random),
        replace(mild, pixels=pixels, turn=turn, cracks=cracks, **drawn),
        seed,
    )


def _text(random: Random) -> str:
    length = int(random.integers(120, LONGEST + 1))
    return "E1:" + "".join(ALPHABET[at] for at in random.integers(0, 45, length)) + "."


@dataclass(frozen=True, slots=True)
class _Held:
    """A ticket in a hand: its face, and where it is."""

    face: Gray
    scale: float
    conditions: Conditions
    at: tuple[float, float]
    axis: float
    glare: tuple[float, float]
    phase: float

    @classmethod
    def up(cls, text: str, conditions: Conditions, random: Random) -> _Held:
        code = segno.make(text, error="m", mode="alphanumeric", micro=False, boost_error=False)
        fine = 2 * max(2, round(conditions.pixels))
        dark = numpy.array([list(row) for row in code.matrix], dtype=numpy.uint8)
        face = _edged(dark, conditions.phone)
        face = numpy.kron(face, numpy.ones((fine, fine), numpy.uint8))
        face = _cracked(face, conditions.cracks, fine, random)
        at = WIDTH / 2 + random.normal(0, 90), HEIGHT / 2 + random.normal(0, 40)
        glare = float(random.uniform(-0.4, 0.4)), float(random.uniform(-0.4, 0.4))
        axis, phase = random.uniform(0, 2 * numpy.pi, 2)
        return cls(face, conditions.pixels / fine, conditions, at, float(axis), glare, float(phase))

    def moved(self, random: Random) -> _Held:
        """Return it a frame later."""
        held = self.conditions
        x, y = random.normal(0, 2.5, 2)
        tilt = min(max(held.tilt + float(random.normal(0, 1.5)), 0), 65)
        return replace(
            self,
            conditions=replace(held, turn=held.turn + float(random.normal(0, 0.8)), tilt=tilt),
            at=(self.at[0] + x, self.at[1] + y),
            glare=(self.glare[0] + random.normal(0, 0.04), self.glare[1] + random.normal(0, 0.04)),
            phase=float(random.uniform(0, 2 * numpy.pi)),
        )

    def before(self, wall: Floats, random: Random) -> Floats:
        """Return it in front of a wall, in light from 0 to 255."""
        place = self._place()
        # Smoothed as much as it is shrunk, so that a small one is not jagged.
        smooth = cv2.GaussianBlur(self.face, (0, 0), max(0.45 / self.scale, 0.3))
        size = (WIDTH, HEIGHT)
        ticket = cv2.warpPerspective(smooth, place, size, flags=cv2.INTER_LINEAR)
        there = cv2.warpPerspective(numpy.full_like(self.face, 255), place, size)
        share = there.astype(numpy.float32) / 255
        shown = self._with_moire(ticket.astype(numpy.float32))
        return self._with_glare(_light(wall * (1 - share) + shown * share))

    def _place(self) -> NDArray[numpy.float64]:
        """Return the perspective: turned, tilted about an axis, a metre of focal length away."""
        held, half = self.conditions, self.face.shape[0] / 2
        turn, tilt = numpy.radians([held.turn, held.tilt])
        across, down = numpy.cos(self.axis), numpy.sin(self.axis)
        corners = numpy.array([[-half, -half], [half, -half], [half, half], [-half, half]])
        turned = corners @ numpy.array(
            [[numpy.cos(turn), numpy.sin(turn)], [-numpy.sin(turn), numpy.cos(turn)]]
        )
        along = turned @ numpy.array([across, down])
        over = turned @ numpy.array([-down, across])
        depth = 1 + over * self.scale * numpy.sin(tilt) / WIDTH
        over = over * numpy.cos(tilt)
        x = (along * across - over * down) * self.scale / depth + self.at[0]
        y = (along * down + over * across) * self.scale / depth + self.at[1]
        size = self.face.shape[0]
        source = numpy.array([[0, 0], [size, 0], [size, size], [0, size]], numpy.float32)
        return numpy.asarray(
            cv2.getPerspectiveTransform(source, numpy.stack([x, y], 1).astype(numpy.float32))
        )

    def _with_moire(self, ticket: Floats) -> Floats:
        if not self.conditions.moire:
            return ticket
        rows, columns = numpy.indices((HEIGHT, WIDTH), dtype=numpy.float32)
        grid = numpy.zeros_like(ticket)
        for period, angle in ((2.3, self.axis), (6.5, self.axis + 1.4)):
            way = columns * numpy.cos(angle) + rows * numpy.sin(angle)
            grid += numpy.sin(2 * numpy.pi * way / period + self.phase).astype(numpy.float32)
        return _light(ticket * (1 - self.conditions.moire * (0.5 + grid / 4)))

    def _with_glare(self, picture: Floats) -> Floats:
        if not self.conditions.glare:
            return picture
        width = self.face.shape[0] * self.scale
        x, y = self.at[0] + self.glare[0] * width, self.at[1] + self.glare[1] * width
        light = numpy.zeros((HEIGHT, WIDTH), numpy.float32)
        axes = (int(width * self.conditions.glare / 2), int(width * self.conditions.glare / 5))
        cv2.ellipse(light, (int(x), int(y)), axes, 30, 0, 360, 1.0, -1)
        return _light(picture + 260 * cv2.GaussianBlur(light, (0, 0), max(width * 0.03, 1)))


def _light(values: object) -> Floats:
    return numpy.asarray(values, dtype=numpy.float32)


def _edged(dark: NDArray[numpy.uint8], phone: bool) -> Gray:
    """Return modules with their margin, on a card with print, or in a phone's black frame."""
    ink, paper = (18, 240) if phone else (40, 225)
    face = numpy.where(dark > 0, ink, paper).astype(numpy.uint8)
    face = numpy.pad(face, QUIET, constant_values=paper)
    if phone:
        return numpy.pad(face, 5, constant_values=12)
    card = numpy.pad(face, 8, constant_values=paper)
    card[2:4, 3:-9:2] = card[-4:-2, 5:-5:3] = 70
    return card


def _cracked(face: Gray, cracks: int, fine: int, random: Random) -> Gray:
    size = face.shape[0]
    hit = random.uniform(0.15, 0.85, 2) * size
    for number in range(cracks):
        angle, place = random.uniform(0, 2 * numpy.pi), hit
        shade = 250 if number % 2 else 30
        while 0 < place[0] < size and 0 < place[1] < size:
            angle += random.normal(0, 0.35)
            step = random.uniform(2, 6) * fine
            then = place + step * numpy.array([numpy.cos(angle), numpy.sin(angle)])
            ends = [tuple(int(value) for value in end) for end in (place, then)]
            cv2.line(face, ends[0], ends[1], shade, max(1, round(random.uniform(0.1, 0.6) * fine)))
            place = then
    return face


def _wall(random: Random) -> Floats:
    """Return a door with people: edges, stripes and text-like print, out of focus."""
    small = numpy.full((HEIGHT // 2, WIDTH // 2), random.uniform(70, 170), numpy.float32)
    for _ in range(60):
        left, top = int(random.integers(0, WIDTH // 2)), int(random.integers(0, HEIGHT // 2))
        right, foot = left + int(random.integers(8, 220)), top + int(random.integers(8, 160))
        cv2.rectangle(small, (left, top), (right, foot), float(random.uniform(20, 230)), -1)
    left, top = (int(value) for value in random.integers(20, 200, 2))
    # A striped jumper.
    for row in range(top, top + 120, 7):
        cv2.line(small, (left, row), (left + 150, row + 9), 210.0, 3)
    large = cv2.resize(small, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)
    return numpy.asarray(cv2.GaussianBlur(large, (0, 0), 1.5), dtype=numpy.float32)


def _taken(seen: Floats, held: Conditions, random: Random) -> Gray:
    """Return the picture that a camera makes of what is before it."""
    picture = cv2.GaussianBlur(seen, (0, 0), held.out_of_focus)
    if held.motion > 1:
        picture = cv2.filter2D(picture, -1, _smear(held.motion, random.uniform(0, numpy.pi)))
    lit = picture * held.light
    # The fewer the photons, the more they differ.
    grain = random.normal(0, held.noise, lit.shape).astype(numpy.float32)
    grain += random.normal(0, 1, lit.shape).astype(numpy.float32) * numpy.sqrt(numpy.abs(lit)) / 4
    pixels = numpy.clip(lit + grain, 0, 255).astype(numpy.uint8)
    _, packed = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return numpy.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), dtype=numpy.uint8)


def _smear(length: float, angle: float) -> Floats:
    size = int(length) | 1
    kernel = numpy.zeros((size, size), numpy.float32)
    middle = size // 2
    x, y = numpy.cos(angle) * middle, numpy.sin(angle) * middle
    start, end = (int(middle - x), int(middle - y)), (int(middle + x), int(middle + y))
    cv2.line(kernel, start, end, 1.0)
    return _light(kernel / kernel.sum())
