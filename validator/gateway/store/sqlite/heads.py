"""Table `heads`, and the journals as they lie there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from validator.clock import Instant
from validator.gateway.store.heads import COLUMNS, StoredEvent
from validator.gateway.store.journal import DeviceRow
from validator.model import CheckInId, DeviceId
from validator.wire.head import Head
from validator.wire.journal import GENESIS

_COLUMNS = ", ".join("of_id" if name == "of" else f'"{name}"' for name in COLUMNS)

_BYTES = "CAST(previous AS BLOB), CAST(hash AS BLOB), CAST(body AS BLOB)"
"""As bytes, whatever somebody has put there."""


class SqliteHeads:
    """Signed heads, and what they are compared with."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._run = connection.execute

    def keep(self, head: Head) -> None:
        """Store a verified head."""
        row = (head.journal, head.sequence, head.hash, head.at, head.signature)
        self._run("INSERT OR IGNORE INTO heads VALUES (?, ?, ?, ?, ?)", row)

    def drop(self, head: Head) -> None:
        """Forget a head that a further one makes needless."""
        self._run(
            "DELETE FROM heads WHERE journal = ? AND sequence = ? AND hash = ?",
            (head.journal, head.sequence, head.hash),
        )

    def of(self, journal: str) -> tuple[Head, ...]:
        """Return the heads of a journal, by sequence."""
        rows = self._run(
            "SELECT sequence, hash, at, signature FROM heads WHERE journal = ? ORDER BY sequence",
            (journal,),
        )
        return tuple(Head(journal, row[0], row[1], Instant(row[2]), row[3]) for row in rows)

    def hash_of(self, sequence: int, device: DeviceId | None = None) -> bytes | None:
        """Return the hash of a row of a device's journal, None = the gateway's; None = no row."""
        row = self._run(
            "SELECT hash FROM events WHERE seq = ?1 AND ?2 IS NULL UNION ALL SELECT hash"
            " FROM device_rows WHERE device = ?2 AND sequence = ?1 AND chained = 1",
            (sequence, device),
        ).fetchone()
        return row[0] if row else None

    def last(self) -> tuple[int, bytes]:
        """Return sequence and hash of the last event; zeros for none."""
        row = self._run("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1").fetchone()
        return row or (0, GENESIS)

    def events(self) -> Iterator[StoredEvent]:
        """Read the gateway's journal, in the order of its sequences."""
        for seq, previous, hash, body, *columns in self._run(
            f"SELECT seq, {_BYTES}, {_COLUMNS} FROM events ORDER BY seq"
        ):
            yield StoredEvent(seq, previous, hash, body, tuple(zip(COLUMNS, columns, strict=True)))

    def devices(self) -> tuple[DeviceId, ...]:
        """Return every device that rows or a head are known of, by id."""
        rows = self._run(
            "SELECT device FROM device_rows UNION SELECT id FROM devices"
            " WHERE id IN (SELECT journal FROM heads) ORDER BY 1"
        )
        return tuple(DeviceId(id) for (id,) in rows)

    def rows(self, device: DeviceId) -> Iterator[tuple[DeviceRow, bytes | None]]:
        """Read the chained rows of a device's journal, each with the body that it stands for."""
        for sequence, hash, previous, check_in, accepted, quarantined, own, event in self._run(
            "SELECT sequence, CAST(rows.hash AS BLOB), CAST(rows.previous AS BLOB), check_in,"
            " accepted, quarantined, CAST(rows.body AS BLOB), CAST(events.body AS BLOB)"
            " FROM device_rows AS rows"
            " LEFT JOIN events ON events.id = rows.check_in"
            " WHERE rows.device = ? AND chained = 1 ORDER BY sequence",
            (device,),
        ):
            row = DeviceRow(
                device,
                sequence,
                hash,
                previous,
                True,
                CheckInId(check_in) if check_in else None,
                bool(accepted),
                quarantined=bool(quarantined),
                body=own,
            )
            yield row, event if own is None else own
