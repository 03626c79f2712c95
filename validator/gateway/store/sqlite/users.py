"""Who may sign in."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from validator.clock import Instant
from validator.gateway.store.users import UserRecord


class SqliteUsers:
    """Table `users`.

    Attributes:
        changed: A user was put, referred or removed in this transaction.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._run = connection.execute
        self.changed = False

    def put(self, user: UserRecord) -> None:
        """Add or replace a user."""
        self.changed = True
        self._run(
            "INSERT OR REPLACE INTO users (name, role, token_hash, ref) VALUES (?, ?, ?, ?)",
            (user.name, user.role, user.token_hash, user.ref),
        )

    def refer(self, name: str, ref: str, now: Instant) -> None:
        """Give a user another reference from now on; whose the old one was stays known."""
        self.changed = True
        self._run("UPDATE users SET ref = ? WHERE name = ?", (ref, name))
        self._run("INSERT INTO staff (ref, name, since) VALUES (?, ?, ?)", (ref, name, now))

    def staff(self) -> Mapping[str, str]:
        """Return the name behind every reference that is not erased yet."""
        return dict(self._run("SELECT ref, name FROM staff").fetchall())

    def referred_before(self, at: Instant) -> tuple[str, ...]:
        """Return the users whose reference is older than a time."""
        rows = self._run(
            "SELECT users.name FROM users LEFT JOIN staff USING (ref)"
            " WHERE since IS NULL OR since < ?",
            (at,),
        )
        return tuple(name for (name,) in rows)

    def erase(self, before: Instant) -> int:
        """Forget whose the references were that nobody has used since; return how many."""
        self._run("UPDATE homecoming SET who = '' WHERE who <> '' AND at < ?", (before,))
        return self._run(
            "DELETE FROM staff WHERE since < ? AND ref NOT IN (SELECT ref FROM users)", (before,)
        ).rowcount

    def remove(self, name: str) -> None:
        """Forget a user."""
        self.changed = True
        self._run("DELETE FROM users WHERE name = ?", (name,))

    def of_token(self, token_hash: bytes) -> UserRecord | None:
        """Return the user who has a token."""
        row = self._run(
            "SELECT name, role, token_hash, ref FROM users WHERE token_hash = ?", (token_hash,)
        ).fetchone()
        return UserRecord(*row) if row else None

    def all(self) -> tuple[UserRecord, ...]:
        """Return every user, by name."""
        rows = self._run("SELECT name, role, token_hash, ref FROM users ORDER BY name")
        return tuple(UserRecord(*row) for row in rows)
