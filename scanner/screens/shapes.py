"""The six shapes of verdicts, drawn; a typeface that has them all can't be relied upon."""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Callable, Sequence

from kivy.graphics import Color, Ellipse, Line, Mesh, RoundedRectangle
from kivy.utils import get_color_from_hex

Point = tuple[float, float]


def draw(shape: str, left: float, foot: float, size: float, ink: str, ground: str) -> None:
    """Draw a shape into the canvas that is open.

    Args:
        shape: `tick`, `eye`, `tickets`, `cross`, `equals` or `spanner`.
        left: Of its square, in pixels.
        foot: Of its square, in pixels.
        size: Of its square, in pixels.
        ink: `#RRGGBB`.
        ground: Behind it, `#RRGGBB`.
    """

    def at(x: float, y: float) -> Point:
        """Return a place of the square, 0 to 96 from the left and from the top."""
        return left + x * size / 96, foot + (96 - y) * size / 96

    _SHAPES[shape](at, size / 96, ink, ground)


At = Callable[[float, float], Point]


def _colour(name: str) -> None:
    Color(*get_color_from_hex(name))


def _disc(at: At, unit: float, x: float, y: float, radius: float) -> None:
    across, down = at(x - radius, y + radius)
    Ellipse(pos=(across, down), size=(2 * radius * unit, 2 * radius * unit))


def _stroke(at: At, unit: float, width: float, places: Sequence[Point]) -> None:
    points = [value for place in places for value in at(*place)]
    Line(points=points, width=width * unit / 2, cap="round", joint="round")


def _area(at: At, places: Sequence[Point]) -> None:
    """Fill a polygon without dents."""
    corners = [value for place in places for value in (*at(*place), 0.0, 0.0)]
    Mesh(vertices=corners, indices=list(range(len(places))), mode="triangle_fan")


def _tick(at: At, unit: float, ink: str, ground: str) -> None:
    _colour(ink)
    _disc(at, unit, 48, 48, 44)
    _colour(ground)
    _stroke(at, unit, 11, [(28, 50), (42, 64), (69, 34)])


def _eye(at: At, unit: float, ink: str, ground: str) -> None:
    _colour(ink)
    steps = range(25)
    upper = [(2 + 92 * i / 24, 48 - 30 * math.sin(math.pi * i / 24)) for i in steps]
    lower = [(94 - 92 * i / 24, 48 + 30 * math.sin(math.pi * i / 24)) for i in steps]
    _area(at, [(48, 48), *upper, *lower, upper[0]])
    _colour(ground)
    _disc(at, unit, 48, 48, 20)
    _colour(ink)
    _disc(at, unit, 48, 48, 11)


def _tickets(at: At, unit: float, ink: str, ground: str) -> None:
    for x, y, turn in ((40, 32, -9), (56, 64, 9)):
        sine, cosine = math.sin(math.radians(turn)), math.cos(math.radians(turn))

        def turned(along: float, up: float, rise: float = 1.0) -> Point:
            return x + along * cosine - up * sine, y + along * sine + up * cosine  # noqa: B023

        for colour, grown in ((ground, 5.0), (ink, 0.0)):
            _colour(colour)
            wide, high = 34 + grown, 19 + grown
            corners = [(-wide, -high), (wide, -high), (wide, high), (-wide, high)]
            _area(at, [turned(*corner) for corner in corners])
        _colour(ground)
        for side in (-34, 34):
            _disc(at, unit, *turned(side, 0), 7)


def _cross(at: At, unit: float, ink: str, ground: str) -> None:
    _colour(ink)
    turns = [math.radians(22.5 + 45 * step) for step in range(8)]
    _area(at, [(48 + 47 * math.cos(turn), 48 + 47 * math.sin(turn)) for turn in turns])
    _colour(ground)
    _stroke(at, unit, 11, [(32, 32), (64, 64)])
    _stroke(at, unit, 11, [(64, 32), (32, 64)])


def _equals(at: At, unit: float, ink: str, ground: str) -> None:
    _colour(ink)
    for y in (44, 84):
        RoundedRectangle(pos=at(4, y), size=(88 * unit, 26 * unit), radius=[13 * unit])


def _spanner(at: At, unit: float, ink: str, ground: str) -> None:
    _colour(ink)
    _stroke(at, unit, 22, [(22, 76), (62, 36)])
    _disc(at, unit, 68, 30, 25)
    _colour(ground)
    _area(at, [(66, 32), (78, -2), (98, 0), (98, 20)])
    _disc(at, unit, 68, 30, 9)
    _disc(at, unit, 22, 76, 5)


_SHAPES: dict[str, Callable[[At, float, str, str], None]] = {
    "tick": _tick,
    "eye": _eye,
    "tickets": _tickets,
    "cross": _cross,
    "equals": _equals,
    "spanner": _spanner,
}


def dashed(
    box: tuple[float, float, float, float], radius: float, dash: float, gap: float, width: float
) -> None:
    """Draw a dashed box into the canvas that is open; Kivy's own dashes are one pixel wide.

    Args:
        box: Left, foot, width and height, in pixels.
        radius: Of its corners.
        dash: Length of each.
        gap: Between two.
        width: Half of the line's.
    """
    path = _rounded(box, radius)
    way = [0.0]
    for (x, y), (x2, y2) in itertools.pairwise(path):
        way.append(way[-1] + math.hypot(x2 - x, y2 - y))
    steps = max(round(way[-1] / (dash + gap)), 1)
    step = way[-1] / steps
    for number in range(steps):
        begin, end = number * step, number * step + step * dash / (dash + gap)
        inner = [point for point, at in zip(path, way, strict=True) if begin < at < end]
        places = [_along(path, way, begin), *inner, _along(path, way, end)]
        Line(points=[value for place in places for value in place], width=width, cap="round")


def _rounded(box: tuple[float, float, float, float], radius: float) -> list[Point]:
    left, foot, wide, high = box
    right, top = left + wide, foot + high
    path: list[Point] = []
    for x, y, begin in (
        (right - radius, top - radius, 0),
        (left + radius, top - radius, 90),
        (left + radius, foot + radius, 180),
        (right - radius, foot + radius, 270),
    ):
        turns = [math.radians(begin + 15 * step) for step in range(7)]
        path += [(x + radius * math.cos(turn), y + radius * math.sin(turn)) for turn in turns]
    return [*path, path[0]]


def _along(path: Sequence[Point], way: Sequence[float], at: float) -> Point:
    number = max(bisect.bisect_right(way, at) - 1, 0)
    number = min(number, len(path) - 2)
    (x, y), (x2, y2) = path[number], path[number + 1]
    length = way[number + 1] - way[number]
    share = (at - way[number]) / length if length else 0.0
    return x + (x2 - x) * share, y + (y2 - y) * share
