"""What a restored gateway lacks, and who still has to give it back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from validator.clock import Instant
from validator.feed import Cursor, Epoch, StreamHead
from validator.model import DeviceId, Ref
from validator.wire.rows import ref_key


class SqliteRestoration:
    """Tables `lost_streams`, `homecoming` and `brought`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._run = connection.execute
        self._many = connection.executemany

    def ended_head(self, stream: str, epoch: Epoch) -> StreamHead:
        """Return up to where an ended epoch of a stream is known."""
        row = self._run(
            "SELECT sequence, digest FROM lost_streams"
            " WHERE name = ? AND counter = ? AND random = ?",
            (stream, epoch.counter, epoch.random.to_bytes(8, "big")),
        ).fetchone()
        return (
            StreamHead(stream, Cursor(epoch, row[0]), row[1]) if row else StreamHead.empty(stream)
        )

    def ended_heads(self) -> tuple[StreamHead, ...]:
        """Return that of every stream and every ended epoch."""
        rows = self._run(
            "SELECT name, counter, random, sequence, digest FROM lost_streams"
            " ORDER BY name, counter, random"
        )
        return tuple(
            StreamHead(
                name, Cursor(Epoch(counter, int.from_bytes(random, "big")), sequence), digest
            )
            for name, counter, random, sequence, digest in rows
        )

    def put_ended_head(self, head: StreamHead) -> None:
        """Note up to where an ended epoch of a stream is known now."""
        assert head.cursor is not None
        epoch, sequence = head.cursor
        self._run(
            "INSERT OR REPLACE INTO lost_streams (name, counter, random, sequence, digest)"
            " VALUES (?, ?, ?, ?, ?)",
            (head.stream, epoch.counter, epoch.random.to_bytes(8, "big"), sequence, head.digest),
        )

    def expect(self, devices: Iterable[DeviceId], at: Instant) -> None:
        """Await devices; one that has given back, or was written off, stays so."""
        self._many(
            "INSERT OR IGNORE INTO homecoming (device, state, at, who)"
            " VALUES (?, 'awaited', ?, '')",
            [(device, at) for device in devices],
        )

    def came(self, device: DeviceId, at: Instant) -> None:
        """Note that a device has given back all that it has."""
        self._run(
            "INSERT INTO homecoming (device, state, at, who) VALUES (?, 'came', ?, '')"
            " ON CONFLICT (device) DO UPDATE SET state = 'came', at = excluded.at",
            (device, at),
        )

    def write_off(self, device: DeviceId, at: Instant, who: str) -> bool:
        """Give an awaited device up; return False if it was not awaited."""
        changed = self._run(
            "UPDATE homecoming SET state = 'written_off', at = ?, who = ?"
            " WHERE device = ? AND state = 'awaited'",
            (at, who, device),
        )
        return changed.rowcount == 1

    def has_come(self, device: DeviceId) -> bool:
        """Tell whether nothing is missing of a device."""
        row = self._run("SELECT state FROM homecoming WHERE device = ?", (device,)).fetchone()
        return row is None or row[0] == "came"

    def awaited(self) -> tuple[DeviceId, ...]:
        """Return the devices that have yet to come and were not written off, by id."""
        rows = self._run("SELECT device FROM homecoming WHERE state = 'awaited' ORDER BY device")
        return tuple(DeviceId(device) for (device,) in rows)

    def mark_unconfirmed(self, target: Ref) -> None:
        """Note that a target is refused on the word of devices alone."""
        self._run("INSERT OR IGNORE INTO brought (target) VALUES (?)", (ref_key(target),))

    def is_unconfirmed(self, target: Ref) -> bool:
        """Tell whether a target is refused on the word of devices alone."""
        found = self._run("SELECT 1 FROM brought WHERE target = ?", (ref_key(target),))
        return found.fetchone() is not None

    def confirm(self, target: Ref) -> None:
        """Note that its ticketing system refuses the target, too."""
        self._run("DELETE FROM brought WHERE target = ?", (ref_key(target),))
