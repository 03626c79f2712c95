"""Many processes open the same new database at the same moment, and each finds it whole."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

PROCESSES = 8

STORE = """
from validator.gateway.store.sqlite.store import SqliteStore
def opened(): SqliteStore(path).close()
"""
BOX_OFFICE = """
from validator.boxoffice.database import Database
from validator.machine_clock import machine_clock
def opened(): Database(path, machine_clock()).close()
"""
INFOMANIAK = """
import os
from validator.upstreams.infomaniak.memory import Memory
def opened(): Memory(path, os.urandom).close()
"""
PRETIX = """
import os
from validator.upstreams.pretix.memory import Memory
def opened(): Memory(path, os.urandom).close()
"""
CACHE = """
from offline_cache.errors import CloseOther
from offline_cache.file.database import Store
def opened():
    try:
        Store.open(path).close()
    except CloseOther:
        pass
"""
FOLDER = """
import sqlite3
from importlib.resources import files
from validator.disk.migrations import keep_log, migrate
def opened():
    db = sqlite3.connect(path, isolation_level=None)
    keep_log(db)
    migrate(db, files("validator.boxoffice") / "schema")
"""

AT_ONCE = """
import sys
from pathlib import Path
path = Path(sys.argv[1])
{}
print("ready", flush=True)
sys.stdin.readline()
opened()
"""


@pytest.mark.parametrize(
    "program",
    [STORE, BOX_OFFICE, INFOMANIAK, PRETIX, CACHE, FOLDER],
    ids=["store", "box-office", "infomaniak", "pretix", "cache", "bare"],
)
def test_many_processes_open_one_new_file_at_once(program: str, tmp_path: Path) -> None:
    path = tmp_path / "new.sqlite"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", AT_ONCE.format(program), str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(PROCESSES)
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    said = [process.communicate(timeout=60)[1] for process in started]
    assert [process.returncode for process in started] == [0] * PROCESSES, said
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA quick_check").fetchone() == ("ok",)
        assert db.execute("PRAGMA user_version").fetchone()[0] > 0
