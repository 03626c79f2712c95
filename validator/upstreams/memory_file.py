"""The SQLite file in which an upstream's client remembers what it told and what it sent."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from validator.disk.migrations import NewerSchema, keep_log, take_steps
from validator.errors import FixConfig, RetryLater


class MemoryFile:
    """An open file; may be used from several threads, one at a time.

    Args:
        path: Made if it is missing, readable by its owner only.
        schema: Statements that make a new file.
        whose: Of what it is the memory, for people.

    Raises:
        FixConfig: It can't be opened.
    """

    def __init__(self, path: Path, schema: str, whose: str) -> None:
        self._lock = threading.Lock()
        self._whose = whose
        try:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._file = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            keep_log(self._file)
            self._file.execute("PRAGMA synchronous = FULL")
            take_steps(self._file, [schema])
        except (OSError, sqlite3.Error, NewerSchema) as error:
            raise FixConfig(
                f"The memory of {whose}, {path.name}, can't be opened ({error}). Check the data "
                "directory; without the file all tickets are read anew."
            ) from error

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._file.close()

    def rows(self, sql: str, *values: object) -> list[Any]:
        """Return every row of a query.

        Raises:
            RetryLater: The disk does not answer.
        """
        with self._lock, self._translated():
            return self._file.execute(sql, values).fetchall()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Change something; durable when the block ends, undone if it raises.

        Raises:
            RetryLater: The disk does not take it.
        """
        with self._lock, self._translated():
            self._file.execute("BEGIN IMMEDIATE")
            try:
                yield self._file
                self._file.execute("COMMIT")
            finally:
                if self._file.in_transaction:
                    self._file.execute("ROLLBACK")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise RetryLater(
                f"The memory of {self._whose} can't be written: check the disk's free space."
            ) from error
