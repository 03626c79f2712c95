"""The set of cancelled tickets, kept as bytes beside its rows: building it takes seconds.

A snapshot drops the image with the rows that it replaces, so only deltas can have come since it
was written. They are kept as frames, and are played to the loaded set.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping

from validator.errors import WireError
from validator.revocation import RevocationSet
from validator.wire.codec import pack, unpack_plain

LEAST = 10_000
"""A smaller set is built from its rows in no time."""

MOST_DELTAS = 200
"""After more of them the image is written again."""


def drop(db: sqlite3.Connection) -> None:
    """Forget the image: its rows are being replaced."""
    db.execute("DELETE FROM image")


def save(db: sqlite3.Connection, revocations: RevocationSet) -> None:
    """Write the image of a set that stands where the streams stand now."""
    drop(db)
    if len(revocations) >= LEAST:
        cursors = pack(_cursors(db))
        db.execute("INSERT INTO image VALUES (1, ?, ?)", (cursors, revocations.image()))


def load(db: sqlite3.Connection) -> tuple[RevocationSet, list[bytes]] | None:
    """Read the image; None = there is none that can be relied on.

    Returns:
        The set, and the sealed deltas that came after it was written, in the order of each
        stream.
    """
    row = db.execute("SELECT cursors, image FROM image").fetchone()
    if row is None:
        return None
    written = unpack_plain(row[0])
    if not isinstance(written, dict) or set(written) != set(_cursors(db)):
        return None
    deltas: list[bytes] = []
    for name, (counter, random, sequence) in _cursors(db).items():
        after = list(_after(db, name, written[name]))
        if written[name][:2] != [counter, random] or written[name][2] + len(after) != sequence:
            return None
        deltas += after
    try:
        return RevocationSet.from_image(row[1]), deltas
    except WireError:
        return None


def _cursors(db: sqlite3.Connection) -> Mapping[str, tuple[int, bytes, int]]:
    rows = db.execute(
        "SELECT name, counter, random, sequence FROM streams WHERE name GLOB 'cancellations.*'"
    )
    return {name: (counter, random, sequence) for name, counter, random, sequence in rows}


def _after(db: sqlite3.Connection, name: str, cursor: list[object]) -> Iterator[bytes]:
    rows = db.execute(
        "SELECT sealed FROM frames JOIN streams ON streams.id = frames.stream WHERE name = ?"
        " AND frames.counter = ? AND frames.random = ? AND frames.sequence > ?"
        " ORDER BY frames.sequence",
        (name, *cursor),
    )
    return (sealed for (sealed,) in rows)
