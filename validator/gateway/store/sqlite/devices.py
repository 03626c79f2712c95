"""Enrolled devices, and the one-time secrets that enrol them."""

from __future__ import annotations

import sqlite3
from typing import Any

from validator.clock import Instant
from validator.gateway.store.devices import DeviceRecord
from validator.model import DeviceId

_DEVICE = "id, name, gate, token_hash, enrolled_at, revoked, key"


def _device_of(row: tuple[Any, ...]) -> DeviceRecord:
    id, name, gate, token_hash, enrolled_at, revoked, key = row
    return DeviceRecord(id, name, gate, token_hash, Instant(enrolled_at), bool(revoked), key)


class SqliteDevices:
    """Tables `devices` and `enrolments`.

    Attributes:
        changed: A device was put in this transaction.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._run = connection.execute
        self.changed = False

    def put(self, device: DeviceRecord) -> None:
        """Add or replace a device."""
        self.changed = True
        self._run(
            f"INSERT OR REPLACE INTO devices ({_DEVICE}) VALUES (?,?,?,?,?,?,?)",
            (
                device.id,
                device.name,
                device.gate,
                device.token_hash,
                device.enrolled_at,
                device.revoked,
                device.key,
            ),
        )

    def find(self, id: DeviceId) -> DeviceRecord | None:
        """Return a device."""
        row = self._run(f"SELECT {_DEVICE} FROM devices WHERE id = ?", (id,)).fetchone()
        return _device_of(row) if row else None

    def of_token(self, token_hash: bytes) -> DeviceRecord | None:
        """Return the device that has a token."""
        row = self._run(
            f"SELECT {_DEVICE} FROM devices WHERE token_hash = ?", (token_hash,)
        ).fetchone()
        return _device_of(row) if row else None

    def all(self) -> tuple[DeviceRecord, ...]:
        """Return every device, by id."""
        return tuple(map(_device_of, self._run(f"SELECT {_DEVICE} FROM devices ORDER BY id")))

    def invite(self, secret_hash: bytes, gate: str, expires: Instant) -> None:
        """Keep a one-time secret's hash."""
        self._run(
            "INSERT INTO enrolments (secret_hash, gate, expires) VALUES (?, ?, ?)",
            (secret_hash, gate, expires),
        )

    def accept(self, secret_hash: bytes, now: Instant) -> str | None:
        """Use up a secret; return its gate, None if it is unknown, used or expired."""
        row = self._run(
            "UPDATE enrolments SET used = ?2 WHERE secret_hash = ?1 AND used IS NULL"
            " AND expires > ?2 RETURNING gate",
            (secret_hash, now),
        ).fetchone()
        return row[0] if row else None

    def forget_codes(self) -> None:
        """Let nobody in any more on the secrets that were given out."""
        self._run("DELETE FROM enrolments")
