"""Totals over the journal."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from validator.gateway.store.journal import Event
from validator.gateway.store.sqlite.journal import EVENT, event_of
from validator.gateway.store.totals import VerdictTotal
from validator.model import Conflict, DeviceId, TicketId
from validator.wire.codec import unpack

_USED = "SELECT id, device FROM events UNION SELECT id, device FROM claims"
"""Ids that stand for a check-in, each with the device that it is of."""

_ATTEMPTS = (
    f"WITH used AS ({_USED}), attempts AS ("
    # Words of another's check-in; not those that were of its own, under the same id.
    " SELECT said.device FROM events AS said JOIN used ON used.id = said.of_id"
    " WHERE said.kind IN ('undo', 'release', 'confirm') AND used.device <> said.device"
    " AND NOT EXISTS (SELECT 1 FROM namesakes"
    " WHERE namesakes.said = said.of_id AND namesakes.device = said.device)"
    # Givings back, if nothing else was said of it.
    " UNION ALL SELECT spent.device FROM spent JOIN used USING (id)"
    " WHERE used.device <> spent.device AND NOT EXISTS (SELECT 1 FROM events"
    " WHERE events.of_id = spent.id AND events.device = spent.device)"
    " AND NOT EXISTS (SELECT 1 FROM namesakes"
    " WHERE namesakes.said = spent.id AND namesakes.device = spent.device)"
    # One id of two devices: who was first proves nothing, so both are named.
    " UNION ALL SELECT device FROM namesakes WHERE NOT EXISTS (SELECT 1 FROM uses"
    " WHERE uses.id = namesakes.name AND uses.origin IS NOT NULL)"
    " UNION ALL SELECT used.device FROM namesakes JOIN used ON used.id = namesakes.said"
    ") SELECT device, count(*) FROM attempts GROUP BY device"
)


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
        """Count by device how often it spoke of, or used, the id of another's check-in."""
        return {DeviceId(device): times for device, times in self._run(_ATTEMPTS)}

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
