"""Clean-up of what decoders and scanners add around a code, before anything reads it."""

from __future__ import annotations

import re
from typing import NamedTuple

from validator.bounds import LONGEST_CODE
from validator.errors import TokenError
from validator.model import Reason

_ENDS = "\r\n\t\x1d"
_ECI = re.compile(r"\\000[0-9]{3}")
_AIM = re.compile(r"\]([ACEFGILQdz])([0-9A-Za-z])")
_SYMBOLOGY = {
    "A": "code39",
    "C": "code128",
    "E": "ean13",
    "F": "codabar",
    "G": "code93",
    "I": "itf",
    "L": "pdf417",
    "Q": "qrcode",
    "d": "datamatrix",
    "z": "aztec",
}


class Scanned(NamedTuple):
    """A code without its wrapping.

    Args:
        text: What stands in the symbol; not empty.
        symbology: As the decoder named it, or as the scanner's prefix does; None = not known.
    """

    text: str
    symbology: str | None


def clean(text: str, symbology: str | None = None) -> Scanned:
    r"""Take off line ends, tabs and group separators, ECI marks and AIM symbology identifiers.

    An AIM identifier (`]Q3`, `]C1`) is taken off only while the symbology is not known: scanners
    send it in place of naming the symbology, and a decoder that names one never adds it. An ECI
    mark is a backslash and an assigned number (`\000026` is UTF-8). Blanks stay, since they are
    characters of Code 39 and Code 128. Cleaning what is clean changes nothing.

    Args:
        text: As it came from the decoder, at most `LONGEST_CODE` characters.
        symbology: As the decoder names it, such as `qrcode`; None = it doesn't.

    Raises:
        TokenError: `malformed`: the text is blank, too long, or no Unicode.

    Source: ISO/IEC 15424 (symbology identifiers), AIM ECI assignments (000000 to 000899).
    """
    if len(text) > LONGEST_CODE:
        raise TokenError(Reason.MALFORMED, "The code is longer than any ticket's: scan again.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise TokenError(Reason.MALFORMED, "The code is no text: scan the ticket's own.") from None
    text = text.strip(_ENDS)
    while True:
        if _ECI.match(text):
            text = text[7:].strip(_ENDS)
        elif symbology is None and (mark := _AIM.match(text)):
            symbology = "ean8" if mark[0] == "]E4" else _SYMBOLOGY[mark[1]]
            text = text[3:].strip(_ENDS)
        else:
            break
    if not text.strip():
        raise TokenError(Reason.MALFORMED, "Nothing was read: scan the ticket again.")
    return Scanned(text, symbology)
