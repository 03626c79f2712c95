"""Where a stream stands, and the publisher's steps along its digest chain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from validator.errors import FixRequest
from validator.feed.frame import MAX_ROWS, NO_DIGEST, Cursor, Delta, Epoch, Row, Snapshot
from validator.feed.seal import chain_digest

V = TypeVar("V", bytes, bytes | None)

DELTA_ROWS = 4_096
"""Most rows that `cut` puts into one delta."""

DELTA_BYTES = 1024 * 1024
"""Most bytes of keys and values that `cut` puts into one delta, unless one row has more."""

PART_BYTES = 900 * 1024
"""Most bytes of keys and values in one part of a snapshot, unless one row has more: a part is
small enough for any message of the link, both ways, and other messages pass between two."""


@dataclass(frozen=True, slots=True)
class StreamHead:
    """Where a follower, or the publisher itself, stands in one stream.

    Args:
        stream: Its name.
        cursor: Last change that is contained; None = nothing is held.
        digest: Chain digest there, 32 bytes.
    """

    stream: str
    cursor: Cursor | None
    digest: bytes

    @classmethod
    def empty(cls, stream: str) -> StreamHead:
        """Stand before any epoch; for a follower only a snapshot leads on from here."""
        return cls(stream, None, NO_DIGEST)


def begin(head: StreamHead, epoch: Epoch) -> StreamHead:
    """Enter an epoch, the publisher's first step in it; within the epoch nothing happens.

    The chain carries on, sequences start again. Followers enter by a snapshot only.

    Args:
        head: Where the publisher stands, perhaps in an older epoch.
        epoch: Present life of its store.

    Raises:
        FixRequest: The stream already stands in a later epoch, or in another of that counter.
    """
    if head.cursor is None or head.cursor.epoch.counter < epoch.counter:
        return StreamHead(head.stream, Cursor(epoch, 0), head.digest)
    if head.cursor.epoch != epoch:
        raise FixRequest(
            f"The stream {head.stream} has reached epoch {head.cursor.epoch.counter}; "
            "begin an epoch with a higher counter."
        )
    return head


def extend(head: StreamHead, rows: Iterable[Row], epoch: Epoch) -> tuple[Delta, StreamHead]:
    """Make the next delta, the publisher's step.

    Args:
        head: Where the publisher stands.
        rows: Changes, in the order in which they happened; of one key the last one counts.
            Large changes go through `cut` first.
        epoch: Present life of its store; a new one is entered (see `begin`).

    Returns:
        The delta to seal, and where the publisher stands after it.

    Raises:
        FixRequest: As `begin`.
    """
    head = begin(head, epoch)
    assert head.cursor is not None
    cursor = Cursor(epoch, head.cursor.sequence + 1)
    delta = Delta(head.stream, cursor, head.digest, tuple(sorted(dict(rows).items())))
    return delta, StreamHead(head.stream, cursor, chain_digest(delta))


def snapshot(head: StreamHead, rows: Iterable[tuple[bytes, bytes]]) -> Snapshot:
    """Make the snapshot of where the publisher stands, in one part.

    Args:
        head: Its place, after `begin`.
        rows: Everything that the stream holds there, in any order.

    Raises:
        FixRequest: The stream has not begun.
    """
    if head.cursor is None:
        raise FixRequest(f"The stream {head.stream} has not begun; give it an epoch first.")
    return Snapshot(head.stream, head.cursor, head.digest, tuple(sorted(rows)))


def snapshots(head: StreamHead, rows: Iterable[tuple[bytes, bytes]]) -> list[Snapshot]:
    """Make the snapshot of where the publisher stands, in as many parts as it takes.

    Args:
        head: Its place, after `begin`.
        rows: Everything that the stream holds there, in any order.

    Raises:
        FixRequest: The stream has not begun.
    """
    whole = snapshot(head, rows)
    cuts = list(_cut(whole.rows, MAX_ROWS, PART_BYTES)) or [()]
    return [
        replace(whole, rows=part, part=place, parts=len(cuts)) for place, part in enumerate(cuts)
    ]


def cut(rows: Iterable[Row]) -> Iterator[tuple[Row, ...]]:
    """Yield changes in parts, in order, each small enough for one delta."""
    return _cut(rows, DELTA_ROWS, DELTA_BYTES)


def _cut(
    rows: Iterable[tuple[bytes, V]], most: int, most_bytes: int
) -> Iterator[tuple[tuple[bytes, V], ...]]:
    part: list[tuple[bytes, V]] = []
    size = 0
    for key, value in rows:
        more = len(key) + len(value or b"")
        if part and (len(part) == most or size + more > most_bytes):
            yield tuple(part)
            part, size = [], 0
        part.append((key, value))
        size += more
    if part:
        yield tuple(part)
