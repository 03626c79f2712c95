"""One barcode as a reseller's file has it, made what a lane reads."""

from __future__ import annotations

import re

from validator.boxoffice.imports.problems import BadRow, Problem
from validator.boxoffice.records.barcodes import is_code128, is_ean13
from validator.errors import TokenError
from validator.keys import KeyRing
from validator.model import Opaque
from validator.token import PREFIX, read

LONGEST_CODE = 200
"""Characters of a code."""

_EAN_DIGITS = 13
_SHORTEST_EAN = 8

_RING = KeyRing({}, bytes(32))
_ROUNDED = re.compile(r"[0-9]([.,][0-9]+)?[eE]\+[0-9]+|[0-9]+[.,]0+")
_FORMULA = re.compile(r'="([^"]*)"')


def code_of(cell: str, digits: int | None) -> str:
    """Return the canonical text of a code, as it is looked up at a lane.

    Blanks at its ends are left out, and so is a spreadsheet's `="…"`.

    Args:
        cell: As it stands in the file.
        digits: How many digits a code of digits has at least; zeros are put before shorter ones.

    Raises:
        BadRow: It is no code that a lane could read, or a spreadsheet has damaged it.
    """
    text = cell.strip()
    if formula := _FORMULA.fullmatch(text):
        text = formula[1].strip()
    if not text:
        raise BadRow(Problem.EMPTY)
    if len(text) > LONGEST_CODE:
        raise BadRow(Problem.LONG_CODE, str(LONGEST_CODE))
    if not (text.isascii() and text.isprintable()):
        raise BadRow(Problem.SIGNS)
    if text.isdigit():
        text = text.zfill(digits or 0)
    elif _ROUNDED.fullmatch(text):
        raise BadRow(Problem.NUMBER)
    elif text[: len(PREFIX)].upper() == PREFIX:
        raise BadRow(Problem.OWN)
    try:
        reading = read(text, _RING)
    except TokenError as error:
        raise BadRow(Problem.UNREADABLE) from error
    if not isinstance(reading, Opaque):
        raise BadRow(Problem.OWN)
    bare = reading.text.strip()
    # What stands behind a scanner's own mark is looked at like any other; its like is a code there.
    return bare if bare == text or bare.startswith("]") else code_of(bare, digits)


def symbology_of(text: str) -> str:
    """Return the symbol in which a code is printed here; which the reseller took is not known."""
    if is_ean13(text):
        return "ean13"
    return "code128" if is_code128(text) else "qrcode"


def lost_zeros(text: str) -> bool:
    """Tell whether a code would be an EAN-13, had it zeros at its beginning."""
    return (
        text.isdigit()
        and _SHORTEST_EAN <= len(text) < _EAN_DIGITS
        and is_ean13(text.zfill(_EAN_DIGITS))
    )
