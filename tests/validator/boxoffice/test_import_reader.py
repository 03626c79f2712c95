"""Reading resellers' files, whatever is in them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from validator.boxoffice.imports.codes import LONGEST_CODE, code_of, lost_zeros, symbology_of
from validator.boxoffice.imports.csv_rows import MOST_LINES, Row, read_rows, trimmed
from validator.boxoffice.imports.dialect import SEPARATORS, Dialect, Encoding, lines
from validator.boxoffice.imports.preview import guess, preview_file
from validator.boxoffice.imports.problems import BadRow, Problem
from validator.errors import FixRequest

EAN = "2000000000015"


def rows(data: bytes, dialect: Dialect | None = None) -> list[list[str] | Problem]:
    return [_plain(row) for row in read_rows(io.BytesIO(data), dialect or Dialect())]


def _plain(row: Row) -> list[str] | Problem:
    return row.problem if isinstance(row, BadRow) else row


def problem_of(cell: str) -> Problem:
    with pytest.raises(BadRow) as bad:
        code_of(cell, None)
    return bad.value.problem


class Endless(io.RawIOBase):
    """A line of so many bytes that is made while it is read; then a good one."""

    def __init__(self, length: int) -> None:
        self._left = length
        self._after = b"\n" + EAN.encode() + b"\n"

    def read(self, size: int = -1) -> bytes:
        if self._left > 0:
            self._left -= size
            return b"7" * size
        given, self._after = self._after, b""
        return given


def test_a_line_of_ten_gigabytes_is_one_bad_row_and_takes_no_memory() -> None:
    # The chunk is handed out again and again: what counts is that nothing is kept of it.
    file = Endless(200 * 1024 * 1024)
    assert list(lines(file, Encoding.UTF8)) == [None, EAN.encode()]  # type: ignore[arg-type]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_end_of_line_is_one(end: str) -> None:
    text = end.join(["code", "", EAN, "last"])
    assert rows(text.encode()) == [["code"], [], [EAN], ["last"]]


def test_a_mark_of_the_byte_order_is_no_part_of_the_first_cell() -> None:
    assert rows(b"\xef\xbb\xbfcode;x\n") == [["code", "x"]]
    for codec in ("utf-16-le", "utf-16-be"):
        data = "\ufeffcode;é\n1;2\n".encode(codec)
        assert rows(data, Dialect(Encoding.UTF16)) == [["code", "é"], ["1", "2"]]


def test_quotes_hold_separators_quotes_and_line_ends() -> None:
    data = b'"a;b";"say ""hi""";"two\nlines";5"\nnext;row\n'
    assert rows(data) == [["a;b", 'say "hi"', "two\nlines", '5"'], ["next", "row"]]


def test_a_quote_that_is_never_closed_costs_one_row() -> None:
    after = [f"{number};x" for number in range(MOST_LINES + 30)]
    read = rows("\n".join(['"open;1', *after]).encode())
    assert read == [Problem.QUOTE, *(line.split(";") for line in after)]


def test_a_quote_in_the_wrong_place_costs_one_row() -> None:
    assert rows(b'"a"b;c\n1;2\n') == [Problem.QUOTE, ["1", "2"]]


def test_nul_bytes_and_a_foreign_encoding_cost_their_rows_only() -> None:
    data = b"1;ok\n2;\x00\n3;caf\xe9\n4;caf\xc3\xa9\n"
    assert rows(data) == [["1", "ok"], Problem.NUL, Problem.ENCODING, ["4", "café"]]
    assert rows(data, Dialect(Encoding.LATIN1))[2] == ["3", "café"]


def test_rows_are_left_out_at_both_ends_and_keep_their_numbers() -> None:
    table: list[Row] = [[str(number)] for number in range(1, 8)]
    assert [number for number, _ in trimmed(table, 2, 3)] == [3, 4]
    assert list(trimmed(table, 5, 9)) == []


@settings(max_examples=50)
@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8")), min_size=1),
        max_size=12,
    ),
    st.sampled_from(SEPARATORS),
)
def test_what_a_spreadsheet_writes_is_read_back(table: list[list[str]], separator: str) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator, quoting=csv.QUOTE_ALL).writerows(table)
    unfolded = [[cell.replace("\r\n", "\n").replace("\r", "\n") for cell in row] for row in table]
    if any(cell.count("\n") >= MOST_LINES - 1 for row in unfolded for cell in row):
        return
    assert rows(out.getvalue().encode(), Dialect(Encoding.UTF8, separator)) == unfolded


@given(st.binary(max_size=3000), st.sampled_from(list(Encoding)), st.sampled_from(SEPARATORS))
def test_anything_is_rows_or_bad_rows(data: bytes, encoding: Encoding, separator: str) -> None:
    for row in rows(data, Dialect(encoding, separator)):
        assert isinstance(row, list | Problem)


@given(st.lists(st.binary(max_size=60).map(lambda b: b.replace(b"\r", b"").replace(b"\n", b""))))
def test_a_row_stands_at_the_place_of_its_line(parts: list[bytes]) -> None:
    parts = [part.replace(b'"', b"").replace(b"\xef\xbb\xbf", b"") for part in parts]
    assert len(rows(b"".join(part + b"\n" for part in parts))) == len(parts)


