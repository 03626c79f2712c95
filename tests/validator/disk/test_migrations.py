"""A database takes the steps that it lacks: each once, in order, whole or not at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from validator.disk.migrations import NewerSchema, migrate


@pytest.fixture
def schema(tmp_path: Path) -> Path:
    """Return a folder of two steps, of which the second needs the first."""
    folder = tmp_path / "schema"
    folder.mkdir()
    (folder / "0002_more.sql").write_text("ALTER TABLE seats ADD COLUMN name; -- rang «F»\n")
    (folder / "0001_first.sql").write_text("CREATE TABLE seats (id);\n")
    (folder / "README.md").write_text("not a step")
    return folder


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Return a new database."""
    with closing(sqlite3.connect(tmp_path / "a.sqlite", isolation_level=None)) as opened:
        yield opened


def mark(db: sqlite3.Connection, name: str = "user_version") -> int:
    return int(db.execute(f"PRAGMA {name}").fetchone()[0])


def test_a_new_database_takes_every_step_and_an_old_one_the_rest(
    db: sqlite3.Connection, schema: Path
) -> None:
    migrate(db, schema, 7)
    db.execute("INSERT INTO seats VALUES (1, 'F 12')")
    assert (mark(db), mark(db, "application_id")) == (2, 7)
    (schema / "0003_again.sql").write_text("CREATE INDEX by_name ON seats (name);")
    migrate(db, schema, 7)
    migrate(db, schema, 7)
    assert mark(db) == 3
    assert db.execute("SELECT name FROM seats").fetchall() == [("F 12",)]


def test_a_step_that_fails_leaves_the_database_at_the_one_before(
    tmp_path: Path, db: sqlite3.Connection, schema: Path
) -> None:
    (schema / "0002_more.sql").write_text("CREATE TABLE rows (id); CREATE TABLE seats (id);")
    with pytest.raises(sqlite3.OperationalError, match="already exists"):
        migrate(db, schema)
    db.close()
    with closing(sqlite3.connect(tmp_path / "a.sqlite", isolation_level=None)) as again:
        assert mark(again) == 1
        assert again.execute("SELECT name FROM sqlite_schema").fetchall() == [("seats",)]
        (schema / "0002_more.sql").write_text("CREATE TABLE rows (id);")
        migrate(again, schema)
        assert mark(again) == 2


def test_a_database_of_a_newer_program_is_left_alone(db: sqlite3.Connection, schema: Path) -> None:
    db.execute("PRAGMA user_version = 99")
    with pytest.raises(NewerSchema) as caught:
        migrate(db, schema)
    assert (caught.value.version, caught.value.known) == (99, 2)
    assert db.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,)


def test_a_step_is_taken_once_though_another_takes_it_in_between(
    tmp_path: Path, db: sqlite3.Connection, schema: Path
) -> None:
    db.execute("PRAGMA busy_timeout = 60000")
    with closing(sqlite3.connect(tmp_path / "a.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with ThreadPoolExecutor() as threads:
            waiting = threads.submit(in_a_thread, tmp_path / "a.sqlite", schema)
            other.execute("CREATE TABLE seats (id)")
            other.execute("PRAGMA user_version = 1")
            other.execute("COMMIT")
            waiting.result()
    assert mark(db) == 2


def in_a_thread(path: Path, schema: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None, timeout=60)) as db:
        migrate(db, schema)


def test_a_step_may_hold_triggers_texts_and_remarks_with_semicolons(
    db: sqlite3.Connection, tmp_path: Path
) -> None:
    (tmp_path / "0001.sql").write_text(
        "-- one; two\nCREATE TABLE a (b DEFAULT 'x;y'); CREATE TABLE c (d);\n"
        "CREATE TRIGGER e AFTER INSERT ON a BEGIN INSERT INTO c VALUES (1); DELETE FROM a; END;\n"
        "/* three; */ INSERT INTO a DEFAULT VALUES -- and no more"
    )
    migrate(db, tmp_path)
    assert db.execute("SELECT d FROM c").fetchall() == [(1,)]
    assert db.execute("SELECT * FROM a").fetchall() == []
