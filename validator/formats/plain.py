"""Plain codes, which are looked up: one canonical text for each way of reading the same symbol."""

from __future__ import annotations

from validator.formats.infomaniak import ticket_code
from validator.formats.scanned import Scanned


def canonical(code: Scanned) -> Scanned:
    """Return the text by which a plain code is listed and found.

    * Infomaniak's QR text becomes the code inside it.
    * A UPC-A symbol is an EAN-13 symbol that begins with 0, and decoders differ in what they say
      of it: 12 digits become the 13 of `ean13`. Only where the symbology is known to be of that
      family and the check digit is right: a Code 128 ticket `036000291452` must not be taken for
      another one, `0036000291452`. A scanner that doesn't name the symbology has to be set to
      send UPC-A as 13 digits, or to send AIM identifiers; else such a code is unknown, but never
      somebody else's.
    * Everything else stays as it is: case and blanks count. The symbology is not a part of the
      identity, so that a code reprinted as a QR code is still the same.

    What is canonical stays what it is.

    Args:
        code: Cleaned text, with its symbology if that is known.

    Source: GS1 General Specifications, sections 5.2 (EAN/UPC symbols) and 7.9 (check digit).
    """
    text = ticket_code(code.text) or code.text
    if code.symbology in ("upca", "ean13") and len(text) == 12 and _check_digit_fits(text):
        return Scanned("0" + text, "ean13")
    return Scanned(text, code.symbology)


def _check_digit_fits(digits: str) -> bool:
    if not (digits.isascii() and digits.isdigit()):
        return False
    weighted = (int(digit) * (3 if at % 2 == 0 else 1) for at, digit in enumerate(digits))
    return sum(weighted) % 10 == 0
