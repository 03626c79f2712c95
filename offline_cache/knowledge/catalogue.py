"""The evening's plan as the device has it, and what follows from it for this device."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field

from validator.errors import WireError
from validator.feed import Row
from validator.feed.names import CATALOGUE, SCOPED, stream_of
from validator.keys import KeyRing
from validator.model import Catalogue, DeviceId, Entry, Gate
from validator.wire.rows import read_entry


@dataclass(frozen=True, slots=True)
class DevicePlace:
    """The catalogue, with this device's place in it.

    Args:
        device: This device.
        catalogue: Everything of the `catalogue` stream.
        ring: Keys to read tokens and plain codes with.
    """

    device: DeviceId
    catalogue: Catalogue
    ring: KeyRing = field(repr=False)

    @property
    def gate(self) -> Gate | None:
        """The gate that the device is assigned to, None while it has none."""
        return self.catalogue.gate_of(self.device)

    @property
    def revoked(self) -> bool:
        """Whether the device may only deliver what it owes."""
        assignment = self.catalogue.assignments.get(self.device)
        return assignment is not None and assignment.revoked

    @property
    def streams(self) -> tuple[str, ...]:
        """What the device needs to judge alone: the catalogue, then its gate's scopes.

        Those are the gate's performances and the passes that open one of them.
        """
        gate = self.gate
        if gate is None:
            return (CATALOGUE,)
        opening = (
            card.scope
            for card in self.catalogue.passes.values()
            if not set(card.performances).isdisjoint(gate.performances)
        )
        scopes = sorted({*gate.performances, *opening})
        return (CATALOGUE, *(stream_of(kind, scope) for scope in scopes for kind in SCOPED))


class CatalogueTable:
    """The table `catalogue`, inside a transaction that the caller holds.

    Args:
        device: This device.
        code_key: 32 secret bytes that hide plain codes.
    """

    def __init__(self, device: DeviceId, code_key: bytes) -> None:
        self._device = device
        self._code_key = code_key

    def write(self, db: sqlite3.Connection, stream: int, rows: Iterable[Row]) -> int:
        """Apply rows; return how many could not be read and were left out."""
        unread = 0
        for key, value in rows:
            if value is None:
                db.execute("DELETE FROM catalogue WHERE key = ? AND stream = ?", (key, stream))
            elif _entry(key, value) is None:
                unread += 1
            else:
                db.execute(
                    "INSERT OR REPLACE INTO catalogue VALUES (?, ?, ?)", (stream, key, value)
                )
        return unread

    def read(self, db: sqlite3.Connection) -> DevicePlace:
        """Return the plan as it stands on disk."""
        rows = db.execute(
            "SELECT key, value FROM catalogue JOIN streams ON id = stream WHERE stage = 'live'"
        ).fetchall()
        entries = (_entry(key, value) for key, value in rows)
        catalogue = Catalogue.of(tuple(entry for entry in entries if entry is not None))
        return DevicePlace(self._device, catalogue, KeyRing.of(catalogue, self._code_key))


def _entry(key: bytes, value: bytes) -> Entry | None:
    try:
        return read_entry(key, value)
    except WireError:
        return None
