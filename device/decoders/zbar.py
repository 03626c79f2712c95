"""zbar: reads damaged prints and cracked screens that others give up on."""

from __future__ import annotations

from collections.abc import Collection

from device.double_read import DOUBTFUL
from device.errors import DecoderMissing
from device.ports import Gray, Symbol

NAMES = {"QRCODE": "qrcode", "CODE128": "code128", "EAN13": "ean13"}
"""Formats asked for. ITF and Code 39 are left out: they gave every false reading measured."""


class Zbar:
    """Reads QR, Code 128 and EAN-13.

    Args:
        formats: Ours, of `NAMES`; fewer make a picture cheaper.

    Raises:
        DecoderMissing: pyzbar or the system's libzbar is not installed.
    """

    name = "zbar"

    def __init__(self, formats: Collection[str] = frozenset(NAMES.values())) -> None:
        try:
            from pyzbar import pyzbar
        except ImportError as error:
            raise DecoderMissing(
                "zbar is not installed; it reads damaged codes. Install entrance-control[pictures] "
                "and the system's libzbar (Debian: apt install libzbar0)."
            ) from error
        self._decode = pyzbar.decode
        self._kinds = [pyzbar.ZBarSymbol[name] for name in NAMES if NAMES[name] in formats]

    def decode(self, image: Gray) -> list[Symbol]:
        """Return every code found whose bytes are certain."""
        symbols = []
        for found in self._decode(image, symbols=self._kinds):
            data = bytes(found.data)
            text = _text(data)
            if text is None:
                continue
            symbols.append(
                Symbol(
                    text=text,
                    data=data,
                    format=NAMES[found.type],
                    corners=_corners(found.polygon, found.rect),
                )
            )
        return _undisputed(symbols)


def _undisputed(symbols: list[Symbol]) -> list[Symbol]:
    """Drop numbers that dispute each other: lines through a damaged code gave different ones."""
    numbers = {symbol.data for symbol in symbols if symbol.format in DOUBTFUL}
    return symbols if len(numbers) <= 1 else [one for one in symbols if one.data not in numbers]


def _text(data: bytes) -> str | None:
    """Return plain ASCII only: the library re-codes any other byte by guessing."""
    return data.decode("ascii") if data.isascii() else None


def _corners(
    polygon: list[tuple[int, int]], box: tuple[int, int, int, int]
) -> tuple[tuple[int, int], ...]:
    if len(polygon) == 4:
        return tuple((int(x), int(y)) for x, y in polygon)
    left, top, width, height = box
    right, bottom = left + width, top + height
    return ((left, top), (right, top), (right, bottom), (left, bottom))
