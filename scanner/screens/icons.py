"""Small pictures on keys and tiles, drawn in strokes on a grid of 24 by 24."""

from __future__ import annotations

import math
from collections.abc import Sequence

from kivy.graphics import Color, Ellipse, Line
from kivy.utils import get_color_from_hex

Stroke = Sequence[tuple[float, float]]
"""Places from the left and from the top; a single one is a dot."""

WIDTH = 2.0
"""Of a stroke, on the grid."""


def _arc(x: float, y: float, radius: float, begin: float = 0, end: float = 360) -> Stroke:
    """Return part of a circle, degrees clockwise from the top."""
    steps = max(int(abs(end - begin) / 15), 1)
    turns = (math.radians(begin + (end - begin) * step / steps) for step in range(steps + 1))
    return [(x + radius * math.sin(turn), y - radius * math.cos(turn)) for turn in turns]


def _box(x: float, y: float, wide: float, high: float) -> Stroke:
    return [(x, y), (x + wide, y), (x + wide, y + high), (x, y + high), (x, y)]


_STAR = [
    point
    for step in range(5)
    for point in (
        _arc(12, 13, 10, 72 * step, 72 * step)[0],
        _arc(12, 13, 4.2, 72 * step + 36, 72 * step + 36)[0],
    )
]
_PERSON = [_arc(9, 8, 3.6), [(2, 20), (2.6, 16.6), (5.4, 14.4), (9, 14), (12.6, 14.4), (16, 20)]]

KEYS: dict[str, Sequence[Stroke]] = {
    "entry": [
        [(3, 12), (14, 12)],
        [(10, 8), (14, 12), (10, 16)],
        [(13, 4), (20, 4), (20, 20), (13, 20)],
    ],
    "exit": [
        [(10, 12), (21, 12)],
        [(17, 8), (21, 12), (17, 16)],
        [(11, 4), (4, 4), (4, 20), (11, 20)],
    ],
    "torch": [
        [(8, 3), (16, 3), (16, 8), (14, 11), (14, 21), (10, 21), (10, 11), (8, 8), (8, 3)],
        [(8, 7), (16, 7)],
        [(12, 13), (12, 15)],
    ],
    "camera": [
        _box(3, 8, 18, 12),
        _arc(12, 14, 3.6),
        [(8, 8), (9.5, 4.5), (14.5, 4.5), (16, 8)],
    ],
    "type": [
        _box(2, 6, 20, 13),
        *([(x, 10.2)] for x in (6, 10, 14, 18)),
        [(8, 14.8), (16, 14.8)],
    ],
    "history": [_arc(12, 12, 9, -70, 240), [(3, 4), (3, 9), (8, 9)], [(12, 7), (12, 12), (16, 14)]],
    "status": [_arc(12, 12, 9), [(12, 11.5), (12, 16.5)], [(12, 7.8)]],
    "away": [*_PERSON, [(17, 7), (22, 12)], [(22, 7), (17, 12)]],
    "again": [_arc(12, 12, 8.5, 60, 330), [(20, 3), (20, 8.2), (14.8, 8.2)]],
    "back": [[(20, 12), (4, 12)], [(10, 6), (4, 12), (10, 18)]],
    "erase": [
        [(21, 5), (9, 5), (3, 12), (9, 19), (21, 19), (21, 5)],
        [(12, 9), (17, 15)],
        [(17, 9), (12, 15)],
    ],
    "check": [[(4, 13), (9.5, 18.5), (20, 6)]],
    "gate": [_box(3, 3, 7.5, 18), _box(13.5, 3, 7.5, 18), [(8, 12)], [(16, 12)]],
    "language": [_arc(12, 12, 9), [(3, 12), (21, 12)], _arc(12, 12, 9, 0, 0), [(12, 3), (12, 21)]],
    "minus": [[(5, 12), (19, 12)]],
    "plus": [[(5, 12), (19, 12)], [(12, 5), (12, 19)]],
}

TARIFFS: dict[str, Sequence[Stroke]] = {
    "ticket": [
        _box(2, 6, 20, 12),
        *([(15, y), (15, y + 1.4)] for y in (7.6, 11.3, 15)),
    ],
    "student": [
        [(12, 4), (22, 9), (12, 14), (2, 9), (12, 4)],
        [(6, 11.2), (6, 16), (9, 18), (12, 18.6), (15, 18), (18, 16), (18, 11.2)],
        [(22, 9), (22, 15)],
    ],
    "child": [
        _arc(12, 12, 9.5),
        [(8.8, 10)],
        [(15.2, 10)],
        [(8, 14.5), (10, 16.6), (12, 17.2), (14, 16.6), (16, 14.5)],
    ],
    "senior": [
        _arc(10, 4.6, 2.4),
        [(10, 8.4), (9, 15), (6.6, 21)],
        [(9.2, 14.4), (12.8, 21)],
        [(10, 9.4), (14, 13)],
        [(17.4, 21), (17.4, 13), (14.6, 13)],
    ],
    "seat": [
        [(6, 11), (6, 6), (8, 4), (16, 4), (18, 6), (18, 11)],
        [(7, 13), (17, 13)],
        [(3, 11), (6, 11), (6, 17)],
        [(3, 11), (3, 17), (21, 17), (21, 11), (18, 11), (18, 17)],
        [(6, 17), (6, 20.5)],
        [(18, 17), (18, 20.5)],
    ],
    "group": [*_PERSON, _arc(17, 9, 2.8), [(17.6, 14), (20.4, 15.4), (22, 20)]],
    "wheelchair": [
        _arc(10, 4, 2),
        [(10, 7.5), (10, 14), (15.5, 14), (18.5, 20)],
        [(10, 10.5), (15, 10.5)],
        _arc(10.4, 16, 5.4, 100, 330),
    ],
    "guest": [[*_STAR, _STAR[0]]],
    "staff": [_box(5, 6, 14, 15), _arc(12, 12, 2.4), [(8.5, 18), (15.5, 18)], [(12, 3), (12, 6)]],
    "press": KEYS["camera"],
}
"""Visuals of tariffs; a name that is not here is shown as a ticket."""

SCANNER: Sequence[Stroke] = [
    [(3, 6), (4.6, 4.4), (15.4, 4.4), (21, 7), (21, 10.4), (15.4, 12.4), (4.6, 12.4), (3, 10.8)],
    [(3, 10.8), (3, 6)],
    [(7, 12.4), (5.4, 21.4), (10, 21.4), (12, 12.4)],
]
"""A scanner for the hand, on the ready screen of a kiosk."""


def tariff(name: str) -> Sequence[Stroke]:
    """Return the visual of a tariff."""
    return TARIFFS.get(name, TARIFFS["ticket"])


def draw_icon(
    strokes: Sequence[Stroke], left: float, foot: float, size: float, ink: str, wide: float = WIDTH
) -> None:
    """Draw an icon into the canvas that is open.

    Args:
        strokes: What it is made of.
        left: Of its square, in pixels.
        foot: Of its square, in pixels.
        size: Of its square, in pixels.
        ink: `#RRGGBB`.
        wide: Of a stroke, on the grid.
    """
    unit = size / 24
    Color(*get_color_from_hex(ink))
    for stroke in strokes:
        points = [value for x, y in stroke for value in (left + x * unit, foot + (24 - y) * unit)]
        if len(stroke) == 1:
            radius = wide * 0.62 * unit
            place = (points[0] - radius, points[1] - radius)
            Ellipse(pos=place, size=(2 * radius, 2 * radius))
        else:
            Line(points=points, width=wide * unit / 2, cap="round", joint="round")
