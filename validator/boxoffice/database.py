"""The box office's own SQLite file: transactions, numbered changes, migrations."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from importlib.resources import files
from pathlib import Path
from typing import Any

from validator.clock import Clock, Instant
from validator.disk.migrations import NewerSchema, keep_log, migrate
from validator.errors import FixConfig, FixRequest, RetryLater

_LONGEST_WAIT_S = 5.0
"""How long a change waits for a longer one."""

_NO_DISK = "The box office's disk does not answer. Check its space, then try again."

NEW = ("sold", "listed")
"""What a ticket's history begins with."""

ACTOR: ContextVar[str] = ContextVar("by", default="")
"""Who asks for what is being changed: a random reference, never a name; empty = a program."""

_ATTACHED_PRAGMAS = (
    "busy_timeout = 5000",
    "synchronous = FULL",
    "foreign_keys = ON",
    "cache_size = -65536",
    "journal_size_limit = 67108864",
)


class Transaction:
    """One look at the database, or one change of it that happens whole or not at all.

    Args:
        connection: Inside a transaction.
        now: Instant that everything in it is stamped with.
    """

    def __init__(self, connection: sqlite3.Connection, now: Instant) -> None:
        self._connection = connection
        self.now = now
        self.changes = 0

    def rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """Return every row of a query."""
        return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, *values: object) -> sqlite3.Row | None:
        """Return the first row of a query, if there is one."""
        found = self._connection.execute(sql, values).fetchone()
        return found if isinstance(found, sqlite3.Row) else None

    def value(self, sql: str, *values: object) -> Any:
        """Return the first column of the first row, None if there is no row."""
        found = self.row(sql, *values)
        return None if found is None else found[0]

    def run(self, sql: str, *values: object) -> None:
        """Execute a statement that answers nothing."""
        self._connection.execute(sql, values)

    def run_named(self, sql: str, values: Mapping[str, object]) -> None:
        """Execute a statement whose values are called `:name`; others may be there as well."""
        self._connection.execute(sql, values)

    def append_change(self, kind: str, key: object, known: bool = False) -> None:
        """Append a numbered change row, which the gateway will ask for.

        Args:
            kind: Of what has changed.
            key: Which one.
            known: It was told of before.
        """
        self.run(
            "INSERT INTO changes (sequence, kind, key, known)"
            " SELECT ifnull(max(sequence), 0) + 1, ?, ?, ? FROM changes",
            kind,
            str(key),
            known,
        )
        self.changes += 1

    def append_history(
        self, ticket: str, what: str, details: Mapping[str, object] | None = None
    ) -> None:
        """Append to a ticket's history, with who asks for it, and to the changes."""
        self.run(
            "INSERT INTO history (ticket, at, what, details) VALUES (?, ?, ?, ?)",
            ticket,
            self.now,
            what,
            json.dumps(
                dict(details or {}) | ({"by": ACTOR.get()} if ACTOR.get() else {}),
                ensure_ascii=False,
            ),
        )
        self.append_change("ticket", ticket, known=what not in NEW)


class Database:
    """An open file. May be used from several threads; one transaction runs at a time.

    Args:
        path: File to open; made if it is missing, readable by its owner only.
        clock: Stamps transactions.

    Raises:
        FixConfig: The file can't be opened, or a newer version has written it.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._writers = threading.RLock()
        self._lock = threading.RLock()
        self._outer: Transaction | None = None
        self.on_change: Callable[[], None] = lambda: None
        try:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._connection.row_factory = sqlite3.Row
            self._connection.execute("PRAGMA busy_timeout = 5000")
            keep_log(self._connection)
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute("PRAGMA foreign_keys = ON")
            self._connection.execute("PRAGMA secure_delete = ON")
            self._migrate()
        except (OSError, sqlite3.Error) as error:
            raise FixConfig(
                f"The box office can't open {path.name} ({error}). Check the data directory."
            ) from error

    def close(self) -> None:
        """Close the file; it can't be used any more."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """Run a change; commits at the end of the block, takes all back on an error.

        Within a change of the same thread it is a part of that one.

        Raises:
            FixRequest: The change contradicts what is stored.
            RetryLater: The disk does not take it now, or an import is written.
        """
        with self._only_writer(), self._lock:
            if self._outer is not None:
                yield self._outer
                return
            with self._transaction(self._connection, "BEGIN IMMEDIATE") as transaction:
                self._outer = transaction
                try:
                    yield transaction
                finally:
                    self._outer = None
            if transaction.changes:
                self.on_change()

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """Look at one consistent state; within a change of the same thread, at its state.

        Raises:
            RetryLater: The disk can't be read now.
        """
        with self._lock:
            if self._outer is not None:
                yield self._outer
                return
            with self._transaction(self._connection, "BEGIN") as transaction:
                yield transaction

    @contextmanager
    def attaching(
        self, aside: Path, functions: Mapping[str, Callable[..., str]], writing: bool
    ) -> Iterator[Transaction]:
        """Run something long on a connection of its own: others go on reading meanwhile.

        Others that write wait for its end, but not for long; see `write`.

        Args:
            aside: Another database, which is written to as `aside` either way.
            functions: Called in SQL by these names.
            writing: It changes the box office; otherwise it only looks at it.

        Raises:
            FixRequest: The change contradicts what is stored.
            RetryLater: The disk does not take it now.
        """
        with self._only_writer() if writing else nullcontext():
            connection = sqlite3.connect(self._path, isolation_level=None)
            try:
                connection.row_factory = sqlite3.Row
                for setting in _ATTACHED_PRAGMAS:
                    connection.execute(f"PRAGMA {setting}")
                connection.execute("ATTACH ? AS aside", (str(aside),))
                connection.execute("PRAGMA aside.synchronous = OFF")
                for name, function in functions.items():
                    connection.create_function(name, -1, function)
                begin = "BEGIN IMMEDIATE" if writing else "BEGIN"
                with self._transaction(connection, begin) as transaction:
                    yield transaction
            except sqlite3.Error as error:
                raise RetryLater(_NO_DISK) from error
            finally:
                connection.close()
        if transaction.changes:
            self.on_change()

    @contextmanager
    def _only_writer(self) -> Iterator[None]:
        if not self._writers.acquire(timeout=_LONGEST_WAIT_S):
            raise RetryLater("The box office is taking an import in. Try again in a moment.")
        try:
            yield
        finally:
            self._writers.release()

    @contextmanager
    def _transaction(self, connection: sqlite3.Connection, begin: str) -> Iterator[Transaction]:
        try:
            connection.execute(begin)
            try:
                yield Transaction(connection, self._clock.now())
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
        except sqlite3.IntegrityError as error:
            raise FixRequest("That contradicts what the box office has stored.") from error
        except sqlite3.Error as error:
            raise RetryLater(_NO_DISK) from error

    def _migrate(self) -> None:
        try:
            migrate(self._connection, files("validator.boxoffice") / "schema")
        except NewerSchema as error:
            raise FixConfig(
                "A newer version has written the box office's data; install that one."
            ) from error
