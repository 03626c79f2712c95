"""What can be wrong with a row of a reseller's file."""

from __future__ import annotations

from enum import StrEnum

from validator.errors import FixRequest


class Trouble(StrEnum):
    """Why a row was not listed, or what the organiser should know of it."""

    LONG_ROW = "long_row"
    NUL = "nul"
    ENCODING = "encoding"
    QUOTE = "quote"
    SHORT_ROW = "short_row"
    EMPTY = "empty"
    NUMBER = "number"
    ZEROS = "zeros"
    LONG_CODE = "long_code"
    SIGNS = "signs"
    OWN = "own"
    UNREADABLE = "unreadable"
    HEADING = "heading"
    PERFORMANCE = "performance"
    TARIFF = "tariff"
    ZONE = "zone"
    SEAT = "seat"
    DUPLICATE = "duplicate"
    DISTRIBUTOR = "distributor"
    ELSEWHERE = "elsewhere"
    SEAT_SOLD = "seat_sold"
    SEAT_TWICE = "seat_twice"
    TAKEN_BACK = "taken_back"
    DIFFERS = "differs"


KNOWN = (Trouble.TAKEN_BACK, Trouble.DIFFERS)
"""Of a row whose code was listed before: it stays as it is."""

READABLE = (Trouble.DUPLICATE, Trouble.HEADING)
"""Such a row hides no ticket: its code, if it has one, stands in another row."""

_SENTENCES = {
    Trouble.LONG_ROW: "is longer than any row of tickets, or a quote in it was never closed",
    Trouble.NUL: "holds NUL bytes: this is no text",
    Trouble.ENCODING: "is in another encoding than the rest",
    Trouble.QUOTE: "has a quote that is not closed",
    Trouble.SHORT_ROW: "ends before the column of the barcode",
    Trouble.EMPTY: "has no barcode",
    Trouble.NUMBER: (
        "holds a number that a spreadsheet rounded, the code's digits are lost: export the column"
        " as text"
    ),
    Trouble.ZEROS: (
        "has lost the zeros at its beginning: export the column as text, or give the number of"
        " digits"
    ),
    Trouble.LONG_CODE: "has a code of more than {detail} characters",
    Trouble.SIGNS: "has a character that no barcode has: is it the right column and encoding?",
    Trouble.OWN: "has a code that this box office signed itself",
    Trouble.UNREADABLE: "has a code that no scanner could read",
    Trouble.HEADING: "repeats the heading",
    Trouble.PERFORMANCE: "names a performance that is not known, or more than one: {detail}",
    Trouble.TARIFF: "names a tariff that is not known: {detail}",
    Trouble.ZONE: "names a zone that is not known: {detail}",
    Trouble.SEAT: "has a seat of more than 40 characters",
    Trouble.DUPLICATE: "has the code of row {detail} once more",
    Trouble.DISTRIBUTOR: "has a code that is listed for {detail}",
    Trouble.ELSEWHERE: "has a code that is listed for performance {detail}",
    Trouble.SEAT_SOLD: "has a seat that is sold to ticket {detail}",
    Trouble.SEAT_TWICE: "has a seat that another row has as well",
    Trouble.TAKEN_BACK: "is known, and its ticket {detail} was taken back; it stays so",
    Trouble.DIFFERS: "is known as ticket {detail}, with another tariff, zone or seat; it stays so",
}


def sentence(trouble: Trouble, detail: str) -> str:
    """Return what is said of a row, after "Row 12"."""
    return _SENTENCES[trouble].format(detail=detail)


class BadRow(FixRequest):
    """A row can't be listed.

    Args:
        trouble: Why.
        detail: What the sentence names; never the code.
    """

    def __init__(self, trouble: Trouble, detail: str = "") -> None:
        super().__init__(f"The row {sentence(trouble, detail)}.")
        self.trouble = trouble
        self.detail = detail
