"""Codes out of pictures. Every decoder is optional; the chain takes what is installed.

A picture goes in and symbols come out: no camera, no folder, no debouncing. camera/, the folder of
pictures and the scanner enter.
"""

from __future__ import annotations

from collections.abc import Sequence

from device.decoders.picture_file import read_picture
from device.decoders.still import decode_photo
from device.decoders.stripes import without_stripes
from device.decoders.zbar import Zbar
from device.decoders.zxing import Zxing
from device.errors import DecoderMissing
from device.ports import Decoder, Gray, Symbol

__all__ = [
    "Zbar",
    "Zxing",
    "available",
    "check_any",
    "decode_photo",
    "decode_picture",
    "missing",
    "read_picture",
]


def available() -> list[Decoder]:
    """Return the decoders that are installed, best first."""
    return _found()[0]


def missing() -> list[DecoderMissing]:
    """Return one error for each decoder that is not installed, naming what to install."""
    return _found()[1]


def check_any(decoders: Sequence[Decoder]) -> None:
    """Check that there is a decoder.

    Raises:
        DecoderMissing: There is none.
    """
    if not decoders:
        raise DecoderMissing(
            "No library that reads codes is installed. Install entrance-control[pictures]."
        )


def decode_picture(image: Gray, decoders: Sequence[Decoder]) -> list[Symbol]:
    """Return the codes of a picture quickly; the next decoder is asked only if the last saw none.

    Args:
        image: Gray picture.
        decoders: Best first, as from `available`.

    Returns:
        Each code once, in the order in which the decoder gave them, without line codes that lie
        inside a matrix code.
    """
    for decoder in decoders:
        symbols = without_stripes(decoder.decode(image))
        if symbols:
            return list({(symbol.format, symbol.data): symbol for symbol in symbols}.values())
    return []


def _found() -> tuple[list[Decoder], list[DecoderMissing]]:
    found: list[Decoder] = []
    errors: list[DecoderMissing] = []
    for make in (Zxing, Zbar):
        try:
            found.append(make())
        except DecoderMissing as error:
            errors.append(error)
    return found, errors
