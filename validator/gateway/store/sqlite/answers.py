"""What the API answered."""

from __future__ import annotations

import sqlite3

from validator.model import CheckInId, Verdict
from validator.wire.codec import pack, unpack


class SqliteAnswers:
    """Table `answers`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._run = connection.execute

    def unheard(self, id: CheckInId) -> bool:
        """Tell whether no answer, event or claim has this id, and nothing was said of it."""
        row = self._run(
            "SELECT 1 WHERE EXISTS (SELECT 1 FROM answers WHERE id = ?1)"
            " OR EXISTS (SELECT 1 FROM events WHERE id = ?1)"
            " OR EXISTS (SELECT 1 FROM events WHERE of_id = ?1)"
            " OR EXISTS (SELECT 1 FROM claims WHERE id = ?1)"
            " OR EXISTS (SELECT 1 FROM spent WHERE id = ?1)",
            (id,),
        ).fetchone()
        return row is None

    def find(self, id: CheckInId) -> tuple[bytes, Verdict] | None:
        """Return the request's digest and the answer."""
        row = self._run("SELECT request, verdict FROM answers WHERE id = ?", (id,)).fetchone()
        return (row[0], unpack(Verdict, row[1])) if row else None

    def put(self, id: CheckInId, request: bytes, verdict: Verdict) -> None:
        """Keep an answer."""
        self._run("INSERT INTO answers VALUES (?, ?, ?)", (id, request, pack(verdict)))
