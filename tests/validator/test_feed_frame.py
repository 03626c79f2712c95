"""Sealed frames: what can be done to their bytes, and what comes of it."""

import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from validator.clock import Instant
from validator.errors import FixRequest, FrameRefused
from validator.feed import (
    MAX_SEALED_BYTES,
    Cursor,
    Delta,
    Epoch,
    Frame,
    Heartbeat,
    Snapshot,
    open_frame,
    seal,
)
from validator.feed.frame import MAX_ROWS_BYTES, MAX_VALUE_BYTES
from validator.feed.seal import DOMAIN
from validator.keys import SigningKey

KEY = SigningKey.from_seed(b"k" * 32)
STRANGER = SigningKey.from_seed(b"x" * 32)
EPOCH = Epoch(3, 0xFEED)
DIGEST = b"d" * 32
DELTA = Delta("tickets.5", Cursor(EPOCH, 7), DIGEST, ((b"a", b"1"), (b"b", None)))
SNAPSHOT = Snapshot("tickets.5", Cursor(EPOCH, 0), DIGEST, ((b"a", b"1"), (b"b", b"")))
HEARTBEAT = Heartbeat(EPOCH, Instant(9), {"tickets.5": 7, "catalogue": 2}, {"pretix": Instant(8)})
FRAMES = (DELTA, SNAPSHOT, HEARTBEAT)

u64 = st.integers(0, (1 << 64) - 1)
epochs = st.builds(Epoch, st.integers(1, (1 << 64) - 1), u64)
streams = st.from_regex(r"[a-z]{1,32}(\.[1-9][0-9]{0,9})?", fullmatch=True)
keys = st.binary(min_size=1, max_size=12)
digests = st.binary(min_size=32, max_size=32)
instants = st.integers(0, (1 << 53) - 1).map(Instant)


def ordered(rows: Mapping[bytes, Any]) -> tuple[Any, ...]:
    return tuple(sorted(rows.items()))


frames = st.one_of(
    st.builds(
        Delta,
        streams,
        st.builds(Cursor, epochs, st.integers(1, (1 << 64) - 1)),
        digests,
        st.dictionaries(keys, st.none() | st.binary(max_size=40)).map(ordered),
    ),
    st.builds(
        Snapshot,
        streams,
        st.builds(Cursor, epochs, u64),
        digests,
        st.dictionaries(keys, st.binary(max_size=40)).map(ordered),
    ),
    st.builds(
        Heartbeat,
        epochs,
        instants,
        st.dictionaries(streams, u64),
        st.dictionaries(st.text("abc_", min_size=1), instants),
    ),
)


def signed(body: bytes) -> bytes:
    """Seal any body with the right key, as a faulty gateway could."""
    return KEY.sign(DOMAIN + body) + body


def signed_list(*fields: object) -> bytes:
    return signed(msgpack.packb(list(fields)))


@given(frames)
def test_a_frame_comes_out_as_it_went_in(frame: Frame) -> None:
    sealed = seal(frame, KEY)
    assert open_frame(sealed, KEY.public) == frame
    assert seal(frame, KEY) == sealed


@pytest.mark.parametrize("frame", FRAMES)
def test_a_frame_sealed_by_a_stranger_is_refused(frame: Frame) -> None:
    with pytest.raises(FrameRefused):
        open_frame(seal(frame, STRANGER), KEY.public)


@pytest.mark.parametrize("frame", FRAMES)
def test_a_single_changed_bit_anywhere_is_refused(frame: Frame) -> None:
    sealed = seal(frame, KEY)
    for index in range(len(sealed)):
        forged = bytearray(sealed)
        forged[index] ^= 1 << index % 8
        with pytest.raises(FrameRefused):
            open_frame(bytes(forged), KEY.public)


@pytest.mark.parametrize("frame", FRAMES)
def test_a_frame_cut_short_or_with_a_tail_is_refused(frame: Frame) -> None:
    sealed = seal(frame, KEY)
    for other in (sealed[:63], sealed[:64], sealed[:-1], sealed + b"\0", sealed * 2):
        with pytest.raises(FrameRefused):
            open_frame(other, KEY.public)


@pytest.mark.parametrize("frame", FRAMES)
def test_a_body_signed_for_another_purpose_is_refused(frame: Frame) -> None:
    body = seal(frame, KEY)[64:]
    for domain in (b"", b"entrance-control/token/1\0", b"entrance-control/feed/2\0"):
        with pytest.raises(FrameRefused):
            open_frame(KEY.sign(domain + body) + body, KEY.public)


