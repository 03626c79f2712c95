"""A file's rows in a database beside the box office's, before anything is listed."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path

from validator.boxoffice.imports.codes import lost_zeros, symbology_of
from validator.boxoffice.imports.csv_rows import Row, read_rows, trimmed
from validator.boxoffice.imports.mapping import ColumnMapping, RowReader
from validator.boxoffice.imports.names import CatalogueNames
from validator.boxoffice.imports.problems import BadRow, Problem
from validator.boxoffice.imports.progress import Phase, Progress
from validator.boxoffice.model import Refused
from validator.errors import RetryLater

MOST_ROWS = 2_000_000
"""Rows of a file."""

_STEP = 2_000
"""Rows between two words about progress."""

_SCHEMA = """
    CREATE TABLE staged (
        text TEXT PRIMARY KEY, row INTEGER NOT NULL, scope INTEGER NOT NULL,
        tariff INTEGER NOT NULL, zone INTEGER, seat TEXT, symbology TEXT NOT NULL,
        withdrawn INTEGER NOT NULL, zeros INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE problems (
        row INTEGER PRIMARY KEY, word TEXT NOT NULL, detail TEXT NOT NULL, compared INTEGER NOT NULL
    ) STRICT;
"""


class Staging:
    """The rows of one file.

    Args:
        path: Of its database.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(
        self, source: Path, mapping: ColumnMapping, names: CatalogueNames, progress: Progress
    ) -> int:
        """Read a file's rows; what was here before goes.

        Args:
            source: The file.
            mapping: What its rows are.
            names: Of the catalogue.
            progress: Is told, and may stop it.

        Returns:
            How many rows were found; blank ones don't count.

        Raises:
            FixRequest: There are too many, or it was stopped.
            RetryLater: The disk does not take it.
        """
        self.path.unlink(missing_ok=True)
        os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        with self._opened() as connection:
            # It can be made anew at any time.
            connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
            connection.executescript(_SCHEMA)
            connection.execute("BEGIN")
            found = _Loading(connection, mapping, names).run(source, progress)
            _refuse_lost_zeros(connection)
            connection.execute("COMMIT")
        return found

    def problems(self, after: int, limit: int) -> list[tuple[int, Problem, str]]:
        """Return rows with something wrong: number, what it is, and its detail.

        Args:
            after: Number of the row that they come after; 0 = from the first one.
            limit: How many at most.
        """
        with self._opened() as connection:
            rows = connection.execute(
                "SELECT row, word, detail FROM problems WHERE row > ? ORDER BY row LIMIT ?",
                (after, limit),
            ).fetchall()
        return [(row, Problem(word), detail) for row, word, detail in rows]

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
                connection.execute("PRAGMA cache_size = -65536")
                yield connection
        except (sqlite3.Error, OSError) as error:
            raise RetryLater(
                "The disk has no room for the import. Free some, try again."
            ) from error


class _Loading:
    def __init__(
        self, connection: sqlite3.Connection, mapping: ColumnMapping, names: CatalogueNames
    ) -> None:
        self._run = connection.execute
        self._mapping = mapping
        self._names = names

    def run(self, source: Path, progress: Progress) -> int:
        rows, found = self._mapping.rows, 0
        size = max(source.stat().st_size, 1)
        reader = RowReader(self._mapping, self._names, self._headings(source))
        with source.open("rb") as file:
            for number, row in trimmed(read_rows(file, rows.dialect), rows.first, rows.last):
                if number % _STEP == 0:
                    progress.report(Phase.READING, file.tell() / size)
                if isinstance(row, list) and not "".join(row).strip():
                    continue
                found += 1
                if found > MOST_ROWS:
                    raise Refused(
                        "large_file", f"The file has more than {MOST_ROWS:,} rows. Split it."
                    )
                self._take(reader, number, row)
        return found

    def _headings(self, source: Path) -> list[str]:
        rows, place = self._mapping.rows, self._mapping.columns.barcode
        with source.open("rb") as file:
            above = list(islice(read_rows(file, rows.dialect), rows.first))
        return [row[place] for row in above if isinstance(row, list) and len(row) > place]

    def _take(self, reader: RowReader, number: int, row: Row) -> None:
        try:
            if isinstance(row, BadRow):
                raise row
            listed = reader.read(row)
            text = listed.text
            taken = self._run(
                "INSERT INTO staged VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (
                    text,
                    number,
                    listed.scope,
                    listed.tariff,
                    listed.zone,
                    listed.seat,
                    symbology_of(text),
                    listed.withdrawn,
                    lost_zeros(text),
                ),
            )
            if not taken.rowcount:
                self._again(text, listed.withdrawn)
        except BadRow as bad:
            self._run("INSERT INTO problems VALUES (?, ?, ?, 0)", (number, bad.problem, bad.detail))

    def _again(self, text: str, withdrawn: bool) -> None:
        """A code that is taken back in one of its rows is taken back."""
        (first,) = self._run("SELECT row FROM staged WHERE text = ?", (text,)).fetchone()
        if not withdrawn:
            raise BadRow(Problem.DUPLICATE, str(first))
        self._run("UPDATE staged SET withdrawn = 1 WHERE text = ?", (text,))


def _refuse_lost_zeros(connection: sqlite3.Connection) -> None:
    """Codes that lack zeros are told by the others: most of those are whole EAN-13 codes."""
    whole, short = connection.execute(
        "SELECT count(*) FILTER (WHERE symbology = 'ean13'), count(*) FILTER (WHERE zeros)"
        " FROM staged"
    ).fetchone()
    if short and whole > short:
        connection.execute(
            "INSERT INTO problems SELECT row, ?, '', 0 FROM staged WHERE zeros", (Problem.ZEROS,)
        )
        connection.execute("DELETE FROM staged WHERE zeros")
