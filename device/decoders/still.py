"""Codes out of one still photo, which has no next frame: every way is tried until one sees."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from device.decoders.stripes import without_stripes
from device.decoders.zbar import Zbar
from device.double_read import DOUBTFUL
from device.ports import Decoder, Gray, Symbol

SHARPER_SIGMA, SHARPER_PERCENT = 4, 150
"""Of the unsharp mask that brings back what was out of focus, after enlarging."""

BLUR_SIGMA = 1.2
"""Pixels; evens out grain and the grid of a screen."""

LARGEST_DOUBLED = 4_000_000
"""Pixels of a photo up to which it is enlarged; in a larger one codes are large enough."""

Look = Callable[[Gray], list[Symbol]]


def decode_photo(photo: Gray, decoders: Sequence[Decoder]) -> list[Symbol]:
    """Return the codes of a still photo.

    As it is, then enlarged and sharpened, blurred, and at half its size: the dear ways only if
    the cheap ones saw nothing. A number with one check digit (EAN-13, ITF) must be read in two
    ways alike.

    Args:
        photo: Gray picture, not changed.
        decoders: Best first, as from `available`.

    Returns:
        Each code once, without line codes that lie inside a matrix code.
    """
    found: dict[tuple[str, bytes], Symbol] = {}
    sure: set[tuple[str, bytes]] = set()
    for look in _looks(photo, decoders):
        for symbol in without_stripes(look(photo)):
            key = symbol.format, symbol.data
            if key in found or symbol.format not in DOUBTFUL:
                sure.add(key)
            found.setdefault(key, symbol)
        if sure and len(sure) == len(found):
            break
    return [symbol for key, symbol in found.items() if key in sure]


def _looks(photo: Gray, decoders: Sequence[Decoder]) -> Iterator[Look]:
    yield from (decoder.decode for decoder in decoders)
    zbar = [one for one in decoders if isinstance(one, Zbar)]
    others = [one for one in decoders if not isinstance(one, Zbar)]
    small = photo.size <= LARGEST_DOUBLED
    for decoder in others:
        if small:
            yield _scaled(decoder, 2, _doubled_and_sharpened)
        yield _scaled(decoder, 1, _blurred)
    for decoder in zbar:
        if small:
            yield _scaled(decoder, 2, _doubled)
        yield _scaled(decoder, 0.5, _half)


def _scaled(decoder: Decoder, scale: float, change: Callable[[Gray], Gray]) -> Look:
    def look(photo: Gray) -> list[Symbol]:
        return [symbol.scaled(1 / scale) for symbol in decoder.decode(change(photo))]

    return look


def _doubled(photo: Gray) -> Gray:
    import numpy
    from PIL import Image

    size = photo.shape[1] * 2, photo.shape[0] * 2
    large = Image.fromarray(photo).resize(size, Image.Resampling.BICUBIC)
    return numpy.asarray(large, dtype=numpy.uint8)


def _doubled_and_sharpened(photo: Gray) -> Gray:
    import numpy
    from PIL import Image, ImageFilter

    mask = ImageFilter.UnsharpMask(SHARPER_SIGMA, SHARPER_PERCENT, 0)
    return numpy.asarray(Image.fromarray(_doubled(photo)).filter(mask), dtype=numpy.uint8)


def _blurred(photo: Gray) -> Gray:
    import numpy
    from PIL import Image, ImageFilter

    even = Image.fromarray(photo).filter(ImageFilter.GaussianBlur(BLUR_SIGMA))
    return numpy.asarray(even, dtype=numpy.uint8)


def _half(photo: Gray) -> Gray:
    import numpy
    from PIL import Image

    return numpy.asarray(Image.fromarray(photo).reduce(2), dtype=numpy.uint8)
