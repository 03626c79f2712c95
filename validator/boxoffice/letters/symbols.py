"""A code's symbol, in modules: whoever draws it chooses what a module measures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import segno

from validator.boxoffice.model import Code
from validator.boxoffice.records.barcodes import code128_bars, ean13_bars

_QR_QUIET, _BAR_QUIET = 4, 11
"""Empty modules around a symbol. Source: ISO/IEC 18004, ISO/IEC 15420."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """A symbol with its quiet zone.

    Args:
        width: In modules.
        height: In modules; bars are a third as high as they are wide, and may be drawn higher.
        dark: Left, top, width and height of each dark rectangle.
    """

    width: int
    height: int
    dark: tuple[tuple[int, int, int, int], ...]


def symbol_of(code: Code) -> Symbol:
    """Return what is drawn of a code."""
    if code.symbology == "qrcode":
        made = segno.make(code.text, error="m", mode="alphanumeric", micro=False, boost_error=False)
        side = len(made.matrix) + 2 * _QR_QUIET
        return Symbol(side, side, tuple(_runs(made.matrix)))
    widths = ean13_bars(code.text) if code.symbology == "ean13" else code128_bars(code.text)
    whole = sum(widths) + 2 * _BAR_QUIET
    height, left = whole // 3, _BAR_QUIET
    bars = []
    for place, width in enumerate(widths):
        if place % 2 == 0:
            bars.append((left, 0, width, height))
        left += width
    return Symbol(whole, height, tuple(bars))


def _runs(rows: Sequence[Sequence[int]]) -> Iterator[tuple[int, int, int, int]]:
    """Join the dark modules of each row that touch."""
    for y, row in enumerate(rows, _QR_QUIET):
        begin: int | None = None
        for x, dark in enumerate([*row, 0], _QR_QUIET):
            if dark and begin is None:
                begin = x
            elif not dark and begin is not None:
                yield begin, y, x - begin, 1
                begin = None
