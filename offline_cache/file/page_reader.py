"""Rows out of the pages of an SQLite file that SQLite itself no longer reads.

Every leaf page is looked at on its own, so neither the header nor the tree above it is needed.
Nothing here is to be trusted: whoever asks checks what the rows say.

Source: SQLite, Database File Format, sections 1.5, 1.6, 2.1 and 4.1.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from offline_cache.file.encryption import RESERVED, Seal

PAGE = 4096
"""Bytes of a page: SQLite's default, which the store leaves alone."""

LEAF = 13
"""First byte of a page that holds rows of a table."""

LONGEST_ROW = 64 * 1024
"""Most bytes of a row that is read; a journal row has at most a few thousand."""

_LONGEST_HEADER = 128
"""Most bytes that tell a row's columns; what is asked for has at most a dozen columns."""

_MOST_CELLS = PAGE // 6
"""Rows of a page: none takes less than four bytes and two that point to it.

What was encrypted and is read as if it were not looks like anything, so also like a page of 65,535
rows of thousands of columns each: minutes would be spent on it.
"""

_DATABASE_HEADER, _LOG_HEADER, _FRAME_HEADER = 100, 32, 24

Value = int | str | bytes | None
Bytes = bytes | mmap.mmap


def records(
    path: Path,
    shaped: Callable[[Sequence[int]], bool],
    seal: Seal | None = None,
    log_only: bool = False,
) -> Iterator[tuple[int, tuple[Value, ...]]]:
    """Yield number and values of every row of a shape, in the file and in its log.

    A row that was changed comes in several versions, the oldest usually first.

    Args:
        path: The database; what is not there has no rows.
        shaped: Tells from the serial types of a row's values whether it is asked for.
        seal: The file's, if it has one.
        log_only: Leave the file out.

    Raises:
        OSError: A file can't be read.
    """
    usable = PAGE - RESERVED if seal else PAGE
    with ExitStack() as files:
        main = files.enter_context(_mapped(path))
        log = files.enter_context(_mapped(path.with_name(path.name + "-wal")))
        frames = range(_LOG_HEADER, len(log) - PAGE - _FRAME_HEADER + 1, PAGE + _FRAME_HEADER)
        logged = {_number(log, at, 4): at + _FRAME_HEADER for at in frames}

        def opened(number: int, page: bytes) -> bytes:
            return seal.opened(number, page) if seal else page

        def page_of(number: int) -> bytes:
            if number in logged:
                return opened(number, log[logged[number] : logged[number] + PAGE])
            return opened(number, main[(number - 1) * PAGE : number * PAGE]) if number else b""

        for start in range(0, 0 if log_only else len(main), PAGE):
            page = opened(start // PAGE + 1, main[start : start + PAGE])
            yield from _rows(page, start == 0, page_of, shaped, usable)
        for start in frames:
            number = _number(log, start, 4)
            page = opened(number, log[start + _FRAME_HEADER : start + _FRAME_HEADER + PAGE])
            yield from _rows(page, number == 1, page_of, shaped, usable)


@contextmanager
def _mapped(path: Path) -> Iterator[Bytes]:
    if not path.exists() or path.stat().st_size == 0:
        yield b""
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        yield mapped


def _rows(
    page: bytes,
    first: bool,
    page_of: Callable[[int], bytes],
    shaped: Callable[[Sequence[int]], bool],
    usable: int,
) -> Iterator[tuple[int, tuple[Value, ...]]]:
    header = _DATABASE_HEADER if first else 0
    if page[header : header + 1] != bytes([LEAF]):
        return
    for cell in range(min(_number(page, header + 3, 2), _MOST_CELLS)):
        start = _number(page, header + 8 + 2 * cell, 2)
        try:
            length, start = _varint(page, start)
            number, start = _varint(page, start)
            types, _ = _types(page[start:])
            if length <= LONGEST_ROW and shaped(types):
                yield number, _values(_payload(page, start, length, page_of, usable))
        except (IndexError, UnicodeDecodeError):
            continue


def _payload(
    page: bytes, start: int, length: int, page_of: Callable[[int], bytes], usable: int
) -> bytes:
    most, least = usable - 35, (usable - 12) * 32 // 255 - 23
    if length <= most:
        return page[start : start + length]
    inside = least + (length - least) % (usable - 4)
    if inside > most:
        inside = least
    payload = page[start : start + inside]
    following = _number(page, start + inside, 4)
    while len(payload) < length:
        page = page_of(following)
        if not page:
            raise IndexError(following)
        payload += page[4:]
        following = _number(page, 0, 4)
    return payload[:length]


def _types(payload: bytes) -> tuple[list[int], int]:
    size, at = _varint(payload, 0)
    if size > _LONGEST_HEADER:
        raise IndexError(size)
    types = []
    while at < size:
        kind, at = _varint(payload, at)
        types.append(kind)
    return types, size


def _values(payload: bytes) -> tuple[Value, ...]:
    types, at = _types(payload)
    values: list[Value] = []
    for kind in types:
        length = (kind - 12) // 2 if kind >= 12 else (0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0)[kind]
        raw = payload[at : at + length]
        if len(raw) < length:
            raise IndexError(at)
        at += length
        if kind >= 12:
            values.append(raw if kind % 2 == 0 else raw.decode())
        elif kind in (8, 9):
            values.append(kind - 8)
        else:
            values.append(int.from_bytes(raw, "big", signed=True) if length else None)
    return tuple(values)


def _number(data: Bytes, at: int, length: int) -> int:
    return int.from_bytes(data[at : at + length], "big")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place in range(9):
        byte = data[at]
        at += 1
        if place == 8:
            return value << 8 | byte, at
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            break
    return value, at