def test_the_body_of_one_frame_under_the_seal_of_another_is_refused() -> None:
    with pytest.raises(FrameRefused):
        open_frame(seal(DELTA, KEY)[:64] + seal(SNAPSHOT, KEY)[64:], KEY.public)


def test_a_public_key_of_a_wrong_length_opens_nothing() -> None:
    with pytest.raises(FrameRefused):
        open_frame(seal(DELTA, KEY), KEY.public[:31])


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_and_raise_nothing_else(data: bytes) -> None:
    with pytest.raises(FrameRefused):
        open_frame(data, KEY.public)


junk = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 63), (1 << 64) - 1) | st.binary() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


@given(st.lists(junk, max_size=6), st.sampled_from(["d", "s", "h", "?"]))
def test_junk_under_a_genuine_seal_raises_nothing_else(fields: list[Any], kind: str) -> None:
    with pytest.raises(FrameRefused):
        open_frame(signed_list(kind, *fields, *[None] * (6 - len(fields))), KEY.public)


@given(st.binary(max_size=60))
def test_no_msgpack_under_a_genuine_seal_raises_nothing_else(body: bytes) -> None:
    with pytest.raises(FrameRefused):
        open_frame(signed(body), KEY.public)


@pytest.mark.parametrize(
    "body",
    [
        bytes.fromhex("dc0007") + seal(DELTA, KEY)[65:],
        seal(DELTA, KEY)[64:].replace(b"\x07", b"\xcc\x07", 1),
        msgpack.packb(["h", 3, 0xFEED, 9, ["tickets.5", 7, "catalogue", 2], []]),
        msgpack.packb(["h", 3, 0xFEED, 9, ["catalogue", 2, "catalogue", 2], []]),
        msgpack.packb(["d", "tickets.5", 3, 1, True, DIGEST, []]),
    ],
    ids=["long array head", "long integer", "unsorted names", "a name twice", "true for 1"],
)
def test_a_frame_in_another_than_its_one_form_is_refused(body: bytes) -> None:
    with pytest.raises(FrameRefused):
        open_frame(signed(body), KEY.public)


@pytest.mark.parametrize(
    "rows",
    [[b"b", b"", b"a", b""], [b"a", b"", b"a", b""], [b"a"], [b"", b""], [b"a", 1], ["a", b""]],
    ids=["unsorted", "a key twice", "no value", "no key", "a number", "a text"],
)
def test_bad_rows_under_a_genuine_seal_are_refused(rows: list[Any]) -> None:
    place = ["tickets.5", 3, 1, 1, DIGEST]
    with pytest.raises(FrameRefused):
        open_frame(signed_list("d", *place, rows), KEY.public)
    with pytest.raises(FrameRefused):
        open_frame(signed_list("s", *place, 0, 1, zlib.compress(msgpack.packb(rows))), KEY.public)


def test_a_removal_has_no_place_in_a_snapshot() -> None:
    rows = zlib.compress(msgpack.packb([b"a", None]))
    with pytest.raises(FrameRefused):
        open_frame(signed_list("s", "tickets.5", 3, 1, 1, DIGEST, 0, 1, rows), KEY.public)


def test_a_zip_bomb_is_not_unpacked() -> None:
    squeezed = zlib.compressobj(9)
    parts = [squeezed.compress(bytes(1 << 20)) for _ in range((MAX_ROWS_BYTES >> 20) + 1)]
    bomb = b"".join(parts) + squeezed.flush()
    with pytest.raises(FrameRefused):
        open_frame(signed_list("s", "tickets.5", 3, 1, 1, DIGEST, 0, 1, bomb), KEY.public)


def test_an_array_that_claims_endless_rows_is_refused() -> None:
    rows = zlib.compress(b"\xdd\xff\xff\xff\xff" + bytes(64))
    with pytest.raises(FrameRefused):
        open_frame(signed_list("s", "tickets.5", 3, 1, 1, DIGEST, 0, 1, rows), KEY.public)


