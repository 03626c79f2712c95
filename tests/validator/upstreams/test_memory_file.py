"""The file in which an upstream's client remembers."""

from __future__ import annotations

from pathlib import Path

import pytest

from validator.errors import FixConfig, RetryLater
from validator.upstreams.memory_file import MemoryFile

SCHEMA = "CREATE TABLE told (word TEXT UNIQUE);"


def opened(path: Path) -> MemoryFile:
    return MemoryFile(path, SCHEMA, "a shop")


def test_what_was_written_is_there_again_and_is_the_owners(tmp_path: Path) -> None:
    path = tmp_path / "shop.sqlite"
    memory = opened(path)
    with memory.writing() as file:
        file.execute("INSERT INTO told VALUES ('a')")
    memory.close()
    assert path.stat().st_mode & 0o777 == 0o600
    memory = opened(path)
    assert memory.rows("SELECT word FROM told WHERE word = ?", "a") == [("a",)]
    memory.close()


def test_a_change_that_fails_is_undone_whole(tmp_path: Path) -> None:
    memory = opened(tmp_path / "shop.sqlite")
    with pytest.raises(RetryLater, match="memory of a shop"), memory.writing() as file:
        file.execute("INSERT INTO told VALUES ('a')")
        file.execute("INSERT INTO told VALUES ('a')")
    assert memory.rows("SELECT * FROM told") == []
    memory.close()


def test_a_file_that_is_no_memory_is_named(tmp_path: Path) -> None:
    path = tmp_path / "shop.sqlite"
    path.write_bytes(b"garbage" * 1000)
    with pytest.raises(FixConfig, match=r"shop\.sqlite"):
        opened(path)
    with pytest.raises(FixConfig, match="can't be opened"):
        opened(tmp_path / "not" / "there")
