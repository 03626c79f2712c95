"""Rows of cells, whatever the file: a row that can't be read stops nothing."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from validator.boxoffice.imports.dialect import LONGEST_LINE, Dialect, lines
from validator.boxoffice.imports.problems import BadRow, Problem

MOST_LINES = 20
"""Lines of one row, whose quoted cells may hold line ends."""

Row = list[str] | BadRow
"""Cells of a row, none for a blank one; or why it can't be read."""


def read_rows(file: BinaryIO, dialect: Dialect) -> Iterator[Row]:
    """Yield the rows of a file; the first one is row 1, as in a spreadsheet.

    Args:
        file: At its beginning.
        dialect: How it is read.

    Source: RFC 4180, with any separator, any line end, and mistakes that don't spread.
    """
    text = _Text(lines(file, dialect.encoding), dialect.encoding.codec)
    separator = dialect.separator
    for line in text:
        if isinstance(line, BadRow):
            yield line
        elif '"' in line:
            yield _quoted(line, text, separator)
        else:
            yield line.split(separator) if line else []


def trimmed(rows: Iterable[Row], first: int, last: int) -> Iterator[tuple[int, Row]]:
    """Yield rows with their numbers, without some at both ends.

    Args:
        rows: All of them.
        first: How many to leave out at the beginning.
        last: How many to leave out at the end.
    """
    ahead: deque[tuple[int, Row]] = deque()
    for number, row in enumerate(rows, 1):
        if number <= first:
            continue
        ahead.append((number, row))
        if len(ahead) > last:
            yield ahead.popleft()


class _Text:
    """Decoded lines; some may be put back."""

    def __init__(self, source: Iterator[bytes | None], codec: str) -> None:
        self._source = source
        self._codec = codec
        self._back: deque[str | BadRow] = deque()

    def __iter__(self) -> Iterator[str | BadRow]:
        while True:
            line = self.next()
            if line is None:
                return
            yield line

    def next(self) -> str | BadRow | None:
        if self._back:
            return self._back.popleft()
        for line in self._source:
            if line is None:
                return BadRow(Problem.LONG_ROW)
            if 0 in line:
                return BadRow(Problem.NUL)
            try:
                return line.decode(self._codec)
            except UnicodeDecodeError:
                return BadRow(Problem.ENCODING)
        return None

    def put_back(self, taken: Iterable[str | BadRow]) -> None:
        self._back.extendleft(reversed(list(taken)))


def _quoted(first: str, text: _Text, separator: str) -> Row:
    """Read a row with quotes; if one is not closed soon, the lines after it are rows again."""
    taken: list[str | BadRow] = []

    def parts() -> Iterator[str]:
        yield first + "\n"
        size = len(first)
        while len(taken) < MOST_LINES - 1:
            line = text.next()
            if line is None:
                return
            taken.append(line)
            size += 0 if isinstance(line, BadRow) else len(line)
            if isinstance(line, BadRow) or size > LONGEST_LINE:
                return
            yield line + "\n"

    try:
        cells = next(csv.reader(parts(), delimiter=separator, strict=True), [])
    except csv.Error:
        text.put_back(taken)
        return BadRow(Problem.QUOTE)
    return cells
