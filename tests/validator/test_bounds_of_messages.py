"""What msgpack can say and a message can't: nested without end, other kinds, other numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from enum import StrEnum
from math import inf, isfinite, nan
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from validator.bounds import MOST_BACKLOG, MOST_OFF_MS
from validator.clock import FIRST, LAST
from validator.errors import WireError
from validator.wire.codec import convert, pack
from validator.wire.messages import Message, Ping, Position, Receipt, Telemetry, decode, encode

ADMITTED = ["admit", "ok", "let_in", "confirmed", None, None]


@pytest.mark.parametrize(
    "data",
    [
        b"\x91" * 100_000,
        b"\x81\xa1a" * 100_000,
        b"\xdd\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
        msgpack.packb(["Ping", [msgpack.ExtType(5, b"x")]]),
        msgpack.packb(["Ping", [msgpack.Timestamp(1)]]),
        msgpack.packb(["Ping", [1.5]]),
        msgpack.packb(["Ping", [True]]),
        b"\x92\xa4Ping\x91\xa1\xff",
    ],
    ids=["deep", "maps", "array", "map", "bytes", "ext", "time", "float", "true", "utf-8"],
)
def test_it_is_refused(data: bytes) -> None:
    with pytest.raises(WireError):
        decode(data)


def test_the_largest_numbers_come_back() -> None:
    for number in (FIRST, LAST):
        assert decode(encode(Ping(number))) == Ping(number)
    widest = Position("x" * 64, (1 << 63) - 1, (1 << 64) - 1, (1 << 63) - 1)
    assert decode(encode(Receipt(widest))) == Receipt(widest)
    told = Telemetry(MOST_BACKLOG, 100, -MOST_OFF_MS)
    assert decode(encode(told)) == told


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("Telemetry", [-5]),
        ("Telemetry", [MOST_BACKLOG + 1]),
        ("Telemetry", [0, -1]),
        ("Telemetry", [0, 101]),
        ("Telemetry", [0, None, 1 << 63]),
        ("Telemetry", [0, None, -MOST_OFF_MS - 1]),
        ("Telemetry", [0, None, 0.5]),
        ("Telemetry", [0, None, None, ["lane-1", -1, b"", 0, b""]]),
        ("Telemetry", [0, None, None, ["lane-1", 1, bytes(65), 0, b""]]),
        ("Ping", [LAST + 1]),
        ("Ping", [FIRST - 1]),
        ("Ping", [(1 << 64) - 1]),
        ("Hello", [-1, "d", [], 0, 0]),
        ("Hello", [1, "d" * 201, [], 0, 0]),
        ("Hello", [1, "d", [], -1, 0]),
        ("Hello", [1, "d", [], 1 << 63, 0]),
        ("Hello", [1, "d", [["catalogue", -1, 0, 0]], 0, 0]),
        ("Hello", [1, "d", [["catalogue", 0, -1, 0]], 0, 0]),
        ("Receipt", [["x" * 65, 0, 0, 0]]),
        ("Want", [[["catalogue", 0, 0, 1 << 63]]]),
        ("GiveBack", ["x" * 201]),
        ("ClaimRequest", [["i", "t", 0, None, 0], "a", "entry"]),
        ("ClaimRequest", [["i", "t", 0, None, -3], "a", "entry"]),
        ("ClaimRequest", [["i", "t", 0, None, 1_001], "a", "entry"]),
        ("ClaimRequest", [["i", "t" * 4_097, 0], "a", "entry"]),
        ("ClaimRequest", [["i", "t", 0], "a" * 201, "entry"]),
        ("ClaimRequest", [["i", "t", 0], "a", "entry", [], -1]),
        ("Upload", [[[-1, b"", b"", b""]]]),
        ("Taken", [-1]),
        ("Claimed", ["i", [*ADMITTED, 0, -1]]),
        (
            "Claimed",
            ["i", ["admit", "ok", "let_in", "confirmed", None, None, 0, 1, None, None, nan]],
        ),
        (
            "Claimed",
            ["i", ["admit", "ok", "let_in", "confirmed", None, None, 0, 1, None, None, inf]],
        ),
        ("Welcome", [1, "g" * 201, 0, 0]),
        ("Acknowledged", [0, [["i", True, "w" * 65_537]]]),
    ],
)
def test_a_number_or_text_beyond_its_bounds_is_refused(kind: str, fields: list[object]) -> None:
    with pytest.raises(WireError):
        decode(pack([kind, fields]))


def kinds() -> list[type]:
    """Return every message, whichever way it goes."""
    return list(Message.__args__)


def leaves(kind: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every scalar in a message, however deep, with the path to it."""
    origin = get_origin(kind)
    if origin is Annotated or not (origin or dataclasses.is_dataclass(kind)):
        yield at, kind
    elif dataclasses.is_dataclass(kind):
        for name, hint in get_type_hints(kind, include_extras=True).items():
            yield from leaves(hint, f"{at}.{name}")
    else:
        for part in get_args(kind):
            if part not in (type(None), Ellipsis):
                yield from leaves(part, at)


@pytest.mark.parametrize("message", kinds(), ids=lambda kind: kind.__name__)
def test_every_number_and_text_of_every_message_has_bounds(message: type) -> None:
    for at, kind in leaves(message):
        base = get_args(kind)[0] if get_origin(kind) is Annotated else kind
        base = getattr(base, "__supertype__", base)
        if base is int:
            with pytest.raises(WireError):
                convert(kind, (1 << 64))
            with pytest.raises(WireError):
                convert(kind, -(1 << 63) - 1)
        elif base is float:
            for odd in (nan, inf, -inf):
                with pytest.raises(WireError):
                    convert(kind, odd)
        elif base is str:
            with pytest.raises(WireError):
                convert(kind, "x" * 65_537)
        else:
            assert base in (bool, bytes) or issubclass(base, StrEnum | tuple), (at, base)


ODD = st.one_of(
    st.integers(-(1 << 63), (1 << 64) - 1),
    st.floats(),
    st.text(max_size=5),
    st.binary(max_size=5),
    st.none(),
    st.booleans(),
)
PLAIN = st.recursive(ODD, lambda inner: st.lists(inner, max_size=6), max_leaves=20)


@given(st.sampled_from([kind.__name__ for kind in kinds()]), st.lists(PLAIN, max_size=8))
def test_odd_values_give_a_message_that_any_database_holds_or_a_wire_error(
    kind: str, fields: list[object]
) -> None:
    try:
        message = decode(pack([kind, fields]))
    except WireError:
        return
    for number in numbers(message):
        assert isfinite(number)
        assert -(1 << 63) <= number < 1 << 64
    assert decode(encode(message)) == message


def numbers(value: object) -> Iterator[float]:
    """Yield every number in a message."""
    if isinstance(value, bool | str | bytes):
        return
    if isinstance(value, int | float):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from numbers(item)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from numbers(getattr(value, field.name))


def test_what_an_older_lane_says_is_understood() -> None:
    """Fewer fields, a clock that begins in 1970, and what has no measure yet."""
    lane_1970 = ["Telemetry", [3, None, 56 * 366 * 24 * 3_600_000]]
    for plain in (
        ["Telemetry", [0]],
        ["Telemetry", [250_000, 0, -1500]],
        lane_1970,
        ["Hello", [1, "lane-1", [["catalogue", 0, 0, 0]], 0, 0]],
        ["ClaimRequest", [["01900000-0000-7000-8000-000000000000", "E1:X", 0], "a", "entry"]],
        ["Upload", [[[7, b"", b"", b""]]]],
        ["Ping", [0]],
    ):
        assert type(decode(pack(plain))).__name__ == plain[0]
