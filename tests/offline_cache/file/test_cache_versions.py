"""A cache that the first version wrote is brought up to date; one of a newer version is kept."""

from __future__ import annotations

import shutil
import sqlite3
from importlib.resources import files
from pathlib import Path

import pytest

from doubles.evening import GATE, NOW, token
from doubles.store.device_cache import check_in, identity, opened
from generators.fault_table import FaultTable
from offline_cache.file.database import Store
from scanner.main import main

OLD = Path(__file__).parents[2] / "vectors" / "cache" / "schema-0001.sqlite"
"""Written by the first version: three admissions, of which one is acknowledged."""

NEWER = (
    "This cache was written by a newer version (schema 99, known {known}): update this program. "
    "What it owes is still in the file."
)


def test_a_cache_of_the_first_version_keeps_all_that_it_owes(tmp_path: Path) -> None:
    shutil.copy(OLD, tmp_path / "cache.sqlite")
    cache = opened(tmp_path)
    assert cache.mended is None
    assert [row.sequence for row in cache.owed()] == [2, 3]
    for number in (1, 2, 3):
        (use,) = cache.facts(token(number), GATE, NOW).uses
        assert use.id == check_in(number, token(number)).id
    assert cache.append(check_in(4, token(4))).sequence == 4
    cache.close()


def test_a_cache_of_the_first_version_gets_the_layout_of_a_new_one(tmp_path: Path) -> None:
    shutil.copy(OLD, tmp_path / "old.sqlite")
    for name in ("old.sqlite", "new.sqlite"):
        Store.open(tmp_path / name).close()
    assert layout(tmp_path / "old.sqlite") == layout(tmp_path / "new.sqlite")


def test_a_cache_of_a_newer_version_is_named_and_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], faults: FaultTable
) -> None:
    path = tmp_path / "cache.sqlite"
    identity().save(tmp_path / "identity.json")
    opened(tmp_path).close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    data = path.read_bytes()
    assert main(["lane", "--source", "stdin", "--state", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    steps = files("offline_cache").joinpath("schema").iterdir()
    known = sum(step.name.endswith(".sql") for step in steps)
    assert said == f"entrance-scanner: {NEWER.format(known=known)}\n"
    assert path.read_bytes() == data
    assert not list(tmp_path.glob("*.damaged-*")), "it is not damaged"
    faults.row(
        "Lane",
        "Cache of a newer version",
        seen=NEWER.format(known="(number)"),
        ends="exit code 1",
    )


def layout(path: Path) -> list[str]:
    db = sqlite3.connect(path)
    rows = db.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
    found = [f"{name}: {sql}" for name, sql in rows]
    db.close()
    return found
