"""A first look at a reseller's file: how it is written, and what its columns most likely mean."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from validator.boxoffice.imports.codes import code_of
from validator.boxoffice.imports.csv_rows import Row, read_rows
from validator.boxoffice.imports.dialect import Dialect, detect_dialect
from validator.boxoffice.imports.mapping import MOST_COLUMNS, OPTIONAL, Columns
from validator.boxoffice.imports.problems import BadRow, Problem
from validator.boxoffice.records.customer_index import folded

_HEAD, _TAIL = 30, 10
_LONGEST_CELL = 100

_HEADINGS = {
    "barcode": ("barcode", "bar code", "code barre", "codebarre", "strichcode", "codigo de barras"),
    "performance": ("performance", "seance", "date", "vorstellung", "funcion", "data", "fecha"),
    "tariff": ("tariff", "tarif", "category", "categorie", "kategorie", "categoria", "tarifa"),
    "zone": ("zone", "zona", "block", "bereich"),
    "seat": ("seat", "place", "siege", "platz", "asiento", "posto"),
    "status": ("statu", "etat", "estado", "stato"),
}
"""Beginnings of headings, without accents; the first that fits is taken."""

_WEAK = ("code", "ean", "qr", "ticket", "billet", "numero")

_DAMAGED_WORTH = 0.3
"""Of a code; prices look like damaged codes."""

_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z^._/+=-]{4,}")


@dataclass(frozen=True, slots=True)
class Guess:
    """What a file's rows most likely mean.

    Args:
        columns: None = no column looks like barcodes.
        first: Rows to leave out at the beginning.
        last: Rows to leave out at the end.
    """

    columns: Columns | None
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What the first and last rows of a file look like.

    Args:
        dialect: How the file was read.
        rows: How many there are, blank ones too.
        head: The first rows.
        tail: The last rows that are not in the head.
        guess: What they most likely mean.
    """

    dialect: Dialect
    rows: int
    head: tuple[Row, ...]
    tail: tuple[Row, ...]
    guess: Guess


def preview_file(path: Path, dialect: Dialect | None = None) -> Preview:
    """Look at the first and last rows of a file.

    Args:
        path: Where it is.
        dialect: How it is to be read; None = find out.

    Raises:
        FixRequest: It is empty, or no table of text.
    """
    dialect = dialect or detect_dialect(path)
    head: list[Row] = []
    tail: deque[Row] = deque(maxlen=_TAIL)
    count = 0
    with path.open("rb") as file:
        for count, row in enumerate(read_rows(file, dialect), 1):
            (head if count <= _HEAD else tail).append(row)
    return Preview(dialect, count, tuple(head), tuple(tail), guess(head, tail))


def preview_cells(row: Row) -> list[str]:
    """Return a row's cells as a preview shows them; none of a row that can't be read."""
    cells = row[:MOST_COLUMNS] if isinstance(row, list) else []
    return [cell[:_LONGEST_CELL] for cell in cells]


def guess(head: Sequence[Row], tail: Sequence[Row]) -> Guess:
    """Guess from a file's first and last rows.

    Args:
        head: The first rows, some dozen.
        tail: The last rows that are not in the head.
    """
    rows = [row if isinstance(row, list) else [] for row in head]
    width = min(max(map(len, rows), default=0), MOST_COLUMNS)
    if not width:
        return Guess(None, 0, 0)
    barcode = max(range(width), key=lambda place: _worth(rows, place))
    begin = next((at for at, row in enumerate(rows) if _coded(row, barcode)), None)
    if begin is None:
        return Guess(None, 0, 0)
    heading = rows[begin - 1] if begin else []
    last = 0
    for row in reversed(tail or rows[begin:]):
        if isinstance(row, list) and _coded(row, barcode):
            break
        last += 1
    named = {
        field: place
        for field in OPTIONAL
        if (place := _named(heading, _HEADINGS[field], barcode)) is not None
    }
    return Guess(Columns(barcode, **named), begin, last)


def _worth(rows: Sequence[Sequence[str]], place: int) -> tuple[float, int]:
    cells = [row[place] for row in rows if len(row) > place]
    codes = [cell for cell in cells if _is_code(cell)]
    headings = [folded(cell) for cell in cells if not _is_code(cell)]
    bonus = 0.0
    if any(text.startswith(_HEADINGS["barcode"]) for text in headings):
        bonus = 2.0
    elif any(text.startswith(_WEAK) for text in headings):
        bonus = 0.5
    damaged = sum(_damaged(cell) for cell in cells) * _DAMAGED_WORTH
    length = max(map(len, codes), default=0)
    return (bonus + (len(set(codes)) + damaged) / max(len(cells), 1), length)


def _coded(row: Sequence[str], place: int) -> bool:
    """Tell whether a row is of a ticket, be its code damaged."""
    return len(row) > place and (_is_code(row[place]) or _damaged(row[place]))


def _is_code(cell: str) -> bool:
    try:
        text = code_of(cell, None)
    except BadRow:
        return False
    return _CODE.fullmatch(text) is not None and any(sign.isdigit() for sign in text)


def _damaged(cell: str) -> bool:
    try:
        code_of(cell, None)
    except BadRow as bad:
        return bad.problem in (Problem.NUMBER, Problem.LONG_CODE, Problem.OWN)
    return False


def _named(heading: Sequence[str], words: Sequence[str], barcode: int) -> int | None:
    for place, cell in enumerate(heading[:MOST_COLUMNS]):
        if place != barcode and folded(cell).startswith(tuple(words)):
            return place
    return None
