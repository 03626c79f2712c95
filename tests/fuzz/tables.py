"""Readers of resellers' files."""

import io

from fuzz.folder import FOLDER
from validator.boxoffice.imports.codes import LONGEST_CODE, code_of, symbology_of
from validator.boxoffice.imports.csv_rows import read_rows
from validator.boxoffice.imports.dialect import LONGEST_LINE, SEPARATORS, Dialect, Encoding, lines
from validator.boxoffice.imports.preview import preview_file
from validator.boxoffice.imports.problems import BadRow
from validator.errors import FixRequest


def reseller_file(data: bytes) -> None:
    """A file is rows, some of them bad, or refused; a code is what it is when it is read again."""
    path = FOLDER / "sales.csv"
    path.write_bytes(data)
    try:
        preview = preview_file(path)
    except FixRequest:
        preview = None
    if preview is not None:
        assert preview.rows >= len(preview.head) + len(preview.tail) >= 0
        assert preview.guess.first + preview.guess.last <= preview.rows
    for encoding in Encoding:
        for line in lines(io.BytesIO(data), encoding):
            assert line is None or len(line) <= LONGEST_LINE
        separator = SEPARATORS[len(data) % len(SEPARATORS)]
        for row in read_rows(io.BytesIO(data), Dialect(encoding, separator)):
            for cell in [] if isinstance(row, BadRow) else row:
                _code(cell)


def _code(cell: str) -> None:
    try:
        text = code_of(cell, None)
    except BadRow:
        return
    assert 0 < len(text) <= LONGEST_CODE
    # A scanner's own mark is taken off once: behind it, its like belongs to the code.
    assert text.startswith("]") or code_of(text, None) == text
    assert symbology_of(text)
