"""Who went through."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from validator.clock import Instant
from validator.gateway.store.uses import MOST_USES, Passage, Tally, UseRow
from validator.model import CheckInId, Direction, TicketId, Use, UseState

# A sum that stops at nobody at each step ends as far above the plain one as that was ever below.
# Only tickets that somebody left with can be.
_STRAYS = (
    "SELECT performance, -sum(lowest) FROM (SELECT performance, min(people) AS lowest FROM ("
    "SELECT ticket, performance, sum(CASE direction WHEN 'entry' THEN count ELSE -count END)"
    " OVER (PARTITION BY ticket, performance ORDER BY at, id) AS people FROM uses"
    " WHERE ticket IN (SELECT ticket FROM uses WHERE direction = 'exit'))"
    " GROUP BY ticket, performance HAVING lowest < 0) GROUP BY performance"
)

_USE = "id, ticket, performance, direction, count, at, gate, device, state, code"

_PASSAGES = (
    "SELECT events.seq, about.id, about.ticket, about.performance, about.gate, about.at_corrected,"
    f" {', '.join(f'uses.{name}' for name in _USE.split(', '))} FROM events"
    " LEFT JOIN events AS about ON about.id = CASE"
    " WHEN events.kind IN ('shown', 'hold') AND events.decision IN ('admit', 'check')"
    " THEN events.id WHEN events.kind IN ('undo', 'release', 'confirm') THEN events.of_id END"
    " LEFT JOIN uses ON uses.id = about.id WHERE events.seq > ? ORDER BY events.seq LIMIT ?"
)


def _use_of(row: tuple[Any, ...]) -> Use:
    id, ticket, performance, direction, count, at, gate, device, state, code = row
    return Use(
        id,
        ticket,
        performance,
        Direction(direction),
        count,
        Instant(at),
        gate,
        device,
        UseState(state),
        code,
    )


def _passage_of(row: tuple[Any, ...]) -> Passage:
    sequence, id, ticket, performance, gate, at, used = row[:7]
    use = _use_of(row[6:]) if used else None
    return Passage(sequence, id, ticket, performance or 0, gate or "", Instant(at or 0), use)


class SqliteUses:
    """Table `uses`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._run = connection.execute

    def put(self, row: UseRow) -> None:
        """Add or replace a use."""
        use = row.use
        self._run(
            f"INSERT OR REPLACE INTO uses ({_USE}, ref, tariff, distributor, origin)"
            " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                use.id,
                use.ticket,
                use.performance,
                use.direction.value,
                use.count,
                use.at,
                use.gate,
                use.device,
                use.state.value,
                use.code,
                row.ref,
                row.tariff,
                row.distributor,
                row.origin,
            ),
        )

    def find(self, id: CheckInId) -> UseRow | None:
        """Return a use."""
        row = self._run(
            f"SELECT {_USE}, ref, tariff, distributor, origin FROM uses WHERE id = ?", (id,)
        ).fetchone()
        return UseRow(_use_of(row[:10]), *row[10:]) if row else None

    def passages(self, sequence: int, limit: int) -> tuple[Passage, ...]:
        """Return what the journal's events mean, in order, those after a sequence."""
        return tuple(map(_passage_of, self._run(_PASSAGES, (sequence, limit))))

    def remove(self, id: CheckInId) -> None:
        """Take a use back."""
        self._run("DELETE FROM uses WHERE id = ?", (id,))

    def of_ticket(self, ticket: TicketId) -> tuple[Use, ...]:
        """Return a ticket's uses in order of (time, id), the first `MOST_USES` of them."""
        rows = self._run(
            f"SELECT {_USE} FROM uses WHERE ticket = ? ORDER BY at, id LIMIT {MOST_USES}", (ticket,)
        )
        return tuple(map(_use_of, rows))

    def rekey(self, ref: bytes, old: TicketId, new: TicketId) -> tuple[Use, ...]:
        """Put the uses that were made with a serial under another ticket; return those."""
        found = self._run("SELECT id FROM uses WHERE ticket = ? AND ref = ?", (old, ref))
        ids = [id for (id,) in found.fetchall()]
        self._run("UPDATE uses SET ticket = ? WHERE ticket = ? AND ref = ?", (new, old, ref))
        rows = (self._run(f"SELECT {_USE} FROM uses WHERE id = ?", (id,)).fetchone() for id in ids)
        return tuple(map(_use_of, rows))

    def held(self) -> tuple[Use, ...]:
        """Return the uses that wait for their guest's passage, oldest first."""
        rows = self._run(f"SELECT {_USE} FROM uses WHERE state = 'held' ORDER BY at, id")
        return tuple(map(_use_of, rows))

    def tallies(self) -> tuple[Tally, ...]:
        """Count people."""
        rows = self._run(
            "SELECT performance, gate, direction, tariff, distributor, sum(count) FROM uses"
            " GROUP BY performance, gate, direction, tariff, distributor"
        )
        return tuple(Tally(*row) for row in rows)

    def strays(self) -> Mapping[int, int]:
        """Count by performance the people who left and had not come in, as `model.inside` does."""
        return dict(self._run(_STRAYS).fetchall())
