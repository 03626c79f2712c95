"""How a reseller's file is written: its encoding, its lines, and what separates its columns."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from validator.boxoffice.model import Refused

LONGEST_LINE = 64 * 1024
"""Bytes of a line."""


class Encoding(StrEnum):
    """How bytes are read.

    Latin-1 is read as Windows-1252: the same letters, and the signs that Windows writes besides.
    """

    UTF8 = "utf-8"
    UTF16 = "utf-16"
    LATIN1 = "latin-1"

    @property
    def codec(self) -> str:
        """Name of Python's codec for a line."""
        return "cp1252" if self is Encoding.LATIN1 else "utf-8"


SEPARATORS = (";", ",", "\t", "|")

SEPARATOR_NAMES = {";": "semicolon", ",": "comma", "\t": "tab", "|": "bar"}
"""What they are called in the API and in commands."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file is read.

    Args:
        encoding: Of its text.
        separator: One of `SEPARATORS`.
    """

    encoding: Encoding = Encoding.UTF8
    separator: str = ";"


_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""First bytes of Excel's and OpenDocument's workbooks, and of those of old Excel."""

_FOREIGN = (
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a compressed file"),
    (b"7z\xbc\xaf", "a compressed file"),
    (b"SQLite format 3", "a database"),
)
"""Source: the formats' own specifications of their first bytes."""

_BLANK = 32

_HINT = "Open it in a spreadsheet and save it as CSV (UTF-8), the barcodes as text."

_FIRST_BYTES = 4096
_SAMPLE = 200
_CHUNK = 256 * 1024


def detect_dialect(path: Path) -> Dialect:
    """Find out how a file is written.

    Raises:
        Refused: It is empty, a workbook, or not text at all.
    """
    with path.open("rb") as file:
        head = file.read(_FIRST_BYTES)
        _refuse_foreign(head)
        detector, sample = _EncodingDetector(head), list[bytes]()
        file.seek(0)
        for line in lines(file, detector.line_encoding):
            detector.feed(line)
            if line and len(sample) < _SAMPLE:
                sample.append(line)
    encoding = detector.encoding
    return Dialect(encoding, _separator([row.decode(encoding.codec, "replace") for row in sample]))


def lines(file: BinaryIO, encoding: Encoding) -> Iterator[bytes | None]:
    """Yield the lines of a file without their ends, as UTF-8 or as they are.

    Lines end with LF, CR LF or CR. A mark of the byte order is left out.

    Args:
        file: At its beginning.
        encoding: UTF-16 becomes UTF-8; others stay as they are.

    Yields:
        None for a line that is too long.
    """
    rest, skipping = b"", False
    for chunk in _chunks(file, encoding):
        data = rest + chunk
        # A CR at the very end may be the first half of a line's end.
        end = max(data.rfind(b"\n"), data.rfind(b"\r", 0, len(data) - 1)) + 1
        whole = data[:end].splitlines()
        if skipping and whole:
            whole[0], skipping = bytes(LONGEST_LINE + 1), False
        for line in whole:
            yield line if len(line) <= LONGEST_LINE else None
        rest = data[end:]
        if skipping or len(rest) > LONGEST_LINE + 1:
            rest, skipping = rest[-1:], True
    if skipping:
        yield None
    elif rest:
        yield rest.removesuffix(b"\r")


def _chunks(file: BinaryIO, encoding: Encoding) -> Iterator[bytes]:
    if encoding is Encoding.UTF16:
        # Without a mark it is as Windows writes it.
        mark = file.read(len(codecs.BOM_UTF16_BE))
        order = "utf-16-be" if mark == codecs.BOM_UTF16_BE else "utf-16-le"
        decoder = codecs.getincrementaldecoder(order)("replace")
        if mark not in (codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE):
            yield decoder.decode(mark).encode()
        while chunk := file.read(_CHUNK):
            yield decoder.decode(chunk).encode()
        yield decoder.decode(b"", True).encode()
        return
    mark = file.read(len(codecs.BOM_UTF8))
    if mark != codecs.BOM_UTF8:
        yield mark
    while chunk := file.read(_CHUNK):
        yield chunk


def _refuse_foreign(head: bytes) -> None:
    """Make sure that a file may be a table of text.

    Args:
        head: Its first bytes, some thousand.

    Raises:
        Refused: It is empty, a workbook, or not text at all.
    """
    if not head.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"):
        raise Refused("empty_file", "The file is empty. Export it again at the reseller's.")
    if head.startswith(_WORKBOOKS):
        raise Refused("workbook", f"The file is a spreadsheet's workbook, not CSV. {_HINT}")
    for begin, what in _FOREIGN:
        if head.startswith(begin):
            raise Refused("foreign_file", f"The file is {what}, not CSV. {_HINT}")
    if _utf16(head):
        return
    odd = sum(byte < _BLANK and byte not in b"\t\n\r\f\x1a" for byte in head)
    if odd > len(head) // 20:
        raise Refused("foreign_file", f"The file is no CSV text, or not marked UTF-16. {_HINT}")


def _utf16(head: bytes) -> bool:
    return head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))


class _EncodingDetector:
    """Finds a file's encoding out, line by line.

    Args:
        head: The file's first bytes.
    """

    def __init__(self, head: bytes) -> None:
        self._marked = Encoding.UTF16 if _utf16(head) else None
        if head.startswith(codecs.BOM_UTF8):
            self._marked = Encoding.UTF8
        self._utf8 = self._others = 0

    @property
    def line_encoding(self) -> Encoding:
        """How lines are to be split before the encoding is known."""
        return self._marked or Encoding.UTF8

    def feed(self, line: bytes | None) -> None:
        """Take a line into account."""
        if line is None or line.isascii():
            return
        try:
            line.decode()
        except UnicodeDecodeError:
            self._others += 1
        else:
            self._utf8 += 1

    @property
    def encoding(self) -> Encoding:
        """What most lines agree with."""
        if self._marked is not None:
            return self._marked
        return Encoding.LATIN1 if self._others > self._utf8 else Encoding.UTF8


def _separator(sample: list[str]) -> str:
    """Return what separates the columns of some lines.

    It is what stands in most lines, equally often in each of them; `sep=;` in the first line says
    it outright, as spreadsheets do.
    """
    if sample and sample[0][:4].lower() == "sep=" and sample[0][4:5] in SEPARATORS:
        return sample[0][4]

    def agreement(separator: str) -> tuple[int, int]:
        counts = [line.count(separator) for line in sample]
        usual = max(set(counts) - {0}, key=counts.count, default=0)
        return (counts.count(usual) if usual else 0, usual)

    return max(SEPARATORS, key=agreement)
