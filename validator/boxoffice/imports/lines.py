"""Lines of a file that may be anything: in bounded memory, whatever their length."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import BinaryIO

from validator.boxoffice.imports.dialect import Encoding

LONGEST = 64 * 1024
"""Bytes of a line."""

_CHUNK = 256 * 1024


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
            whole[0], skipping = bytes(LONGEST + 1), False
        for line in whole:
            yield line if len(line) <= LONGEST else None
        rest = data[end:]
        if skipping or len(rest) > LONGEST + 1:
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
