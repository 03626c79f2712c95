"""Ways to look at one frame, cheap ones and dear ones."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from device.decoders.stripes import MATRIX
from device.decoders.zbar import NAMES as ZBAR_NAMES
from device.decoders.zbar import Zbar
from device.decoders.zxing import NAMES as ZXING_NAMES
from device.decoders.zxing import Zxing
from device.ports import Decoder, Gray, Symbol

BLUR_SIGMA = 1.2
"""Pixels; evens out noise in the dark and the grid of a screen that was filmed."""

QUICK = frozenset({"qrcode"})
"""Looked for in every frame: nothing else is found as fast (measured: a fifth of all formats)."""

Look = Callable[[Gray], list[Symbol]]
"""Finds codes in a frame."""


def quick_look(decoders: Sequence[Decoder], formats: Collection[str]) -> Look:
    """Return the look that each frame gets.

    Args:
        decoders: Installed ones, best first, at least one.
        formats: Symbologies that are looked for; empty = all.
    """
    if not _has(decoders, Zxing):
        return _smaller(_narrowed(decoders, formats)[0].decode)
    quick = QUICK & frozenset(formats) if formats else QUICK
    return Zxing(quick or formats, thorough=False, shrunk=True).decode


def further_looks(decoders: Sequence[Decoder], formats: Collection[str]) -> list[Look]:
    """Return the looks that take turns on frames in which the quick one found nothing.

    Args:
        decoders: Installed ones, best first, at least one.
        formats: Symbologies that are looked for; empty = all.
    """
    asked = frozenset(formats) or frozenset(ZXING_NAMES.values())
    narrow = _narrowed(decoders, asked)
    fast: Decoder = Zxing(asked, thorough=False) if _has(decoders, Zxing) else narrow[0]
    looks: list[Look] = [lambda frame: fast.decode(_blurred(frame))]
    if zbar := [one for one in narrow if isinstance(one, Zbar)]:
        looks.append(_smaller(zbar[0].decode))
        looks.append(lambda frame: _middle(zbar[0], frame, 1))
    looks.append(lambda frame: _middle(fast, frame, 2))
    if _has(decoders, Zxing) and (rest := asked - QUICK):
        looks.append(Zxing(rest, thorough=False).decode)
        if lines := rest - MATRIX:
            looks.append(Zxing(lines, thorough=False, turned=True).decode)
    return looks


def _has(decoders: Sequence[Decoder], kind: type[Decoder]) -> bool:
    return any(isinstance(one, kind) for one in decoders)


def _narrowed(decoders: Sequence[Decoder], formats: Collection[str]) -> list[Decoder]:
    """Return the decoders, the ones with a choice of formats for these only."""
    found: list[Decoder] = []
    for one in decoders:
        if isinstance(one, Zbar):
            asked = frozenset(formats) & frozenset(ZBAR_NAMES.values())
            found += [Zbar(asked)] if asked else []
        else:
            found.append(one)
    return found or list(decoders)


def _smaller(look: Look) -> Look:
    """Look at half the size: a quarter of the time, and the grid of a screen is evened out."""
    import cv2

    def at_half(frame: Gray) -> list[Symbol]:
        half = cv2.resize(frame, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        return [symbol.scaled(2) for symbol in look(_bytes(half))]

    return at_half


def _blurred(frame: Gray) -> Gray:
    import cv2

    return _bytes(cv2.GaussianBlur(frame, (0, 0), BLUR_SIGMA))


def _middle(decoder: Decoder, frame: Gray, times: int) -> list[Symbol]:
    """Look at the middle half alone, so many times as large: small codes are held there."""
    import cv2

    height, width = frame.shape
    top, left = height // 4, width // 4
    part = frame[top : height - top, left : width - left]
    if part.size == 0:
        return []
    large = cv2.resize(part, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC)
    return [symbol.scaled(1 / times, left, top) for symbol in decoder.decode(_bytes(large))]


def _bytes(picture: object) -> Gray:
    """Name what OpenCV gives back: its types don't know that eight bits stay eight bits."""
    import numpy

    return numpy.asarray(picture, dtype=numpy.uint8)
