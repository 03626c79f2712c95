"""The set of a stream's cancelled tickets as bytes beside its rows: building it takes seconds.

It is of one generation of the rows, so only deltas can have come since it was written. They are
kept as frames, and are played to the loaded set.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from validator.errors import WireError
from validator.revocation import RevocationSet

LEAST = 10_000
"""A smaller set is built from its rows in no time."""

MOST_DELTAS = 200
"""After more of them the image is written again."""

PART_BYTES = 256 * 1024


def parts(revocations: RevocationSet) -> Iterator[bytes]:
    """Yield the image of a set in parts of 256 KiB at most; none for a small set."""
    if len(revocations) >= LEAST:
        whole = memoryview(revocations.image())
        for start in range(0, len(whole), PART_BYTES):
            yield bytes(whole[start : start + PART_BYTES])


def write(db: sqlite3.Connection, stream: int, sequence: int, part: int, image: bytes) -> None:
    """Write one part of the image of a set that stands at a sequence."""
    db.execute("INSERT INTO image VALUES (?, ?, ?, ?)", (stream, part, sequence, image))


def save(db: sqlite3.Connection, stream: int, revocations: RevocationSet) -> None:
    """Write the image of a set that stands where its stream stands now."""
    db.execute("DELETE FROM image WHERE stream = ?", (stream,))
    for part, image in enumerate(parts(revocations)):
        write(db, stream, _sequence(db, stream), part, image)


def load(db: sqlite3.Connection, stream: int) -> tuple[RevocationSet, list[bytes]] | None:
    """Read the image; None = there is none that can be relied on.

    Returns:
        The set, and the sealed deltas that came after it was written, in order.
    """
    rows = db.execute(
        "SELECT sequence, image FROM image WHERE stream = ? ORDER BY part", (stream,)
    ).fetchall()
    if not rows:
        return None
    written = rows[0][0]
    deltas = db.execute(
        "SELECT sealed FROM frames JOIN streams USING (counter, random) WHERE streams.id = ?1"
        " AND frames.stream = ?1 AND frames.sequence > ?2 ORDER BY frames.sequence",
        (stream, written),
    ).fetchall()
    if written + len(deltas) != _sequence(db, stream):
        return None
    try:
        whole = b"".join(image for _, image in rows)
        return RevocationSet.from_image(whole), [sealed for (sealed,) in deltas]
    except WireError:
        return None


def _sequence(db: sqlite3.Connection, stream: int) -> int:
    row = db.execute("SELECT sequence FROM streams WHERE id = ?", (stream,)).fetchone()
    return int(row[0])
