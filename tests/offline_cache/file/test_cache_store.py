"""The file: one process, one device, a known schema, errors for people."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest

from doubles.clock.hand_clock import HandClock
from doubles.evening import DEVICE, NOW, token
from doubles.store.device_cache import check_in, identity, opened
from offline_cache.cache import Cache
from offline_cache.errors import CacheError, CloseOther
from offline_cache.file.database import Store
from validator.model import Conflict, Reason

OTHER_PROCESS = """
import sys
from pathlib import Path
from offline_cache.errors import CloseOther
from offline_cache.file.database import Store
try:
    Store.open(Path(sys.argv[1]))
except CloseOther as error:
    print(error)
"""


def test_a_second_process_is_refused_and_told_why(tmp_path: Path) -> None:
    cache = opened(tmp_path)
    told = subprocess.run(
        [sys.executable, "-c", OTHER_PROCESS, str(tmp_path / "cache.sqlite")],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ).stdout
    assert "close the other lane" in told
    cache.close()
    opened(tmp_path).close()


def test_the_same_process_is_refused_too(tmp_path: Path) -> None:
    cache = opened(tmp_path)
    with pytest.raises(CloseOther):
        opened(tmp_path)
    cache.close()


def test_every_change_is_synced_and_checked(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "cache.sqlite")
    with store.reading() as db:
        asked = ("journal_mode", "synchronous", "foreign_keys", "user_version")
        pragmas = [db.execute(f"PRAGMA {name}").fetchone()[0] for name in asked]
    assert pragmas == ["wal", 2, 1, 8]
    with store.marking() as db:
        pass
    with store.reading() as db:
        assert db.execute("PRAGMA synchronous").fetchone()[0] == 2
    store.close()


def test_nobody_else_may_read_the_file(tmp_path: Path) -> None:
    cache = opened(tmp_path)
    cache.append(check_in(1, token()))
    modes = {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == {0o600}
    cache.close()


def changed(path: Path, statement: str) -> None:
    db = sqlite3.connect(path)
    db.execute(statement)
    db.commit()
    db.close()


def test_a_newer_schema_is_named_and_left_alone(tmp_path: Path) -> None:
    opened(tmp_path).close()
    changed(tmp_path / "cache.sqlite", "PRAGMA user_version = 99")
    with pytest.raises(CacheError, match="newer version"):
        opened(tmp_path)
    with pytest.raises(CacheError, match="newer version"):
        opened(tmp_path)


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    changed(tmp_path / "cache.sqlite", "CREATE TABLE notes (body TEXT)")
    with pytest.raises(CacheError, match="another program"):
        opened(tmp_path)


def test_a_missing_folder_is_an_error_for_people(tmp_path: Path) -> None:
    with pytest.raises(CacheError, match="folder"):
        opened(tmp_path / "nowhere")


def test_another_devices_cache_is_not_written_into(tmp_path: Path) -> None:
    opened(tmp_path).close()
    with pytest.raises(CacheError, match="another device"):
        Cache.open(tmp_path / "cache.sqlite", HandClock().clock, identity(device="lane-9"), "b")


def test_a_closed_cache_says_so(tmp_path: Path) -> None:
    cache = opened(tmp_path)
    cache.close()
    cache.close()
    with pytest.raises(CacheError, match="closed"):
        cache.append(check_in(1, token()))


def test_a_full_disk_is_a_fault_and_nothing_is_half_written(tmp_path: Path) -> None:
    opened(tmp_path).close()
    store = Store.open(tmp_path / "cache.sqlite")
    with store.reading() as db:
        pages = db.execute("PRAGMA page_count").fetchone()[0]
        db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(CacheError, match="disk is full"), store.changing() as db:
        db.execute("INSERT INTO conflicts VALUES ('a', zeroblob(100))")
        db.execute("INSERT INTO conflicts VALUES ('b', zeroblob(1000000))")
    with store.reading() as db:
        assert db.execute("SELECT count(*) FROM conflicts").fetchone()[0] == 0
    store.close()


def test_the_log_is_played_in_while_a_scan_has_the_cache_for_itself(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "cache.sqlite")
    emptied: list[bool] = []
    with store.lock:
        beside = Thread(target=lambda: emptied.append(store.checkpoint()))
        beside.start()
        beside.join()
    assert emptied == [True]
    assert (tmp_path / "cache.sqlite-wal").stat().st_size == 0
    store.close()
    with pytest.raises(CacheError, match="closed"):
        store.checkpoint()


def test_peer_fault_9_a_conflict_that_was_told_is_kept(tmp_path: Path) -> None:
    cache = opened(tmp_path)
    ours, theirs = check_in(1, token()).id, check_in(2, token()).id
    entries = ((ours, DEVICE, "a", NOW), (theirs, DEVICE, "b", NOW))
    conflict = Conflict(ours, Reason.ALREADY_USED, "1043-2-K7QM", "F 12", entries)
    assert cache.conflicts.note(conflict)
    assert not cache.conflicts.note(conflict)
    cache.close()
    again = opened(tmp_path)
    assert again.conflicts.told() == (conflict,)
    again.close()
