"""The device's journal: append-only, hash-chained, what is owed and what became of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from offline_cache.errors import CacheError
from validator.model import CheckIn, CheckInId, Kind, TicketId
from validator.ports import Outcome
from validator.wire.codec import pack, unpack
from validator.wire.journal import GENESIS, row_hash
from validator.wire.messages import JournalRow

ACKNOWLEDGED, REJECTED = 1, 2

GAP = "gap"
"""Kind of a row without a body: what stood before it was lost (ADR 0011)."""

LONGEST_WHY = 500
"""Most characters that are kept of a reason."""

LEAP = 1_000_000
"""More rows than a device can have written that neither it nor the gateway knows any more."""

_ROW = "SELECT sequence, previous, hash, body FROM journal"


class Journal:
    """Rows of the `journal` table, inside a transaction that the caller holds."""

    def head(self, db: sqlite3.Connection) -> tuple[int, bytes]:
        """Return sequence and hash of the last row, 0 and `GENESIS` when there is none."""
        row = db.execute(
            "SELECT sequence, hash FROM journal ORDER BY sequence DESC LIMIT 1"
        ).fetchone()
        return (row[0], row[1]) if row else (0, GENESIS)

    def append(self, db: sqlite3.Connection, check_in: CheckIn) -> tuple[JournalRow, bool]:
        """Write one event at the end.

        Returns:
            The row, and whether it is new: the same event again is the row that it had.

        Raises:
            CacheError: Another event stands under the same id.
        """
        body = pack(check_in)
        known = db.execute(f"{_ROW} WHERE id = ?", (check_in.id,)).fetchone()
        if known:
            if known[3] != body:
                raise CacheError("Another check-in has this id already: scan the ticket again.")
            return JournalRow(*known), False
        sequence, previous = self.head(db)
        row = JournalRow(sequence + 1, previous, row_hash(previous, body), body)
        self.put(db, row, check_in)
        return row, True

    def put(
        self, db: sqlite3.Connection, row: JournalRow, check_in: CheckIn, lit: bool = False
    ) -> None:
        """Write a row as it is, owed.

        Args:
            db: Connection.
            row: Its place in the chain.
            check_in: What its body says.
            lit: Whether it was shown.
        """
        db.execute(
            "INSERT INTO journal (sequence, previous, hash, body, id, kind, of, ticket, passes,"
            " lit) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                row.sequence,
                row.previous,
                row.hash,
                row.body,
                check_in.id,
                check_in.kind.value,
                check_in.of,
                ticket_of(check_in),
                check_in.passes,
                lit,
            ),
        )

    def gap(self, db: sqlite3.Connection, sequence: int, hash: bytes | None = None) -> None:
        """Write, owed, that rows up to `sequence` are lost, those that still come after the head.

        Args:
            db: Connection.
            sequence: The last that may have existed.
            hash: That row's, if it is known.
        """
        _, previous = self.head(db)
        db.execute(
            "INSERT INTO journal (sequence, previous, hash, body, id, kind, passes)"
            " VALUES (?, ?, ?, x'', ?, ?, 0)",
            (sequence, previous, hash or row_hash(previous, b""), f"{GAP}-{sequence}", GAP),
        )

    def go_on_after(self, db: sqlite3.Connection, sequence: int) -> None:
        """Number all owed rows anew, behind a gap: the gateway has others under their numbers.

        Args:
            db: Connection.
            sequence: The gateway's last; above the head's.
        """
        db.execute("PRAGMA defer_foreign_keys = ON")
        owed = db.execute(
            "SELECT sequence, body FROM journal WHERE state = 0 AND kind <> ? ORDER BY sequence",
            (GAP,),
        ).fetchall()
        self.gap(db, sequence + LEAP)
        for old, body in owed:
            last, previous = self.head(db)
            db.execute(
                "UPDATE journal SET sequence = ?, previous = ?, hash = ? WHERE sequence = ?",
                (last + 1, previous, row_hash(previous, body), old),
            )
            db.execute("UPDATE own_uses SET event = ? WHERE event = ?", (last + 1, old))

    def lit(self, db: sqlite3.Connection, id: CheckInId) -> None:
        """Mark a check-in as shown, with every event that has shown it again."""
        db.execute(
            "UPDATE journal SET lit = 1 WHERE id = :id OR (of = :id AND kind = :resumed)"
            " OR id = (SELECT of FROM journal WHERE id = :id AND kind = :resumed)",
            {"id": id, "resumed": Kind.RESUMED.value},
        )

    def interrupted(self, db: sqlite3.Connection) -> Mapping[CheckInId, CheckIn]:
        """Return the admissions that were never lit, or whose guest's passage nobody told.

        One that was undone, released, or confirmed is not among them. The oldest comes first.
        """
        rows = db.execute(
            "SELECT body FROM journal AS shown WHERE passes = 1 AND (lit = 0 OR kind = 'hold')"
            " AND NOT EXISTS"
            " (SELECT 1 FROM journal AS later WHERE later.of = shown.id"
            " AND later.kind IN (?, ?, ?)) ORDER BY sequence",
            (Kind.UNDO.value, Kind.RELEASE.value, Kind.CONFIRM.value),
        )
        check_ins = (unpack(CheckIn, body) for (body,) in rows)
        return {check_in.id: check_in for check_in in check_ins}

    def owed(
        self, db: sqlite3.Connection, limit: int, tickets: Iterable[TicketId] | None
    ) -> tuple[JournalRow, ...]:
        """Return rows that were not answered yet, oldest first.

        Args:
            db: Connection.
            limit: At most so many.
            tickets: Only rows about these; None = all.
        """
        if tickets is None:
            rows = db.execute(f"{_ROW} WHERE state = 0 ORDER BY sequence LIMIT ?", (limit,))
        else:
            names = tuple(tickets)
            marks = ", ".join("?" * len(names))
            rows = db.execute(
                f"{_ROW} WHERE state = 0 AND ticket IN ({marks}) ORDER BY sequence LIMIT ?",
                (*names, limit),
            )
        return tuple(JournalRow(*row) for row in rows)

    def backlog(self, db: sqlite3.Connection) -> int:
        """Return how many rows are owed."""
        return int(db.execute("SELECT count(*) FROM journal WHERE state = 0").fetchone()[0])

    def settle(self, db: sqlite3.Connection, sequence: int, outcomes: Sequence[Outcome]) -> None:
        """Write down what became of rows; one that was rejected is kept, with the reason.

        Args:
            db: Connection.
            sequence: Everything up to here has arrived.
            outcomes: Of the oldest owed rows, in order. One that names another check-in than
                its row's is for that one; an unknown check-in is ignored.
        """
        owed = db.execute(
            "SELECT id FROM journal WHERE state = 0 ORDER BY sequence LIMIT ?", (len(outcomes),)
        ).fetchall()
        ids = [id for (id,) in owed] + [""] * (len(outcomes) - len(owed))
        db.executemany(
            "UPDATE journal SET state = ?, why = ? WHERE id = ? AND state = 0",
            [
                (REJECTED, outcome.why[:LONGEST_WHY], outcome.id or id)
                for outcome, id in zip(outcomes, ids, strict=True)
                if not outcome.accepted
            ],
        )
        db.execute(
            "UPDATE journal SET state = ? WHERE state = 0 AND sequence <= ?",
            (ACKNOWLEDGED, min(sequence, self.head(db)[0])),
        )

    def owe_again(self, db: sqlite3.Connection, sequence: int) -> int:
        """Owe every answered row after `sequence` once more; return how many there are."""
        return db.execute(
            "UPDATE journal SET state = 0, why = '' WHERE state <> 0 AND sequence > ?",
            (min(sequence, self.head(db)[0]),),
        ).rowcount

    def rejected(self, db: sqlite3.Connection) -> tuple[tuple[CheckInId, str], ...]:
        """Return the rejected check-ins with the gateway's reasons, oldest first."""
        rows = db.execute("SELECT id, why FROM journal WHERE state = 2 ORDER BY sequence")
        return tuple((CheckInId(name), why) for name, why in rows)


def ticket_of(check_in: CheckIn) -> TicketId | None:
    """Return the ticket that an event is filed under; an unlisted serial stands for itself."""
    if check_in.ticket is None and check_in.serial is not None:
        return check_in.serial.ticket()
    return check_in.ticket
