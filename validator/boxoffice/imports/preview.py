"""A first look at a reseller's file: how it is written, and what stands in it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from pathlib import Path

from validator.boxoffice.imports.columns import MOST_COLUMNS, Guess, guess
from validator.boxoffice.imports.dialect import Form, Listener, refuse_foreign, separator_of
from validator.boxoffice.imports.lines import lines
from validator.boxoffice.imports.records import Record, records

_HEAD, _TAIL = 30, 10
_SAMPLE = 200
_FIRST_BYTES = 4096
_LONGEST_CELL = 100


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen.

    Args:
        form: How the file was read.
        rows: How many there are, blank ones too.
        head: The first rows.
        tail: The last rows that are not in the head.
        guess: What they most likely mean.
    """

    form: Form
    rows: int
    head: tuple[Record, ...]
    tail: tuple[Record, ...]
    guess: Guess


def look(path: Path, form: Form | None = None) -> Look:
    """Look at a file.

    Args:
        path: Where it is.
        form: How it is to be read; None = find out.

    Raises:
        FixRequest: It is empty, or no table of text.
    """
    form = form or _form_of(path)
    head: list[Record] = []
    tail: deque[Record] = deque(maxlen=_TAIL)
    count = 0
    with path.open("rb") as file:
        for count, row in enumerate(records(file, form), 1):
            (head if count <= _HEAD else tail).append(row)
    return Look(form, count, tuple(head), tuple(tail), guess(head, tail))


def shown(row: Record) -> list[str]:
    """Return a row's cells as a preview shows them; none of a row that can't be read."""
    cells = row[:MOST_COLUMNS] if isinstance(row, list) else []
    return [cell[:_LONGEST_CELL] for cell in cells]


def _form_of(path: Path) -> Form:
    with path.open("rb") as file:
        head = file.read(_FIRST_BYTES)
        refuse_foreign(head)
        listener, sample = Listener(head), list[bytes]()
        file.seek(0)
        for line in lines(file, listener.raw):
            listener.hear(line)
            if line and len(sample) < _SAMPLE:
                sample.append(line)
    encoding = listener.encoding
    return Form(encoding, separator_of([row.decode(encoding.codec, "replace") for row in sample]))
