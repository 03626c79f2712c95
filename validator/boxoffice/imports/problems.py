"""What can be wrong with a row of a reseller's file."""

from __future__ import annotations

from enum import StrEnum

from validator.errors import FixRequest


class Problem(StrEnum):
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


READABLE = (Problem.DUPLICATE, Problem.HEADING)
"""Such a row hides no ticket: its code, if it has one, stands in another row."""

_SENTENCES = {
    Problem.LONG_ROW: "is longer than any row of tickets, or a quote in it was never closed",
    Problem.NUL: "holds NUL bytes: this is no text",
    Problem.ENCODING: "is in another encoding than the rest",
    Problem.QUOTE: "has a quote that is not closed",
    Problem.SHORT_ROW: "ends before the column of the barcode",
    Problem.EMPTY: "has no barcode",
    Problem.NUMBER: (
        "holds a number that a spreadsheet rounded, the code's digits are lost: export the column"
        " as text"
    ),
    Problem.ZEROS: (
        "has lost the zeros at its beginning: export the column as text, or give the number of"
        " digits"
    ),
    Problem.LONG_CODE: "has a code of more than {detail} characters",
    Problem.SIGNS: "has a character that no barcode has: is it the right column and encoding?",
    Problem.OWN: "has a code that this box office signed itself",
    Problem.UNREADABLE: "has a code that no scanner could read",
    Problem.HEADING: "repeats the heading",
    Problem.PERFORMANCE: "names a performance that is not known, or more than one: {detail}",
    Problem.TARIFF: "names a tariff that is not known: {detail}",
    Problem.ZONE: "names a zone that is not known: {detail}",
    Problem.SEAT: "has a seat of more than 40 characters",
    Problem.DUPLICATE: "has the code of row {detail} once more",
    Problem.DISTRIBUTOR: "has a code that is listed for {detail}",
    Problem.ELSEWHERE: "has a code that is listed for performance {detail}",
    Problem.SEAT_SOLD: "has a seat that is sold to ticket {detail}",
    Problem.SEAT_TWICE: "has a seat that another row has as well",
    Problem.TAKEN_BACK: "is known, and its ticket {detail} was taken back; it stays so",
    Problem.DIFFERS: "is known as ticket {detail}, with another tariff, zone or seat; it stays so",
}


def sentence(problem: Problem, detail: str) -> str:
    """Return what is said of a row, after "Row 12"."""
    return _SENTENCES[problem].format(detail=detail)


class BadRow(FixRequest):
    """A row can't be listed.

    Args:
        problem: Why.
        detail: What the sentence names; never the code.
    """

    def __init__(self, problem: Problem, detail: str = "") -> None:
        super().__init__(f"The row {sentence(problem, detail)}.")
        self.problem = problem
        self.detail = detail
