"""What msgpack can say and a message can't: nested without end, other kinds, other numbers."""

import msgpack
import pytest

from validator.errors import WireError
from validator.wire.messages import Ping, decode, encode


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


def test_the_largest_number_comes_back() -> None:
    for number in ((1 << 64) - 1, -(1 << 63)):
        assert decode(encode(Ping(number))) == Ping(number)  # type: ignore[arg-type]
