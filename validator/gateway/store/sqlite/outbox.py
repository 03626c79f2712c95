"""What ticketing systems are owed, and what they refused."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping

from validator.gateway.store.outbox import Delivery
from validator.model import CheckIn, CheckInId
from validator.ports import Outcome, Report
from validator.wire.codec import unpack


class SqliteOutbox:
    """Table `outbox`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._run = connection.execute
        self._many = connection.executemany

    def put(self, source: str, id: CheckInId, number: str | None) -> None:
        """Owe a check-in to a source."""
        self._run(
            "INSERT INTO outbox (source, check_in, number, state) VALUES (?, ?, ?, 'owed')"
            " ON CONFLICT DO NOTHING",
            (source, id, number),
        )

    def follow(self, of: CheckInId, id: CheckInId) -> None:
        """Owe an event to every source that was owed the check-in it is about."""
        self._run(
            "INSERT INTO outbox (source, check_in, number, state)"
            " SELECT source, ?, number, 'owed' FROM outbox WHERE check_in = ?"
            " ON CONFLICT DO NOTHING",
            (id, of),
        )

    def owed(self, source: str, limit: int, since: CheckInId | None = None) -> tuple[Report, ...]:
        """Return the oldest ones that are owed; from the place of one on."""
        rows = self._run(
            "SELECT events.body, outbox.number FROM outbox JOIN events ON events.id = check_in"
            " WHERE source = ?1 AND state = 'owed' AND outbox.seq >= coalesce("
            "(SELECT seq FROM outbox WHERE check_in = ?3 AND source = ?1), 0)"
            " ORDER BY outbox.seq LIMIT ?2",
            (source, limit, since),
        )
        return tuple(Report(unpack(CheckIn, body), number) for body, number in rows)

    def settle(self, source: str, outcomes: Iterable[Outcome]) -> None:
        """Mark what was taken, or refused for good."""
        self._many(
            "UPDATE outbox SET state = ?, answer = ? WHERE source = ? AND check_in = ?",
            [
                ("done" if outcome.accepted else "refused", outcome.why[:500], source, outcome.id)
                for outcome in outcomes
            ],
        )

    def backlog(self) -> Mapping[str, int]:
        """Count what is owed, by source."""
        rows = self._run("SELECT source, count(*) FROM outbox WHERE state = 'owed' GROUP BY source")
        return dict(rows.fetchall())

    def refused(self) -> Mapping[str, int]:
        """Count what was refused for good, by source."""
        rows = self._run(
            "SELECT source, count(*) FROM outbox WHERE state = 'refused' GROUP BY source"
        )
        return dict(rows.fetchall())

    def undelivered(self, refused: bool, after: int, limit: int) -> tuple[Delivery, ...]:
        """Return what is owed, or what was refused for good, behind a place; the oldest first."""
        rows = self._run(
            "SELECT outbox.seq, source, events.body, outbox.number, answer FROM outbox"
            " JOIN events ON events.id = check_in WHERE state = ? AND outbox.seq > ?"
            " ORDER BY outbox.seq LIMIT ?",
            ("refused" if refused else "owed", after, limit),
        )
        return tuple(
            Delivery(seq, source, Report(unpack(CheckIn, body), number), refused, answer)
            for seq, source, body, number, answer in rows
        )

    def retry(self, source: str | None, id: CheckInId | None) -> int:
        """Owe again what was refused for good; return how many."""
        return self._run(
            "UPDATE outbox SET state = 'owed', answer = '' WHERE state = 'refused'"
            " AND (?1 IS NULL OR source = ?1) AND (?2 IS NULL OR check_in = ?2)",
            (source, id),
        ).rowcount
