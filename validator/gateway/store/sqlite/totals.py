"""Totals over the journal."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from validator.gateway.store.journal import Event
from validator.gateway.store.sqlite.journal import EVENT, event_of
from validator.gateway.store.totals import VerdictTotal
from validator.model import Conflict, DeviceId, TicketId
from validator.wire.codec import unpack


class SqliteTotals:
    """Read-only questions to table `events`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._run = connection.execute

    def shown(self) -> tuple[VerdictTotal, ...]:
        """Count verdicts."""
        rows = self._run(
            "SELECT decision, reason, assurance, count(*) FROM events"
            " WHERE kind IN ('shown', 'hold') GROUP BY decision, reason, assurance"
        )
        return tuple(VerdictTotal(*row) for row in rows)

    def attempts(self) -> Mapping[DeviceId, int]:
        """Count by device how often it spoke of a check-in that is another device's."""
        rows = self._run(
            "SELECT said.device, count(*) FROM events AS said"
            " JOIN events AS about ON about.id = said.of_id AND about.device <> said.device"
            " WHERE said.kind IN ('undo', 'release', 'confirm') GROUP BY said.device"
        )
        return {DeviceId(device): times for device, times in rows}

    def conflicts(self) -> int:
        """Count the events that are conflicts now."""
        total: int = self._run("SELECT count(*) FROM events WHERE conflict = 1").fetchone()[0]
        return total

    def conflicts_of(self, device: DeviceId) -> tuple[Conflict, ...]:
        """Return the conflicts of now that a device has to do with."""
        rows = self._run(
            "SELECT body FROM conflict_devices JOIN conflicts USING (id) WHERE device = ?",
            (device,),
        )
        return tuple(unpack(Conflict, body) for (body,) in rows)

    def ticket_events(self, ticket: TicketId, limit: int) -> tuple[Event, ...]:
        """Return a ticket's events, oldest first."""
        rows = self._run(
            f"SELECT {EVENT} FROM events WHERE ticket = ? ORDER BY at_corrected, id LIMIT ?",
            (ticket, limit),
        )
        return tuple(map(event_of, rows))
