"""How a reseller's file is written: its encoding, and what separates its columns."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from enum import StrEnum

from validator.boxoffice.model import Refused


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
class Form:
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


def refuse_foreign(head: bytes) -> None:
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


class Listener:
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
    def raw(self) -> Encoding:
        """How lines are to be split before the encoding is known."""
        return self._marked or Encoding.UTF8

    def hear(self, line: bytes | None) -> None:
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


def separator_of(sample: list[str]) -> str:
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
