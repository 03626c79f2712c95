"""Readers of what travels between gateway and devices."""

from collections.abc import Callable
from typing import Any

from validator.errors import FrameRefused, ValidatorError, WireError
from validator.feed import open_frame, seal
from validator.feed.seal import DOMAIN
from validator.keys import SigningKey
from validator.model import CheckIn, Ticket, Use
from validator.wire.codec import pack, unpack
from validator.wire.head import Head, genuine
from validator.wire.messages import decode, encode
from validator.wire.rows import (
    entry_row,
    listing_row,
    read_entry,
    read_listing,
    read_revocation,
    read_use,
    revocation_row,
    use_row,
)

FEED = SigningKey.from_seed(b"f" * 32)
STRANGER = SigningKey.from_seed(b"s" * 32)

Read = Callable[[bytes, bytes], Any]
Write = Callable[[Any], tuple[bytes, bytes]]

READERS: tuple[tuple[Read, Write], ...] = (
    (read_entry, entry_row),
    (read_listing, listing_row),
    (read_revocation, revocation_row),
    (read_use, use_row),
)


def message(data: bytes) -> None:
    """A message that is read can be written, and is then read as the same."""
    try:
        found = decode(data)
    except WireError:
        return
    # Compared as bytes: a NaN is not equal to itself.
    assert encode(decode(encode(found))) == encode(found)
    for head in (getattr(found, "head", None), getattr(found, "witness", None)):
        assert not isinstance(head, Head) or not genuine(head, STRANGER.public)


def row(data: bytes) -> None:
    """A stream's row is the same when it is written and read again.

    The first byte picks the kind, the second is the key's length.
    """
    if len(data) < 2:
        return
    (read, write), length = READERS[data[0] % len(READERS)], 2 + data[1]
    try:
        found = read(data[2:length], data[length:])
    except WireError:
        return
    assert write(read(*write(found))) == write(found)


def body(data: bytes) -> None:
    """What a journal or a table keeps: an event, a use, a ticket."""
    for kind in (CheckIn, Use, Ticket):
        try:
            found = unpack(kind, data)
        except WireError:
            continue
        assert pack(unpack(kind, pack(found))) == pack(found)


def frame(data: bytes) -> None:
    """Bytes that nobody sealed are never a frame."""
    try:
        open_frame(data, FEED.public)
    except FrameRefused:
        return
    raise AssertionError("a frame that was not sealed")


def sealed_frame(data: bytes) -> None:
    """A body that the gateway's key sealed is a frame that can be sealed again, or refused."""
    try:
        found = open_frame(FEED.sign(DOMAIN + data) + data, FEED.public)
    except FrameRefused:
        return
    try:
        again = seal(found, FEED)
    except ValidatorError as error:
        raise AssertionError("a frame that was read can't be sealed") from error
    assert open_frame(again, FEED.public) == found
