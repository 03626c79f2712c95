"""zxing-cpp: QR, Aztec, PDF417, Data Matrix and the line codes of tickets."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from device.errors import DecoderMissing
from device.ports import Gray, Symbol

NAMES = {
    "QRCode": "qrcode",
    "Aztec": "aztec",
    "PDF417": "pdf417",
    "DataMatrix": "datamatrix",
    "Code128": "code128",
    "EAN13": "ean13",
    "ITF": "itf",
    "Code39": "code39",
}
"""Formats that tickets use: the library's name and ours."""

FAMILIES = NAMES | {"EANUPC": "ean13"}
"""The library names variants (ISBN, PZN, extended Code 39 …) and, with them, their family."""


class Zxing:
    """Reads ticket formats.

    Args:
        formats: Ours, of `NAMES`; fewer formats make an empty picture cheaper.
        thorough: Also turned line codes, shrunk and inverted ones; a third of the reads, three
            quarters of the time. QR and Aztec are read turned either way.
        turned: Also turned line codes, without being thorough.
        shrunk: Also at smaller sizes, without being thorough: evens out noise, costs QR a third.

    Raises:
        DecoderMissing: The library is not installed.
    """

    name = "zxing-cpp"

    def __init__(
        self,
        formats: Collection[str] = frozenset(NAMES.values()),
        thorough: bool = True,
        turned: bool = False,
        shrunk: bool = False,
    ) -> None:
        _library()
        self._formats = tuple(name for name in NAMES if NAMES[name] in formats)
        self._turned = thorough or turned
        self._shrunk = thorough or shrunk
        self._inverted = thorough

    def decode(self, image: Gray) -> list[Symbol]:
        """Return every code found."""
        symbols = []
        library = _library()
        kinds = [getattr(library.BarcodeFormat, name) for name in self._formats]
        for found in library.read_barcodes(
            image,
            formats=library.BarcodeFormats(kinds),
            try_rotate=self._turned,
            try_downscale=self._shrunk,
            try_invert=self._inverted,
        ):
            data = bytes(found.bytes)
            place = found.position
            corners = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
            symbols.append(
                Symbol(
                    text=_text(data, found),
                    data=data,
                    format=FAMILIES[found.symbology.name],
                    corners=tuple((corner.x, corner.y) for corner in corners),
                )
            )
        return symbols


def _library() -> Any:
    """Return the library, of which no object is kept.

    It complains at the program's end of what is left of it, and Kivy never lets go of an app and
    of what hangs on it.
    """
    try:
        import zxingcpp
    except ImportError as error:
        raise DecoderMissing(
            "zxing-cpp is not installed; it reads most codes. Install entrance-control[pictures]."
        ) from error
    return zxingcpp


def _text(data: bytes, found: Any) -> str | None:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        # Named in the code, or plain from it: Latin-1, Shift JIS … A guess that holds control
        # characters was none.
        if found.content_type.name != "Text":
            return None
        text: str = found.text
        return text if text.replace("\r\n", "\n").replace("\n", "").isprintable() else None
