"""Frozen dataclasses to msgpack and back, strictly.

A dataclass travels as an array of its fields in order, named tuples likewise, enums as their
values, mappings as maps. A shorter array takes the defaults and a longer one is read up to what
is known, so that a field may be added at the end. Anything else is a `WireError`.

Whatever a field says nothing of is bounded by its kind: whole numbers to 64 bits with a sign,
floats to finite ones, instants to the years 1 to 9999, texts to `LONGEST_TEXT`; bytes by the
message. A field with bounds of its own says them, see `validator.bounds`.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Hashable, Mapping
from enum import StrEnum
from functools import cache
from operator import attrgetter
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import msgpack

from validator.bounds import (
    LARGEST_FLOAT,
    LONGEST_TEXT,
    MAX_MESSAGE_BYTES,
    MOST_INTEGER,
    Between,
    UpTo,
)
from validator.clock import FIRST, LAST, Instant
from validator.errors import WireError

T = TypeVar("T")

_USUAL: dict[type, Between | UpTo] = {
    int: Between(-MOST_INTEGER - 1, MOST_INTEGER),
    float: Between(-LARGEST_FLOAT, LARGEST_FLOAT),
    str: UpTo(LONGEST_TEXT),
}


def pack(value: Any) -> bytes:
    """Encode a dataclass (or a tuple or scalar) as msgpack."""
    return typing.cast(bytes, msgpack.packb(value, default=_plain, use_bin_type=True))


def unpack(kind: type[T], data: bytes) -> T:
    """Decode bytes from outside.

    Args:
        kind: Dataclass to build.
        data: At most `MAX_MESSAGE_BYTES`.

    Raises:
        WireError: The bytes have another form.
    """
    return convert(kind, unpack_plain(data))


def unpack_plain(data: bytes) -> Any:
    """Decode msgpack into lists, maps and scalars.

    Raises:
        WireError: The bytes are too many or no msgpack.
    """
    if len(data) > MAX_MESSAGE_BYTES:
        raise WireError(f"A message of {len(data)} bytes is larger than {MAX_MESSAGE_BYTES}.")
    try:
        return msgpack.unpackb(data, raw=False, strict_map_key=False)
    except (ValueError, TypeError, msgpack.UnpackException) as error:
        raise WireError("A message is no msgpack.") from error


def convert(kind: type[T], plain: Any) -> T:
    """Build a value of `kind` from lists, maps and scalars.

    Raises:
        WireError: The parts do not fit.
    """
    return typing.cast(T, _reader(typing.cast(Hashable, kind))(plain))


def _plain(value: Any) -> Any:
    """Return what msgpack can't encode by itself as something that it can.

    Tuples, named tuples and `StrEnum`s it takes as what they derive from.
    """
    return _writer(typing.cast(Hashable, type(value)))(value)


@cache
def _writer(kind: Any) -> Callable[[Any], Any]:
    if issubclass(kind, Mapping):
        return dict
    if not dataclasses.is_dataclass(kind):
        raise TypeError(f"A {kind.__name__} can't travel.")
    names = [field.name for field in dataclasses.fields(kind)]
    if len(names) > 1:
        return attrgetter(*names)
    return lambda value: tuple(getattr(value, name) for name in names)


@cache
def _reader(kind: Any) -> Callable[[Any], Any]:
    origin = get_origin(kind)
    if origin is Annotated:
        inner, bound = get_args(kind)
        return _scalar(getattr(inner, "__supertype__", inner), bound)
    if kind is Instant:
        return _scalar(int, Between(FIRST, LAST))
    if hasattr(kind, "__supertype__"):
        return _reader(kind.__supertype__)
    if origin in (Union, types.UnionType):
        return _union(get_args(kind))
    if origin is tuple:
        return _tuple(get_args(kind))
    if origin is not None and issubclass(origin, Mapping):
        return _mapping(*get_args(kind))
    if dataclasses.is_dataclass(kind):
        return _fields(kind)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return _enum(kind)
    if isinstance(kind, type) and issubclass(kind, tuple):
        return _named(kind)
    return _scalar(kind)


def _scalar(kind: type, bound: Between | UpTo | None = None) -> Callable[[Any], Any]:
    match bound or _USUAL.get(kind):
        case Between(low, high):
            return _number(kind, low, high)
        case UpTo(longest):
            return _sized(kind, longest)

    def read(plain: Any) -> Any:
        if type(plain) is not kind:
            raise _unexpected(kind, plain)
        return plain

    return read


def _number(kind: Any, low: float, high: float) -> Callable[[Any], Any]:
    def read(plain: Any) -> Any:
        if kind is float and type(plain) is int and low <= plain <= high:
            return float(plain)
        if type(plain) is not kind:
            raise _unexpected(kind, plain)
        # NaN is neither.
        if not low <= plain <= high:
            raise WireError(f"A number is not from {low} to {high}.")
        return plain

    return read


def _sized(kind: Any, longest: int) -> Callable[[Any], Any]:
    def read(plain: Any) -> Any:
        if type(plain) is not kind:
            raise _unexpected(kind, plain)
        if len(plain) > longest:
            raise WireError(f"A value is longer than {longest}.")
        return plain

    return read


def _unexpected(kind: type, plain: object) -> WireError:
    return WireError(f"Expected {kind.__name__}, got {type(plain).__name__}.")


def _enum(kind: type[StrEnum]) -> Callable[[Any], Any]:
    members = {member.value: member for member in kind}

    def read(plain: Any) -> Any:
        try:
            return members[plain]
        except (KeyError, TypeError) as error:
            raise WireError(f"Unknown {kind.__name__.lower()}.") from error

    return read


def _union(members: tuple[Any, ...]) -> Callable[[Any], Any]:
    readers = [_reader(member) for member in members if member is not type(None)]
    optional = type(None) in members

    def read(plain: Any) -> Any:
        if plain is None and optional:
            return None
        for reader in readers:
            try:
                return reader(plain)
            except WireError:
                continue
        raise WireError("A value fits none of its possible kinds.")

    return read


def _tuple(members: tuple[Any, ...]) -> Callable[[Any], Any]:
    if len(members) == 2 and members[1] is Ellipsis:
        each = _reader(members[0])
        return lambda plain: tuple(each(item) for item in _list(plain))
    readers = [_reader(member) for member in members]

    def read(plain: Any) -> Any:
        items = _list(plain)
        if len(items) != len(readers):
            raise WireError(f"Expected {len(readers)} items, got {len(items)}.")
        return tuple(reader(item) for reader, item in zip(readers, items, strict=True))

    return read


def _mapping(key: Any, value: Any) -> Callable[[Any], Any]:
    read_key, read_value = _reader(key), _reader(value)

    def read(plain: Any) -> Any:
        if not isinstance(plain, dict):
            raise WireError("Expected a map.")
        return {read_key(name): read_value(item) for name, item in plain.items()}

    return read


def _named(kind: Any) -> Callable[[Any], Any]:
    inner = _tuple(tuple(typing.get_type_hints(kind).values()))
    return lambda plain: kind(*inner(plain))


def _fields(kind: Any) -> Callable[[Any], Any]:
    hints = typing.get_type_hints(kind, include_extras=True)
    names = [field.name for field in dataclasses.fields(kind)]
    readers = [_reader(hints[name]) for name in names]

    def read(plain: Any) -> Any:
        items = _list(plain)
        values = [reader(item) for reader, item in zip(readers, items, strict=False)]
        try:
            return kind(*values)
        except TypeError as error:
            raise WireError(f"A {kind.__name__} has too few fields.") from error

    return read


def _list(plain: Any) -> list[Any]:
    if not isinstance(plain, list):
        raise WireError("Expected an array.")
    return plain
