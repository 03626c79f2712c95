"""Codes out of pictures. Every decoder is optional; the chain takes what is installed."""

from __future__ import annotations

from collections.abc import Sequence

from device.decoders.photo import LARGEST_FILE, LARGEST_PICTURE, read_picture
from device.decoders.zbar import Zbar
from device.decoders.zxing import Zxing
from device.errors import DecoderMissing
from device.ports import Decoder, Gray, Symbol

__all__ = [
    "LARGEST_FILE",
    "LARGEST_PICTURE",
    "Zbar",
    "Zxing",
    "available",
    "decode_picture",
    "missing",
    "read_picture",
]


MATRIX = frozenset({"qrcode", "aztec", "datamatrix", "pdf417"})
"""Formats with error correction over an area; the others are lines with a check digit at best."""


def available() -> list[Decoder]:
    """Return the decoders that are installed, best first."""
    return _found()[0]


def missing() -> list[DecoderMissing]:
    """Return one error for each decoder that is not installed, naming what to install."""
    return _found()[1]


def decode_picture(image: Gray, decoders: Sequence[Decoder]) -> list[Symbol]:
    """Return the codes of a still picture; the next decoder is asked only if the last saw none.

    Args:
        image: Gray picture.
        decoders: Best first, as from `available`.

    Returns:
        Each code once, in the order in which the decoder gave them, without line codes that lie
        inside a matrix code.
    """
    for decoder in decoders:
        symbols = _without_stripes(decoder.decode(image))
        if symbols:
            return list({(symbol.format, symbol.data): symbol for symbol in symbols}.values())
    return []


def _without_stripes(symbols: list[Symbol]) -> list[Symbol]:
    """Drop line codes seen in the stripes of a matrix code (an ITF in one of 22,861 tickets)."""
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


def _found() -> tuple[list[Decoder], list[DecoderMissing]]:
    found: list[Decoder] = []
    errors: list[DecoderMissing] = []
    for make in (Zxing, Zbar):
        try:
            found.append(make())
        except DecoderMissing as error:
            errors.append(error)
    return found, errors
