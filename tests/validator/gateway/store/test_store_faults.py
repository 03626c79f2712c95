"""A gateway's store that is damaged, from a newer program, or from the first one."""

from __future__ import annotations

import sqlite3
from importlib import resources
from pathlib import Path

import pytest

from generators.fault_table import FaultTable
from validator.errors import FixConfig
from validator.gateway.main import main
from validator.gateway.store.port import NotStored
from validator.gateway.store.sqlite import SqliteStore

FIRST = (resources.files("validator.gateway.store") / "schema" / "0001_spine.sql").read_text()


def test_a_store_without_a_readable_header_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "gateway.sqlite"
    SqliteStore(path).close()
    data = bytes(100) + path.read_bytes()[100:]
    path.write_bytes(data)
    with pytest.raises(FixConfig, match="entrance-gateway restore"):
        SqliteStore(path)
    assert path.read_bytes() == data


def test_a_store_of_a_newer_version_is_refused_and_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], faults: FaultTable
) -> None:
    path = tmp_path / "gateway.sqlite"
    SqliteStore(path).close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    data = path.read_bytes()
    assert main(["check", "--gate", "main", "--data", str(tmp_path)]) == 1
    assert "of version 99" in (said := capsys.readouterr().err)
    assert "install the newer program" in said
    assert path.read_bytes() == data
    faults.row(
        "Gateway",
        "Store of a newer version",
        seen="The gateway's store is of version 99, this program knows (number); install the newer "
        "program, or take another data directory.",
        ends="exit code 1",
    )


def test_a_store_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "gateway.sqlite"
    with sqlite3.connect(path) as db:
        db.executescript(f"{FIRST}\nPRAGMA user_version = 1;")
        db.execute("INSERT INTO users (name, role, token_hash) VALUES ('anna', 'staff', x'01')")
    db.close()
    store = SqliteStore(path)
    with store.reading() as session:
        assert [user.name for user in session.users.all()] == ["anna"]
    store.close()
    SqliteStore(tmp_path / "new.sqlite").close()
    assert layout(path) == layout(tmp_path / "new.sqlite")


@pytest.mark.parametrize("spoilt", ["COMMIT", "BEGIN"])
def test_a_connection_that_can_not_begin_or_end_a_reading_is_closed_and_not_used_again(
    tmp_path: Path, spoilt: str
) -> None:
    store = SqliteStore(tmp_path / "gateway.sqlite")
    with store.reading() as session:
        bad = session.connection
    if spoilt == "BEGIN":
        bad.execute("BEGIN")
    with pytest.raises(NotStored), store.reading() as session:
        assert session.connection is bad
        bad.execute(spoilt)
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        bad.execute("SELECT 1")
    with store.reading() as session:
        assert session.users.all() == ()
    store.close()


@pytest.mark.parametrize("version", ["99", "0"])
def test_a_store_that_can_not_be_opened_is_not_held_open(tmp_path: Path, version: str) -> None:
    path = tmp_path / "gateway.sqlite"
    SqliteStore(path).close()
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {version}")
    db.close()
    with pytest.raises(FixConfig) as refused:
        SqliteStore(path)
    files = (link.resolve() for link in Path("/proc/self/fd").iterdir() if link.is_symlink())
    assert path not in files, refused.value


def layout(path: Path) -> list[str]:
    db = sqlite3.connect(path)
    rows = db.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
    found = [f"{name}: {sql}" for name, sql in rows]
    db.close()
    return found
