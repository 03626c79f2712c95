"""Events, and the rows of the devices' journals."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any

from validator.clock import Instant
from validator.gateway.store.journal import DeviceRow, Event
from validator.model import CheckIn, CheckInId, Conflict, DeviceId, TicketId
from validator.wire.codec import pack, unpack
from validator.wire.journal import GENESIS, row_hash

EVENT = "body, stored_at, ref, ticket, tariff, judged, device_seq, conflict, seq"
"""Columns that make an `Event`."""

_LAST = "SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1"


def event_of(row: tuple[Any, ...]) -> Event:
    """Build an event from the columns of `EVENT`."""
    body, stored_at, ref, ticket, tariff, judged, device_seq, conflict, seq = row
    return Event(
        unpack(CheckIn, body),
        Instant(stored_at),
        ref,
        ticket,
        tariff,
        bool(judged),
        device_seq,
        bool(conflict),
        seq,
    )


class SqliteJournal:
    """Table `events`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._run = connection.execute
        self._head: tuple[int, bytes] | None = None

    def forget(self) -> None:
        """Read the last event again: a transaction has begun, or something was undone."""
        self._head = None

    def find(self, id: CheckInId) -> Event | None:
        """Return an event."""
        row = self._run(f"SELECT {EVENT} FROM events WHERE id = ?", (id,)).fetchone()
        return event_of(row) if row else None

    def append(self, event: Event) -> None:
        """Chain an event on; its sequence is given here."""
        shown = event.check_in
        body = pack(shown)
        last = self._head or self._run(_LAST).fetchone()
        sequence, previous = last or (0, GENESIS)
        hash = row_hash(previous, body)
        self._run(
            "INSERT INTO events (seq, id, device, device_seq, body, at_corrected, stored_at, kind,"
            " ref, ticket, performance, gate, tariff, direction, count, decision, reason,"
            " assurance, of_id, judged, conflict, previous, hash)"
            " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                sequence + 1,
                shown.id,
                shown.device,
                event.device_sequence,
                body,
                shown.corrected,
                event.stored_at,
                shown.kind.value,
                event.ref,
                event.ticket,
                shown.performance,
                shown.gate,
                event.tariff,
                shown.direction.value,
                shown.count,
                shown.decision.value,
                shown.reason.value,
                shown.assurance.value,
                shown.of,
                event.judged,
                event.conflict,
                previous,
                hash,
            ),
        )
        self._head = (sequence + 1, hash)

    def naming(self, id: CheckInId) -> tuple[Event, ...]:
        """Return the events that are about another one."""
        rows = self._run(f"SELECT {EVENT} FROM events WHERE of_id = ? ORDER BY seq", (id,))
        return tuple(map(event_of, rows))

    def dispute(self, conflict: Conflict, devices: Iterable[DeviceId]) -> None:
        """Flag an event as a conflict, which these devices are to hear of."""
        self._run("UPDATE events SET conflict = 1 WHERE id = ?", (conflict.id,))
        self._run("INSERT OR REPLACE INTO conflicts VALUES (?, ?)", (conflict.id, pack(conflict)))
        for device in devices:
            self._run("INSERT OR IGNORE INTO conflict_devices VALUES (?, ?)", (device, conflict.id))

    def clear(self, id: CheckInId) -> None:
        """Take back an event's conflict."""
        self._run("UPDATE events SET conflict = 0 WHERE id = ?", (id,))
        self._run("DELETE FROM conflicts WHERE id = ?", (id,))
        self._run("DELETE FROM conflict_devices WHERE id = ?", (id,))

    def after(self, sequence: int, limit: int) -> tuple[Event, ...]:
        """Return events in order, those after a sequence."""
        rows = self._run(
            f"SELECT {EVENT} FROM events WHERE seq > ? ORDER BY seq LIMIT ?", (sequence, limit)
        )
        return tuple(map(event_of, rows))

    def last(self) -> int:
        """Return the sequence of the latest event, 0 = there is none."""
        return int(self._run("SELECT coalesce(max(seq), 0) FROM events").fetchone()[0])

    def last_stored(self) -> Instant | None:
        """Return when the latest event came."""
        row = self._run("SELECT stored_at FROM events ORDER BY seq DESC LIMIT 1").fetchone()
        return Instant(row[0]) if row else None

    def rekey(self, ref: bytes, old: TicketId, new: TicketId) -> None:
        """Put the events that were made with a serial under another ticket."""
        self._run("UPDATE events SET ticket = ? WHERE ticket = ? AND ref = ?", (new, old, ref))


class SqliteDeviceRows:
    """Table `device_rows`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._run = connection.execute

    def head(self, device: DeviceId) -> tuple[int, bytes]:
        """Return the last chained sequence and its hash."""
        row = self._run(
            "SELECT sequence, hash FROM device_rows WHERE device = ? AND chained = 1"
            " ORDER BY sequence DESC LIMIT 1",
            (device,),
        ).fetchone()
        return row or (0, GENESIS)

    def find(self, device: DeviceId, sequence: int, hash: bytes) -> DeviceRow | None:
        """Return a row that has arrived before."""
        row = self._run(
            "SELECT previous, chained, check_in, accepted, why, quarantined, body"
            " FROM device_rows WHERE device = ? AND sequence = ? AND hash = ?",
            (device, sequence, hash),
        ).fetchone()
        if row is None:
            return None
        previous, chained, check_in, accepted, why, quarantined, body = row
        return DeviceRow(
            device,
            sequence,
            hash,
            previous,
            bool(chained),
            check_in,
            bool(accepted),
            why,
            bool(quarantined),
            body,
        )

    def keep(self, row: DeviceRow) -> None:
        """Store a row."""
        self._run(
            "INSERT INTO device_rows (device, sequence, hash, previous, chained, check_in,"
            " accepted, why, quarantined, body) VALUES (?,?,?,?,?,?,?,?,?,?)",
            (
                row.device,
                row.sequence,
                row.hash,
                row.previous,
                row.chained,
                row.check_in,
                row.accepted,
                row.why,
                row.quarantined,
                row.body,
            ),
        )
