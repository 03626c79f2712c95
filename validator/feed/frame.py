"""What travels in a stream: deltas, snapshots and heartbeats, and the sizes that they keep to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from validator.bounds import MAX_MESSAGE_BYTES
from validator.clock import Instant

DIGEST_BYTES = 32
"""Length of a chain digest. Source: FIPS 180-4, SHA-256."""

NO_DIGEST = bytes(DIGEST_BYTES)
"""Chain digest of a stream in which nothing ever happened."""

MAX_SEALED_BYTES = MAX_MESSAGE_BYTES - 4096
"""Largest sealed frame; leaves a message of the link room for its own few bytes."""

MAX_ROWS_BYTES = 128 * 1024 * 1024
"""Largest part of a snapshot once it is unpacked, in bytes of its rows."""

MAX_PARTS = 65_536
"""Most parts of one snapshot."""

MAX_ROWS = 2_000_000
"""Most rows in one frame."""

MAX_KEY_BYTES = 512
"""Longest key of a row."""

MAX_VALUE_BYTES = 64 * 1024
"""Longest value of a row."""

MAX_NAMES = 65_536
"""Most streams, and most sources, in one heartbeat."""

_U64 = (1 << 64) - 1
_LATEST = (1 << 53) - 1
_STREAM = re.compile(r"[a-z]{1,32}(\.[1-9][0-9]{0,9})?")


class Epoch(NamedTuple):
    """A life of the gateway's store; a restore begins a new one.

    Only counters are ordered. Two epochs with one counter but other random bits are two gateways
    that both took themselves for the restored one.

    Args:
        counter: >= 1, above any that a device ever reported.
        random: 64 random bits.
    """

    counter: int
    random: int


class Cursor(NamedTuple):
    """A place in a stream.

    Args:
        epoch: Life of the store.
        sequence: Last delta that is contained; 0 = the epoch has begun, nothing came yet.
    """

    epoch: Epoch
    sequence: int


Row = tuple[bytes, bytes | None]
"""Key and new value; None = removed."""


@dataclass(frozen=True, slots=True)
class Delta:
    """The next change of a stream.

    Args:
        stream: `catalogue`, `tickets.5`, `cancellations.5`, `uses.5` …
        cursor: Where the stream stands after it; sequence >= 1, without gaps.
        previous: Chain digest before it, 32 bytes.
        rows: Sorted by key, each key once.
    """

    stream: str
    cursor: Cursor
    previous: bytes
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that a stream holds at a cursor, or one of several parts of it.

    Args:
        stream: As in `Delta`.
        cursor: Where the stream stands; sequence >= 0.
        digest: Chain digest at the cursor, 32 bytes. It says on which chain the next delta must
            hang; that the rows are those of the chain is the gateway's word, by its seal.
        rows: Key and value, sorted by key, each key once.
        part: Which part this is, from 0.
        parts: How many there are; together they hold every row, in order of the keys.
    """

    stream: str
    cursor: Cursor
    digest: bytes
    rows: tuple[tuple[bytes, bytes], ...]
    part: int = 0
    parts: int = 1

    @property
    def is_last(self) -> bool:
        """Whether no part follows this one."""
        return self.part == self.parts - 1


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Still here, every second.

    Args:
        epoch: Present life of the store.
        now: Gateway's wall clock; goes up from heartbeat to heartbeat.
        sequences: Last sequence of every stream, so that a silent gap is seen.
        as_of: Per source id, when its last complete sync was (gateway's wall clock).
    """

    epoch: Epoch
    now: Instant
    sequences: Mapping[str, int]
    as_of: Mapping[str, Instant]


Frame = Delta | Snapshot | Heartbeat


def fault(frame: Frame) -> str | None:
    """Return what is wrong with a frame's form, a clause for people; None = nothing."""
    if isinstance(frame, Heartbeat):
        return _epoch_fault(frame.epoch) or _heartbeat_fault(frame)
    digest, first = (frame.previous, 1) if isinstance(frame, Delta) else (frame.digest, 0)
    if not is_stream(frame.stream):
        return "its stream has no proper name"
    if not _within(frame.cursor.sequence, first, _U64):
        return "its sequence is out of range"
    if type(digest) is not bytes or len(digest) != DIGEST_BYTES:
        return "its digest has a wrong length"
    if isinstance(frame, Snapshot) and not (
        _within(frame.parts, 1, MAX_PARTS) and _within(frame.part, 0, frame.parts - 1)
    ):
        return "its part is out of range"
    return _epoch_fault(frame.cursor.epoch) or _rows_fault(
        frame.rows, removals=isinstance(frame, Delta)
    )


def is_stream(name: str) -> bool:
    """Tell whether this may be a stream's name: a word, or a word, a dot and a scope."""
    return type(name) is str and _STREAM.fullmatch(name) is not None


def _within(value: object, low: int, high: int) -> bool:
    return type(value) is int and low <= value <= high


def _epoch_fault(epoch: Epoch) -> str | None:
    if _within(epoch.counter, 1, _U64) and _within(epoch.random, 0, _U64):
        return None
    return "its epoch is out of range"


def _heartbeat_fault(heartbeat: Heartbeat) -> str | None:
    if max(len(heartbeat.sequences), len(heartbeat.as_of)) > MAX_NAMES:
        return "it names too many streams or sources"
    if not all(map(is_stream, heartbeat.sequences)):
        return "it holds a stream without a proper name"
    if not all(type(name) is str and 1 <= len(name) <= 64 for name in heartbeat.as_of):
        return "it holds a source without a proper name"
    if not all(_within(sequence, 0, _U64) for sequence in heartbeat.sequences.values()):
        return "it holds a sequence that is out of range"
    if not all(_within(time, 0, _LATEST) for time in (heartbeat.now, *heartbeat.as_of.values())):
        return "it holds a time that is out of range"
    return None


def _rows_fault(rows: Sequence[Row], removals: bool) -> str | None:
    if len(rows) > MAX_ROWS:
        return f"it holds more than {MAX_ROWS} rows"
    keys: list[bytes] = []
    for key, value in rows:
        if type(key) is not bytes or not 1 <= len(key) <= MAX_KEY_BYTES:
            return "a row's key has a wrong length"
        if type(value) is not bytes:
            if value is not None or not removals:
                return "a row has no proper value"
        elif len(value) > MAX_VALUE_BYTES:
            return f"a row's value is longer than {MAX_VALUE_BYTES} bytes"
        keys.append(key)
    if any(key >= after for key, after in pairwise(keys)):
        return "its rows are not sorted, or hold a key twice"
    return None
