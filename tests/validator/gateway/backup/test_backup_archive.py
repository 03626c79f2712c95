"""A stolen backup is of no use, and a damaged one is never half restored."""

import io
import os

import pytest

from validator.errors import FixRequest
from validator.gateway.backup.archive import (
    CHUNK_BYTES,
    MAGIC,
    SALT_BYTES,
    SHORTEST_PASSPHRASE,
    SealedReader,
    SealedWriter,
)

PASSPHRASE = "five words are long enough"
HEADER = len(MAGIC) + 2 + SALT_BYTES
SECRET = b"every key of the venue " * 60_000


def nobody() -> str:
    raise AssertionError("An unsealed backup needs no passphrase.")


def sealed(content: bytes, passphrase: str | None = None) -> bytes:
    file = io.BytesIO()
    writer = SealedWriter(file, passphrase, os.urandom)
    for start in range(0, len(content), 70_000):
        writer.write(content[start : start + 70_000])
    writer.finish()
    return file.getvalue()


def opened(data: bytes, passphrase: str | None = None) -> bytes:
    reader = SealedReader(io.BytesIO(data), (lambda: passphrase) if passphrase else nobody)
    content = reader.read()
    reader.end()
    return content


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES, CHUNK_BYTES + 1, len(SECRET)])
def test_what_goes_in_comes_out(size: int) -> None:
    assert opened(sealed(SECRET[:size])) == SECRET[:size]


def test_only_the_passphrase_opens_it() -> None:
    data = sealed(SECRET, PASSPHRASE)
    assert opened(data, PASSPHRASE) == SECRET
    assert b"every key" not in data
    with pytest.raises(FixRequest, match="passphrase is wrong"):
        opened(data, PASSPHRASE + "!")


def test_a_thief_can_not_say_that_it_is_not_sealed() -> None:
    data = bytearray(sealed(SECRET, PASSPHRASE))
    data[len(MAGIC) + 1] = 0
    with pytest.raises(FixRequest, match="damaged"):
        opened(bytes(data))


def test_two_backups_have_no_key_in_common() -> None:
    first, second = sealed(SECRET[:100], PASSPHRASE), sealed(SECRET[:100], PASSPHRASE)
    assert first[HEADER:] != second[HEADER:]


def test_a_passphrase_that_is_soon_guessed_is_refused() -> None:
    with pytest.raises(FixRequest, match="fewer than 12"):
        SealedWriter(io.BytesIO(), "x" * (SHORTEST_PASSPHRASE - 1), os.urandom)


@pytest.mark.parametrize(
    "cut", [HEADER - 1, HEADER, HEADER + 3, HEADER + 100, HEADER + 4 + CHUNK_BYTES + 16, -1]
)
def test_a_file_that_was_cut_off_is_found_out(cut: int) -> None:
    with pytest.raises(FixRequest, match="damaged or not complete"):
        opened(sealed(SECRET)[:cut])


@pytest.mark.parametrize("place", [len(MAGIC) + 5, HEADER + 1, HEADER + 50, -1])
def test_a_bit_that_fell_over_is_found_out(place: int) -> None:
    data = bytearray(sealed(SECRET))
    data[place] ^= 1
    with pytest.raises(FixRequest, match="damaged"):
        opened(bytes(data))


def test_chunks_can_not_change_places_or_be_left_out() -> None:
    data = sealed(b"a" * CHUNK_BYTES + b"b" * CHUNK_BYTES + b"c")
    size = 4 + CHUNK_BYTES + 16
    header, rest = data[:HEADER], data[HEADER:]
    first, second, last = rest[:size], rest[size : 2 * size], rest[2 * size :]
    for wrong in (second + first + last, first + last, first + second + last + b"x"):
        with pytest.raises(FixRequest, match="damaged"):
            opened(header + wrong)


def test_other_files_and_newer_ones_are_told_apart() -> None:
    with pytest.raises(FixRequest, match="no backup"):
        opened(b"SQLite format 3\0" * 10)
    with pytest.raises(FixRequest, match="no backup"):
        opened(b"")
    data = bytearray(sealed(SECRET[:10]))
    data[len(MAGIC)] = 2
    with pytest.raises(FixRequest, match="newer version"):
        opened(bytes(data))


def test_a_hostile_header_can_not_take_all_memory() -> None:
    data = bytearray(sealed(SECRET[:10]))
    data[len(MAGIC) + 1] = 40
    with pytest.raises(FixRequest, match="damaged"):
        opened(bytes(data), PASSPHRASE)
