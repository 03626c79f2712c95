"""Ids that more than one device has used."""

from __future__ import annotations

import sqlite3

from validator.model import CheckInId, DeviceId


class SqliteNamesakes:
    """Table `namesakes`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._run = connection.execute

    def find(self, id: CheckInId, device: DeviceId) -> CheckInId | None:
        """Return under which id a device's check-in is kept; None = under its own."""
        row = self._run("SELECT name FROM namesakes WHERE said = ? AND device = ?", (id, device))
        found = row.fetchone()
        return found[0] if found else None

    def said(self, name: CheckInId) -> CheckInId | None:
        """Return what its device calls a check-in that is kept under this name; None = so too."""
        found = self._run("SELECT said FROM namesakes WHERE name = ?", (name,)).fetchone()
        return found[0] if found else None

    def taken(self, id: CheckInId, device: DeviceId) -> bool:
        """Tell whether a claim, an event or a use of this id is another device's."""
        row = self._run(
            "SELECT 1 WHERE EXISTS (SELECT 1 FROM events WHERE id = ?1 AND device <> ?2)"
            " OR EXISTS (SELECT 1 FROM claims WHERE id = ?1 AND device <> ?2)"
            " OR EXISTS (SELECT 1 FROM uses WHERE id = ?1 AND device <> ?2)",
            (id, device),
        )
        return row.fetchone() is not None

    def put(self, id: CheckInId, device: DeviceId, name: CheckInId) -> None:
        """Keep a device's check-in under another id from now on."""
        self._run("INSERT INTO namesakes VALUES (?, ?, ?)", (id, device, name))
