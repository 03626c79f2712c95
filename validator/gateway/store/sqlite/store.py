"""The file, its connections and transactions."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import resources
from pathlib import Path

from validator.disk.migrations import NewerSchema, keep_log, migrate
from validator.errors import FixConfig, FixRequest
from validator.gateway.store.sqlite.answers import SqliteAnswers
from validator.gateway.store.sqlite.claims import SqliteClaims
from validator.gateway.store.sqlite.devices import SqliteDevices
from validator.gateway.store.sqlite.faults import check, later, opening, translated
from validator.gateway.store.sqlite.heads import SqliteHeads
from validator.gateway.store.sqlite.held_cancellations import SqliteHeldCancellations
from validator.gateway.store.sqlite.journal import SqliteDeviceRows, SqliteJournal
from validator.gateway.store.sqlite.namesakes import SqliteNamesakes
from validator.gateway.store.sqlite.outbox import SqliteOutbox
from validator.gateway.store.sqlite.restoration import SqliteRestoration
from validator.gateway.store.sqlite.sources import SqliteSources
from validator.gateway.store.sqlite.streams import SqliteStreams
from validator.gateway.store.sqlite.tickets import SqliteListings, SqliteRevocations
from validator.gateway.store.sqlite.totals import SqliteTotals
from validator.gateway.store.sqlite.users import SqliteUsers
from validator.gateway.store.sqlite.uses import SqliteUses

BUSY_S = 5.0
"""How long another process (a backup, a command) may hold the file."""

CACHED_STATEMENTS = 512

MISFITS = (sqlite3.IntegrityError, sqlite3.DataError, OverflowError)
"""What says that an item is wrong, and not the disk."""


_PRAGMAS = (
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA cache_size = -65536",
)


class SqliteSession:
    """One transaction on one connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.journal = SqliteJournal(connection)
        self.device_rows = SqliteDeviceRows(connection)
        self.claims = SqliteClaims(connection)
        self.namesakes = SqliteNamesakes(connection)
        self.uses = SqliteUses(connection)
        self.answers = SqliteAnswers(connection)
        self.totals = SqliteTotals(connection)
        self.listings = SqliteListings(connection)
        self.revocations = SqliteRevocations(connection)
        self.streams = SqliteStreams(connection)
        self.sources = SqliteSources(connection)
        self.outbox = SqliteOutbox(connection)
        self.devices = SqliteDevices(connection)
        self.users = SqliteUsers(connection)
        self.heads = SqliteHeads(connection)
        self.held_cancellations = SqliteHeldCancellations(connection)
        self.restoration = SqliteRestoration(connection)
        self.connection = connection
        self._depth = 0

    def begun(self) -> None:
        """Forget the transaction before."""
        self.journal.forget()
        self.devices.changed = self.users.changed = False

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what is done inside if it raises, and only that; may be nested."""
        name = f"s{self._depth}"
        self._depth += 1
        self.connection.execute(f"SAVEPOINT {name}")
        try:
            yield
        except BaseException as error:
            if self.connection.in_transaction:
                self.connection.execute(f"ROLLBACK TO {name}")
                self.connection.execute(f"RELEASE {name}")
            self.journal.forget()
            if isinstance(error, MISFITS):
                raise FixRequest("The store can't hold a value of this item.") from error
            if isinstance(error, sqlite3.Error):
                raise later(error) from error
            raise
        else:
            self.connection.execute(f"RELEASE {name}")
        finally:
            self._depth -= 1


class SqliteStore:
    """The store in one file: WAL, `synchronous=FULL`, one writer, readers beside it.

    Args:
        path: The file; it is made, readable by its owner only, or brought up to date.

    Attributes:
        callers_version: Goes up with each commit that changes devices or users.

    Raises:
        FixConfig: The file can't be opened, is damaged, or is of a newer version.
    """

    def __init__(self, path: Path) -> None:
        self.callers_version = 0
        self._path = path
        self._writing = threading.Lock()
        self._pool: list[SqliteSession] = []
        self._pooling = threading.Lock()
        self._closed = False
        self._waits = True
        with opening(path), ExitStack() as failed:
            path.touch(mode=0o600)
            connection = self._connect()
            failed.callback(connection.close)
            check(connection, path)
            _migrate(connection)
            self._writer = SqliteSession(connection)
            failed.pop_all()

    @contextmanager
    def transaction(self, wait: bool = True) -> Iterator[SqliteSession]:
        """Change something; durable when the block ends, undone if it raises.

        It may be begun in one thread and ended in another: the writer does quick items in the event
        loop's thread and has them committed in its own, which waits for the disk. That is right as
        long as only one thread at a time holds the transaction and the hand-over is ordered by a
        queue, as the writer's is: the connection is open to all threads (`check_same_thread`), and
        `_writing` is a plain lock, which any thread may release; a re-entrant one would belong to
        the thread that took it, and never be let go.

        Args:
            wait: For another process that is writing, `BUSY_S` at most.

        Raises:
            RetryLater: The disk does not take it; nothing was changed.
        """
        with self._writing, translated():
            connection = self._writer.connection
            if wait is not self._waits:
                connection.execute(f"PRAGMA busy_timeout = {BUSY_S * 1000 if wait else 0:.0f}")
                self._waits = wait
            connection.execute("BEGIN IMMEDIATE")
            self._writer.begun()
            try:
                yield self._writer
                connection.execute("COMMIT")
                if self._writer.devices.changed or self._writer.users.changed:
                    self.callers_version += 1
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[SqliteSession]:
        """Read one state of the store, beside any writer; changing it raises `RetryLater`."""
        with translated(), ExitStack() as failed:
            with self._pooling:
                session = self._pool.pop() if self._pool else None
            if session is None:
                session = SqliteSession(self._connect("PRAGMA query_only = ON"))
            # One that can't begin or end a transaction is of no use to the next reader.
            failed.callback(session.connection.close)
            session.connection.execute("BEGIN")
            try:
                yield session
            finally:
                session.connection.execute("ROLLBACK")
                failed.pop_all()
                self._put_back(session)

    def close(self) -> None:
        """Let go of the files."""
        with self._pooling:
            self._closed = True
            for session in self._pool:
                session.connection.close()
            self._pool.clear()
        self._writer.connection.close()

    def _put_back(self, session: SqliteSession) -> None:
        with self._pooling:
            if self._closed:
                session.connection.close()
            else:
                self._pool.append(session)

    def _connect(self, *more: str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path,
            timeout=BUSY_S,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=CACHED_STATEMENTS,
        )
        try:
            keep_log(connection)
            for pragma in (*_PRAGMAS, *more):
                connection.execute(pragma)
        except BaseException:
            connection.close()
            raise
        return connection


def _migrate(connection: sqlite3.Connection) -> None:
    try:
        migrate(connection, resources.files("validator.gateway.store") / "schema")
    except NewerSchema as error:
        raise FixConfig(
            f"The gateway's store is of version {error.version}, this program knows "
            f"{error.known}; install the newer program, or take another data directory."
        ) from error
