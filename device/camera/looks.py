"""Ways to look at one frame, cheap ones and dear ones."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial

from device.decoders import decode_picture
from device.decoders.stripes import MATRIX
from device.decoders.zbar import NAMES as ZBAR_NAMES
from device.decoders.zbar import Zbar
from device.decoders.zxing import NAMES as ZXING_NAMES
from device.decoders.zxing import Zxing
from device.ports import Decoder, Gray, Symbol

BLUR_SIGMA = 1.2
"""Pixels; evens out noise in the dark and the grid of a screen that was filmed."""

SHARPER_SIGMA, SHARPER_SHARE = 4, 1.5
"""Of the unsharp mask, at twice the size; measured, it rescues a third of what blur hides."""

QUICK = frozenset({"qrcode"})
"""Looked for in every frame: nothing else is found as fast (measured: a fifth of all formats)."""

ALL = frozenset(ZXING_NAMES.values())

Look = Callable[[Gray], list[Symbol]]
"""Finds codes in a frame."""


def quick_look(decoders: Sequence[Decoder], formats: Collection[str]) -> Look:
    """Return the look that each frame gets.

    Args:
        decoders: Installed ones, best first, at least one.
        formats: Symbologies that are looked for; empty = all.
    """
    if not _has(decoders, Zxing):
        return _smaller(narrowed(decoders, formats or ALL)[0].decode)
    quick = QUICK & frozenset(formats) if formats else QUICK
    return Zxing(quick or formats, thorough=False, shrunk=True).decode


def further_looks(decoders: Sequence[Decoder], formats: Collection[str]) -> list[Look]:
    """Return the looks that take turns on frames in which the quick one found nothing.

    Args:
        decoders: Installed ones, best first, at least one.
        formats: Symbologies that are looked for; empty = all.
    """
    asked = frozenset(formats) or ALL
    narrow = narrowed(decoders, asked)
    fast: Decoder = Zxing(asked, thorough=False) if _has(decoders, Zxing) else narrow[0]
    looks: list[Look] = [lambda frame: fast.decode(_blurred(frame))]
    if zbar := [one for one in narrow if isinstance(one, Zbar)]:
        looks.append(_smaller(zbar[0].decode))
        looks.append(_in_the_middle(zbar[0].decode))
    looks.append(_in_the_middle(_sharper(fast.decode)))
    if _has(decoders, Zxing) and (rest := asked - QUICK):
        looks.append(Zxing(rest, thorough=False).decode)
        if lines := rest - MATRIX:
            looks.append(Zxing(lines, thorough=False, turned=True).decode)
    return looks


def full_looks(decoders: Sequence[Decoder], formats: Collection[str]) -> list[Look]:
    """Return the looks at a whole frame that are too dear for most: one each now and then.

    Args:
        decoders: Installed ones, best first, at least one.
        formats: Symbologies that are looked for; empty = all. The others are looked for in every
            second look, less hard, to be told.
    """
    looks = [partial(_decoded, decoder) for decoder in narrowed(decoders, formats or ALL)]
    if not formats or not _has(decoders, Zxing):
        return list(looks)
    strangers = partial(_decoded, Zxing(thorough=False))
    return [look for hard in looks for look in (hard, strangers)]


def narrowed(decoders: Sequence[Decoder], formats: Collection[str]) -> list[Decoder]:
    """Return decoders that look for some symbologies only, if they can choose.

    Args:
        decoders: Installed ones, best first, at least one.
        formats: Symbologies.
    """
    found: list[Decoder] = []
    for one in decoders:
        if isinstance(one, Zxing):
            found.append(Zxing(formats))
        elif not isinstance(one, Zbar):
            found.append(one)
        elif read := frozenset(formats) & frozenset(ZBAR_NAMES.values()):
            found.append(Zbar(read))
    return found or list(decoders)


def _has(decoders: Sequence[Decoder], kind: type[Decoder]) -> bool:
    return any(isinstance(one, kind) for one in decoders)


def _decoded(decoder: Decoder, frame: Gray) -> list[Symbol]:
    return decode_picture(frame, [decoder])


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


def _in_the_middle(look: Look) -> Look:
    """Look at the middle half alone: small codes, and damaged ones, are held there."""
    import numpy

    def at_middle(frame: Gray) -> list[Symbol]:
        height, width = frame.shape
        top, left = height // 4, width // 4
        part = numpy.ascontiguousarray(frame[top : height - top, left : width - left])
        return [symbol.scaled(1, left, top) for symbol in look(part)] if part.size else []

    return at_middle


def _sharper(look: Look) -> Look:
    """Look at twice the size, with an unsharp mask: what is small, or out of focus."""
    import cv2

    def at_double(frame: Gray) -> list[Symbol]:
        large = cv2.resize(frame, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
        haze = cv2.GaussianBlur(large, (0, 0), SHARPER_SIGMA)
        sharp = cv2.addWeighted(large, 1 + SHARPER_SHARE, haze, -SHARPER_SHARE, 0)
        return [symbol.scaled(0.5) for symbol in look(_bytes(sharp))]

    return at_double


def _bytes(picture: object) -> Gray:
    """Name what OpenCV gives back: its types don't know that eight bits stay eight bits."""
    import numpy

    return numpy.asarray(picture, dtype=numpy.uint8)
