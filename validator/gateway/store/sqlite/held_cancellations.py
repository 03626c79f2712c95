"""Cancellations that a supervisor has to look at first."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from validator.clock import Instant
from validator.gateway.store.held_cancellations import HeldBack
from validator.model import Ref, Revocation, RevocationKind
from validator.wire.rows import read_ref, ref_key


class SqliteHeldCancellations:
    """Table `held`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._run = connection.execute
        self._many = connection.executemany

    def put(self, source: str, scope: int, revocations: Iterable[Revocation], now: Instant) -> None:
        """Hold cancellations of a performance; one that is held already stays as it is."""
        self._many(
            "INSERT INTO held VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [
                (source, scope, ref_key(row.target), row.kind.value, row.replacement, now)
                for row in revocations
            ],
        )

    def count(self, source: str, scope: int) -> int:
        """Return how many are held of a performance."""
        row = self._run(
            "SELECT count(*) FROM held WHERE source = ? AND scope = ?", (source, scope)
        ).fetchone()
        return int(row[0])

    def all(self) -> tuple[HeldBack, ...]:
        """Return what is held, by source and performance."""
        rows = self._run(
            "SELECT source, scope, count(*), min(at) FROM held GROUP BY source, scope"
            " ORDER BY source, scope"
        )
        return tuple(HeldBack(*row) for row in rows)

    def take(self, source: str, scope: int, limit: int) -> tuple[Revocation, ...]:
        """Let go of cancellations of a performance; return them."""
        rows = self._run(
            "SELECT key, kind, replacement, at FROM held WHERE source = ? AND scope = ? LIMIT ?",
            (source, scope, limit),
        ).fetchall()
        self._many("DELETE FROM held WHERE key = ? AND kind = ?", [row[:2] for row in rows])
        return tuple(
            Revocation(read_ref(key), RevocationKind(kind), Instant(at), replacement)
            for key, kind, replacement, at in rows
        )

    def drop(self, target: Ref) -> None:
        """Let go of a target: it is valid again where it was sold."""
        self._run("DELETE FROM held WHERE key = ?", (ref_key(target),))
