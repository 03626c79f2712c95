"""Where each ticketing system was left off."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence

from validator.clock import MINUTE_MS, Instant
from validator.ports import SetAside


class SqliteSources:
    """Tables `upstreams` and `aside`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._run = connection.execute
        self._many = connection.executemany

    def cursor(self, source: str) -> str:
        """Return the cursor for the next poll; empty = from the beginning."""
        row = self._run("SELECT cursor FROM upstreams WHERE source = ?", (source,)).fetchone()
        return row[0] if row else ""

    def as_of(self) -> Mapping[str, Instant]:
        """Return when each source was last heard out completely."""
        rows = self._run("SELECT source, as_of FROM upstreams WHERE as_of IS NOT NULL")
        return {source: Instant(as_of) for source, as_of in rows}

    def move(self, source: str, cursor: str, as_of: Instant | None) -> None:
        """Take a step; `as_of` does not go back, and None leaves it.

        One that lies more than a minute ahead is of a clock that was wrong, and is put right.
        """
        self._run(
            "INSERT INTO upstreams VALUES (?, ?, ?) ON CONFLICT (source) DO UPDATE SET"
            " cursor = excluded.cursor,"
            " as_of = CASE WHEN coalesce(as_of, 0) BETWEEN excluded.as_of"
            f" AND excluded.as_of + {MINUTE_MS} THEN as_of ELSE excluded.as_of END"
            if as_of is not None
            else "INSERT INTO upstreams VALUES (?, ?, ?) ON CONFLICT (source) DO UPDATE SET"
            " cursor = excluded.cursor",
            (source, cursor, as_of),
        )

    def aside(self) -> Mapping[str, tuple[SetAside, ...]]:
        """Return the rows of each source that can't be read now, by id; none = it is left out."""
        found: defaultdict[str, list[SetAside]] = defaultdict(list)
        for source, id, why in self._run("SELECT source, id, why FROM aside ORDER BY source, id"):
            found[source].append(SetAside(id, why))
        return {source: tuple(rows) for source, rows in found.items()}

    def put_aside(self, source: str, rows: Sequence[SetAside], now: Instant) -> None:
        """Replace the rows of a source that can't be read; one that stays keeps its `since`."""
        stays = {row.id for row in rows}
        known = self._run("SELECT id FROM aside WHERE source = ?", (source,)).fetchall()
        self._many(
            "DELETE FROM aside WHERE source = ? AND id = ?",
            [(source, id) for (id,) in known if id not in stays],
        )
        self._many(
            "INSERT INTO aside VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET why = excluded.why",
            [(source, row.id, row.why, now) for row in rows],
        )