@pytest.mark.parametrize("cut", [slice(0, -1), slice(0, 0)], ids=["cut short", "empty"])
def test_rows_that_are_cut_short_are_refused(cut: slice) -> None:
    rows = zlib.compress(msgpack.packb([b"a", b"1"]))
    for squeezed in (rows[cut], rows + b"tail"):
        with pytest.raises(FrameRefused):
            open_frame(signed_list("s", "tickets.5", 3, 1, 1, DIGEST, 0, 1, squeezed), KEY.public)


def test_a_snapshot_squeezed_by_another_zlib_is_the_same_snapshot() -> None:
    raw = msgpack.packb([b"a", b"1", b"b", b""])
    place = ["tickets.5", *EPOCH, 0, DIGEST, 0, 1]
    for level in (0, 1, 9):
        sealed = signed_list("s", *place, zlib.compress(raw, level))
        assert open_frame(sealed, KEY.public) == SNAPSHOT


def test_a_snapshot_in_another_than_its_one_form_is_refused() -> None:
    raw = msgpack.packb([b"a", b"1", b"b", b""])
    place = ["tickets.5", *EPOCH, 0, DIGEST, 0, 1]
    long_head = zlib.compress(b"\xdc\x00\x04" + raw[1:])
    outside = b"\xdc\x00\x09" + msgpack.packb(["s", *place, zlib.compress(raw)])[1:]
    for sealed in (signed_list("s", *place, long_head), signed(outside)):
        with pytest.raises(FrameRefused):
            open_frame(sealed, KEY.public)


def test_a_frame_over_the_limit_is_refused_unread() -> None:
    with pytest.raises(FrameRefused, match="over the limit"):
        open_frame(bytes(MAX_SEALED_BYTES + 1), KEY.public)


def rows_of(count: int) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((b"%04d" % index, bytes(MAX_VALUE_BYTES)) for index in range(count))


def test_a_delta_over_the_limit_is_not_published() -> None:
    delta = Delta("tickets.5", Cursor(EPOCH, 1), DIGEST, rows_of(128))
    with pytest.raises(FixRequest, match="cut it"):
        seal(delta, KEY)


@pytest.mark.parametrize("value", [MAX_VALUE_BYTES, MAX_VALUE_BYTES + 1])
def test_a_value_may_be_as_long_as_the_limit_and_no_longer(value: int) -> None:
    delta = Delta("tickets.5", Cursor(EPOCH, 1), DIGEST, ((b"a", bytes(value)),))
    if value == MAX_VALUE_BYTES:
        assert open_frame(seal(delta, KEY), KEY.public) == delta
    else:
        with pytest.raises(FixRequest):
            seal(delta, KEY)


@pytest.mark.parametrize(
    "frame",
    [
        Delta("Tickets", Cursor(EPOCH, 1), DIGEST, ()),
        Delta("tickets.05", Cursor(EPOCH, 1), DIGEST, ()),
        Delta("tickets.5\n", Cursor(EPOCH, 1), DIGEST, ()),
        Delta("tickets.5", Cursor(EPOCH, 0), DIGEST, ()),
        Delta("tickets.5", Cursor(EPOCH, 1), DIGEST[1:], ()),
        Delta("tickets.5", Cursor(Epoch(0, 1), 1), DIGEST, ()),
        Delta("tickets.5", Cursor(Epoch(1, 1 << 64), 1), DIGEST, ()),
        Delta("tickets.5", Cursor(EPOCH, 1), DIGEST, ((b"k" * 513, b""),)),
        Snapshot("tickets.5", Cursor(EPOCH, -1), DIGEST, ()),
        Heartbeat(EPOCH, Instant(-1), {}, {}),
        Heartbeat(EPOCH, Instant(1), {"?": 1}, {}),
        Heartbeat(EPOCH, Instant(1), {}, {"": Instant(1)}),
    ],
)
def test_what_followers_would_refuse_is_not_published(frame: Frame) -> None:
    with pytest.raises(FixRequest):
        seal(frame, KEY)


def test_a_part_beyond_the_parts_is_refused() -> None:
    for part, parts in ((1, 1), (-1, 1), (0, 0), (2, 2), (0, 65_537), (False, 1)):
        with pytest.raises(FixRequest):
            seal(replace(SNAPSHOT, part=part, parts=parts), KEY)
        rows = zlib.compress(msgpack.packb([b"a", b"1", b"b", b""]))
        with pytest.raises(FrameRefused):
            open_frame(
                signed_list("s", "tickets.5", *EPOCH, 0, DIGEST, part, parts, rows), KEY.public
            )
