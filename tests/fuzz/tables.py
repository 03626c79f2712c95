"""Readers of resellers' files."""

import io

from fuzz.folder import FOLDER
from validator.boxoffice.imports.codes import LONGEST, code_of, symbology_of
from validator.boxoffice.imports.dialect import LONGEST_LINE, SEPARATORS, Encoding, Form, lines
from validator.boxoffice.imports.preview import look
from validator.boxoffice.imports.problems import BadRow
from validator.boxoffice.imports.records import records
from validator.errors import FixRequest


def reseller_file(data: bytes) -> None:
    """A file is rows, some of them bad, or refused; a code is what it is when it is read again."""
    path = FOLDER / "sales.csv"
    path.write_bytes(data)
    try:
        seen = look(path)
    except FixRequest:
        seen = None
    if seen is not None:
        assert seen.rows >= len(seen.head) + len(seen.tail) >= 0
        assert seen.guess.first + seen.guess.last <= seen.rows
    for encoding in Encoding:
        for line in lines(io.BytesIO(data), encoding):
            assert line is None or len(line) <= LONGEST_LINE
        separator = SEPARATORS[len(data) % len(SEPARATORS)]
        for row in records(io.BytesIO(data), Form(encoding, separator)):
            for cell in [] if isinstance(row, BadRow) else row:
                _code(cell)


def _code(cell: str) -> None:
    try:
        text = code_of(cell, None)
    except BadRow:
        return
    assert 0 < len(text) <= LONGEST
    # A scanner's own mark is taken off once: behind it, its like belongs to the code.
    assert text.startswith("]") or code_of(text, None) == text
    assert symbology_of(text)
