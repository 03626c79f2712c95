"""Picture files as gray arrays, bounded in size."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from device.errors import DecoderMissing, PictureUnreadable
from device.ports import Gray

if TYPE_CHECKING:
    from PIL.Image import Image

LARGEST_FILE = 64 * 1024 * 1024
"""Most bytes of a picture file that are read."""

LARGEST_PICTURE = 50_000_000
"""Most pixels of a picture; the largest phone cameras give 50 million."""

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")
"""Pictures that are opened, by content, whatever their names end with."""


def read_picture(path: Path) -> Gray:
    """Return a picture file's brightness; transparent parts are white.

    Args:
        path: PNG, JPEG, WebP, BMP or GIF (first frame).

    Raises:
        PictureUnreadable: The file can't be read, is no picture, is damaged or too large.
        DecoderMissing: The library that opens pictures is not installed.
    """
    try:
        import numpy
        from PIL import Image, UnidentifiedImageError
    except ImportError as error:
        raise DecoderMissing(
            f"Pictures can't be opened: {error.name or 'a library'} is not installed. "
            "Install entrance-control[pictures]."
        ) from error
    name = path.name[:80]
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise PictureUnreadable(f"{name} is too large a file; make it smaller than 64 MB.")
        with warnings.catch_warnings():
            # A bomb is refused below by its size; the library's own warning would be noise.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(path, formats=FORMATS)
        with picture:
            if picture.width * picture.height > LARGEST_PICTURE:
                raise PictureUnreadable(
                    f"{name} has too many pixels; make it smaller than 50 million."
                )
            return numpy.asarray(_gray(picture), dtype=numpy.uint8)
    except PictureUnreadable:
        raise
    except Image.DecompressionBombError as error:
        raise PictureUnreadable(
            f"{name} has too many pixels; make it smaller than 50 million."
        ) from error
    except UnidentifiedImageError as error:
        raise PictureUnreadable(
            f"{name} is no picture; PNG, JPEG, WebP, BMP and GIF can be read."
        ) from error
    except OSError as error:
        why = f" ({error.strerror})" if error.strerror else "; it may be damaged or incomplete"
        raise PictureUnreadable(f"{name} can't be read{why}.") from error
    except Exception as error:
        # The picture library promises no set of errors for damaged files.
        raise PictureUnreadable(f"{name} is damaged; take another picture.") from error


def _gray(picture: Image) -> Image:
    from PIL import Image

    if picture.mode.startswith(("I", "F")):
        # 16 bits per pixel: converting directly would clip all but the darkest to white.
        return picture.convert("I").point(lambda value: value / 256).convert("L")
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        with_alpha = picture.convert("RGBA")
        paper = Image.new("RGBA", with_alpha.size, "white")
        return Image.alpha_composite(paper, with_alpha).convert("L")
    return picture.convert("L")
