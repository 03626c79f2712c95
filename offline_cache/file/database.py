"""The device's SQLite file: opened by one process, every change durable before it counts."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from importlib.resources import files
from pathlib import Path
from threading import Lock, RLock

from offline_cache.errors import CacheError, CloseOther, DamagedCache
from offline_cache.file.damage import explained, look_through
from offline_cache.file.encryption import Seal
from offline_cache.file.exchange import MARK, beside, exchange
from validator.disk.migrations import NewerSchema, keep_log, migrate

APPLICATION_ID = 0x454E5443
"""Marks the file as ours, `ENTC`. Source: SQLite, `PRAGMA application_id`."""

PATIENCE_MS = 50
"""How long a log waits for who is using it to be emptied, while a scan may be waiting for that."""


class Store:
    """One connection, shared by threads under a lock; made by `open`.

    `lock` is held by `changing` and `reading`; hold it around them when memory has to follow
    the disk without anybody looking in between.
    """

    def __init__(self, path: Path, db: sqlite3.Connection, guard: int, seal: Seal | None) -> None:
        self.lock = RLock()
        self._checkpointing = Lock()
        self._path = path
        self._seal = seal
        self._db = db
        self._guard = guard

    @classmethod
    def open(cls, path: Path) -> Store:
        """Open or create the file and bring its schema up to date.

        Args:
            path: The database; its folder must exist. A `.lock` file stands beside it.

        Raises:
            CloseOther: Another process has it open.
            DamagedCache: It has to be mended first (`offline_cache.rescue`).
            CacheError: It can't be read or written, is none of ours, or is from a newer version.
        """
        guard = lock(path)
        try:
            finish_exchange(path)
            seal = Seal.of(path)
            db = connect(path, seal)
        except BaseException:
            os.close(guard)
            raise
        return cls(path, db, guard, seal)

    def own(self, device: str) -> int:
        """Make the file a device's, once and for all, and count this start.

        Returns:
            The number of this start, from 1, on disk.

        Raises:
            CacheError: It is another device's, or can't be written.
        """
        with self.changing() as db:
            row = db.execute("SELECT id, starts FROM device").fetchone()
            if row is None:
                db.execute("INSERT INTO device VALUES (?, 1)", (device,))
                return 1
            if row[0] != device:
                raise CacheError(
                    "This cache belongs to another device: move it away, with what it owes still "
                    "in it, and start again."
                )
            db.execute("UPDATE device SET starts = starts + 1")
            return int(row[1]) + 1

    def close(self) -> None:
        """Give the file free; closing twice does no harm."""
        with self._checkpointing, self.lock:
            self._db.close()
            if self._guard >= 0:
                os.close(self._guard)
                self._guard = -1

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Hold the connection to read from.

        Raises:
            DamagedCache: The file is damaged.
            CacheError: The file can't be read.
        """
        with self.lock, self._told():
            yield self._db

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """Hold a transaction that is on disk, synced, when the block has ended without error.

        Raises:
            DamagedCache: The file is damaged; nothing was changed.
            CacheError: The file can't be written; nothing was changed.
        """
        with self.lock, self._told():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def marking(self) -> Iterator[sqlite3.Connection]:
        """Hold a transaction that is not synced: it outlives the process, not a power cut.

        The next durable change makes it durable too, because both go into one log file.

        Raises:
            CacheError: The file can't be written; nothing was changed.
        """
        with self.lock, self._told():
            self._db.execute("PRAGMA synchronous = NORMAL")
            try:
                with self.changing() as db:
                    yield db
            finally:
                self._db.execute("PRAGMA synchronous = FULL")

    def checkpoint(self) -> bool:
        """Play the log into the file and empty it, on a connection of its own: scans go on.

        Returns:
            Whether the log is empty now; False = somebody was using it.

        Raises:
            DamagedCache: The file is damaged.
            CacheError: The file is closed, or can't be written.
        """
        with self._checkpointing, self._told():
            if self._guard < 0:
                raise CacheError("The cache is closed.")
            with closing(_open(self._path, self._seal)) as db:
                db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
                # Writers wait for this one, so it has little left to do and little patience.
                db.execute(f"PRAGMA busy_timeout = {PATIENCE_MS}")
                busy: int = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
                return not busy

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Leave a mark at a damage, so that the next start mends it wherever it is."""
        try:
            with explained():
                yield
        except DamagedCache:
            with suppress(OSError):
                beside(self._path, MARK).touch(0o600)
            raise


def lock(path: Path) -> int:
    """Take the lock beside a cache; closing the file that is returned gives it free.

    Raises:
        CloseOther: Another process has it.
        CacheError: The folder can't be written.
    """
    try:
        guard = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise CacheError(
            f"The cache's folder can't be written ({error.strerror}): check that it exists and "
            "belongs to this user."
        ) from error
    try:
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(guard)
        raise CloseOther(
            "Another program is using this device's cache: close the other lane first."
        ) from error
    return guard


def finish_exchange(path: Path) -> None:
    """Finish a mending that was cut off.

    Raises:
        CacheError: The folder can't be written.
    """
    try:
        exchange(path)
    except OSError as error:
        raise CacheError(f"The cache's folder can't be written ({error.strerror}).") from error


def connect(path: Path, seal: Seal | None) -> sqlite3.Connection:
    """Open or create the file and migrate it.

    Args:
        path: The file.
        seal: Its seal; None = it is not sealed.

    Raises:
        DamagedCache: It has to be mended first.
        CacheError: It can't be read or written, is none of ours, or is from a newer version.
    """
    fresh = not path.exists()
    if not fresh:
        look_through(path, seal)
    try:
        # SQLite gives its own files the mode of this one.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise CacheError(f"The cache can't be written ({error.strerror}).") from error
    with explained():
        if seal and not fresh:
            seal.enclose(path)
        db = _open(path, seal)
        try:
            if keep_log(db) != "wal":
                raise CacheError("The cache's disk can't keep a write-ahead log: use a local disk.")
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA foreign_keys = ON")
            _migrate(db)
        except BaseException:
            db.close()
            if fresh:
                # Nothing is in it yet, and an empty file would pass for a damaged one.
                path.unlink(missing_ok=True)
            raise
    return db


def _open(path: Path, seal: Seal | None) -> sqlite3.Connection:
    if seal:
        return seal.connect(str(path))
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False)


def _migrate(db: sqlite3.Connection) -> None:
    owner = db.execute("PRAGMA application_id").fetchone()[0]
    tables = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if tables and owner != APPLICATION_ID:
        raise CacheError("This file is another program's database: name another place.")
    try:
        migrate(db, files("offline_cache") / "schema", APPLICATION_ID)
    except NewerSchema as error:
        raise CacheError(
            f"This cache was written by a newer version (schema {error.version}, known "
            f"{error.known}): update this program. What it owes is still in the file."
        ) from error
