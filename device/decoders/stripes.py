"""Line codes that only seem to be there: the stripes of a matrix code."""

from __future__ import annotations

from collections.abc import Sequence

from device.ports import Symbol

MATRIX = frozenset({"qrcode", "aztec", "datamatrix", "pdf417"})
"""Formats with error correction over an area; the others are lines with a check digit at best."""


def without_stripes(symbols: Sequence[Symbol]) -> list[Symbol]:
    """Drop line codes seen in the stripes of a matrix code (an ITF in one of 22,861 tickets).

    Args:
        symbols: Of one picture, with their corners.
    """
    areas = [_box(symbol) for symbol in symbols if symbol.format in MATRIX]
    return [
        symbol
        for symbol in symbols
        if symbol.format in MATRIX or not any(_inside(_box(symbol), area) for area in areas)
    ]


def _box(symbol: Symbol) -> tuple[int, int, int, int]:
    across = [x for x, _ in symbol.corners]
    down = [y for _, y in symbol.corners]
    return min(across), min(down), max(across), max(down)


def _inside(small: tuple[int, int, int, int], large: tuple[int, int, int, int]) -> bool:
    middle_x, middle_y = (small[0] + small[2]) / 2, (small[1] + small[3]) / 2
    return large[0] <= middle_x <= large[2] and large[1] <= middle_y <= large[3]