@given(st.text(max_size=250), st.none() | st.integers(1, 48))
def test_a_cell_is_a_code_that_a_lane_reads_or_bad(cell: str, digits: int | None) -> None:
    try:
        text = code_of(cell, digits)
    except BadRow:
        return
    assert text
    assert code_of(text, None) == text
    assert symbology_of(text) in ("ean13", "code128", "qrcode")


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (f"  {EAN}\u00a0", EAN),
        (f'="{EAN}"', EAN),
        ("2000000000A^0^100000000", "00000000A"),
        ("abc-123", "abc-123"),
    ],
)
def test_what_a_lane_reads_of_a_cell(cell: str, text: str) -> None:
    assert code_of(cell, None) == text


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("1.23457E+12", Problem.NUMBER),
        ("1,23457E+12", Problem.NUMBER),
        ("2E+12", Problem.NUMBER),
        ("2000000000015.0", Problem.NUMBER),
        ("2000000000015,00", Problem.NUMBER),
        ("", Problem.EMPTY),
        (" \u00a0", Problem.EMPTY),
        ('=""', Problem.EMPTY),
        ("7" * (LONGEST_CODE + 1), Problem.LONG_CODE),
        ("Café 12", Problem.SIGNS),
        ("12\t34", Problem.SIGNS),
        ("E1:ABCDEF.", Problem.OWN),
        ("e1:abcdef.", Problem.OWN),
    ],
)
def test_what_is_no_code(cell: str, problem: Problem) -> None:
    assert problem_of(cell) is problem


def test_lost_zeros_are_put_back_when_the_number_of_digits_is_said() -> None:
    assert lost_zeros("36000291452")
    assert not lost_zeros("36000291453")
    assert not lost_zeros("0036000291452")
    assert code_of("36000291452", 13) == "0036000291452"
    assert code_of("A36", 13) == "A36"


@pytest.mark.parametrize(
    ("head", "word"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n \r\n", "empty"),
        (b"PK\x03\x04" + bytes(60), "workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "workbook"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x1f\x8b\x08\x00", "compressed"),
        (bytes(range(256)) * 4, "no CSV"),
        ("code;1\n".encode("utf-16-le"), "not marked UTF-16"),
    ],
)
def test_what_is_no_table_says_what_to_do(tmp_path: Path, head: bytes, word: str) -> None:
    (tmp_path / "file").write_bytes(head)
    with pytest.raises(FixRequest, match=word):
        preview_file(tmp_path / "file")


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
@pytest.mark.parametrize("separator", SEPARATORS)
def test_encoding_separator_columns_and_ends_are_found_out(
    tmp_path: Path, codec: str, separator: str
) -> None:
    body = "".join(f'"Zoé, A"{separator}A-{i}{separator}{2000000000000 + i}\n' for i in range(50))
    text = f"Export\n\nNom{separator}Place{separator}Code-barres\n{body}\nTotal{separator}50\n"
    (tmp_path / "file").write_bytes(text.encode(codec))
    preview = preview_file(tmp_path / "file")
    expected = {"latin-1": Encoding.LATIN1, "utf-16": Encoding.UTF16}
    assert preview.dialect == Dialect(expected.get(codec, Encoding.UTF8), separator)
    assert preview.guess.columns is not None
    assert (preview.guess.columns.barcode, preview.guess.columns.seat) == (2, 1)
    assert (preview.rows, preview.guess.first, preview.guess.last) == (55, 3, 2)


def test_a_list_of_nothing_but_codes_is_understood(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("".join(f"{2000000000000 + i}\n" for i in range(9)))
    found = preview_file(tmp_path / "file").guess
    assert found.columns is not None
    assert (found.columns.barcode, found.first, found.last) == (0, 0, 0)


def test_the_export_of_the_same_ticketing_has_its_codes_in_column_eight() -> None:
    table: list[Row] = [
        ["1", "12.12.2026", "Ada", "a@b.c", "Full", "10", "x", f"20{i:08d}A^0^100{i:06d}"]
        for i in range(5)
    ]
    found = guess(table, [])
    assert found.columns is not None
    assert found.columns.barcode == 7


def test_words_without_any_code_are_no_guess() -> None:
    assert guess([["Name", "Town"], ["Ada", "Bern"]], []).columns is None
    assert guess([], []).columns is None


def test_codes_that_a_spreadsheet_damaged_are_rows_of_tickets_still(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("Nom;Code;Prix\nA;1,23457E+12;45.00\nB;1,23458E+12;50.00\n")
    found = preview_file(tmp_path / "file").guess
    assert found.columns is not None
    assert (found.columns.barcode, found.first, found.last) == (1, 1, 0)


def test_a_spreadsheet_may_say_its_separator(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("sep=,\ncode,name\nA12345,a;b;c\nA12346,a;b;c\n")
    preview = preview_file(tmp_path / "file")
    assert preview.dialect.separator == ","
    assert preview.guess.first == 2
