"""A damaged cache is set aside and a new one made, with every journal row that still verifies.

What was heard comes from the gateway again. What the device owes is nowhere else: its rows are
read page by page, and each that fits its hash is owed again, under its old number.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from offline_cache.errors import CacheError
from offline_cache.file.damage import explained, journal_row
from offline_cache.file.database import connect, finish_exchange, lock
from offline_cache.file.encryption import Seal
from offline_cache.file.exchange import DAMAGED, LOGS, MENDED, beside
from offline_cache.file.page_reader import records
from offline_cache.journal.journal import Journal
from offline_cache.knowledge.uses import Uses
from validator.clock import Instant
from validator.disk.private_files import put_in_place
from validator.errors import WireError
from validator.model import CheckIn, DeviceId
from validator.wire.codec import unpack
from validator.wire.journal import row_hash
from validator.wire.messages import JournalRow

LARGEST_HOLE = 1_000_000
"""Most missing numbers that are taken for rows; a wider hole is an earlier mending's leap."""


@dataclass(frozen=True, slots=True)
class Mended:
    """What became of a damaged cache.

    Args:
        aside: The damaged file's new name.
        rescued: Journal rows that were found and are owed again.
        lost: Rows between these that can't be read.
    """

    aside: str
    rescued: int
    lost: int

    def __str__(self) -> str:
        """Return what people are to know."""
        lost = f" {self.lost} between them can't be read." if self.lost else ""
        return (
            f"The device's cache was damaged. It is kept as {self.aside}. Rescued journal rows, "
            f"owed again: {self.rescued}.{lost} The rest comes from the gateway."
        )


@dataclass(slots=True)
class _Found:
    """What looks like rows of a journal, by number; which were lit; the highest start."""

    rows: dict[int, JournalRow] = field(default_factory=dict)
    lit: set[int] = field(default_factory=set)
    starts: int = 0


def mend(path: Path, device: DeviceId, now: Instant) -> Mended:
    """Set a damaged cache aside and put a new one in its place.

    The journal goes on at the time in milliseconds, which no counted number and no earlier
    mending has reached, so that no number is used twice whatever was lost at the end.

    Args:
        path: The damaged file.
        device: Whose it is.
        now: Wall clock.

    Raises:
        CloseOther: Another process has it open.
        CacheError: There is no room, or the folder can't be written; nothing was changed.
    """
    guard = lock(path)
    try:
        moment = f"{datetime.fromtimestamp(now / 1000, UTC):%Y%m%dT%H%M%S.%fZ}"
        draft = beside(path, ".new")
        for end in (*LOGS, ""):
            beside(draft, end).unlink(missing_ok=True)
        seal = Seal.of(path)
        found = _found(path, device, seal)
        rows = _verified(found.rows, device)
        with explained(), closing(connect(draft, seal)) as db:
            db.execute("BEGIN IMMEDIATE")
            db.execute("INSERT INTO device VALUES (?, ?)", (device, max(now, found.starts)))
            lost = _write(db, rows, found.lit, now)
            db.execute("COMMIT")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        put_in_place(draft, beside(path, MENDED + moment))
        finish_exchange(path)
    except OSError as error:
        raise CacheError(
            f"The device's damaged cache can't be mended ({error.strerror}): check its disk."
        ) from error
    finally:
        os.close(guard)
    return Mended(path.name + DAMAGED + moment, sum(bool(row.body) for row, _ in rows), lost)


def _found(path: Path, device: DeviceId, seal: Seal | None) -> _Found:
    found = _Found()
    # It may be damaged on the very day that it would have been sealed.
    for number, values in chain(*(records(path, _asked, way) for way in {None, seal})):
        match values:
            case (None, bytes(previous), bytes(hash), bytes(body), _, _, _, _, _, lit, *_):
                found.rows[number] = JournalRow(number, previous, hash, body)
                if lit == 1:
                    found.lit.add(number)
            case (str(id), int(count)) if id == device:
                found.starts = max(found.starts, count)
    return found


def _asked(types: Sequence[int]) -> bool:
    return journal_row(types) or len(types) == 2


def _verified(
    found: Mapping[int, JournalRow], device: DeviceId
) -> list[tuple[JournalRow, CheckIn | None]]:
    """Return the rows that are genuine, in order; a gap has no check-in."""
    rows: list[tuple[JournalRow, CheckIn | None]] = []
    for number in sorted(found):
        row = _fitting(found, number)
        if row is None:
            continue
        try:
            check_in = unpack(CheckIn, row.body) if row.body else None
        except WireError:
            continue
        if check_in is None or check_in.device == device:
            rows.append((row, check_in))
    return rows


def _fitting(found: Mapping[int, JournalRow], number: int) -> JournalRow | None:
    """Return a row whose body fits its hash; the rows beside it know both hashes too."""
    row, before, after = (found.get(number + step) for step in (0, -1, 1))
    assert row is not None
    if not row.body:
        return row
    for previous in (row.previous, before.hash if before else row.previous):
        for hash in (row.hash, after.previous if after else row.hash):
            if row_hash(previous, row.body) == hash:
                return JournalRow(number, previous, hash, row.body)
    return None


def _write(
    db: sqlite3.Connection,
    rows: Sequence[tuple[JournalRow, CheckIn | None]],
    lit: AbstractSet[int],
    now: Instant,
) -> int:
    """Write rows, gaps where others are missing, and the leap; return how many are missing."""
    journal, uses = Journal(), Uses()
    lost = last = 0
    for place, (row, check_in) in enumerate(rows, 1):
        if check_in is None:
            journal.gap(db, row.sequence, row.hash)
        else:
            if (missing := row.sequence - last - 1) > 0:
                lost += missing if missing < LARGEST_HOLE else 0
                journal.gap(db, row.sequence - 1, row.previous)
            # A lane scans one after the other: only the last can have been kept from the light.
            journal.put(db, row, check_in, place < len(rows) or row.sequence in lit)
            uses.enter(db, row.sequence, check_in)
        last = row.sequence
    journal.gap(db, max(last + 1, now))
    return lost
