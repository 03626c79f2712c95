"""A disk that was taken out of a device does not tell what its cache knows and owes."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from doubles.evening import GATE, NOW, token
from doubles.gateway.feed_source import FeedSource
from doubles.store.device_cache import check_in, in_touch, opened
from offline_cache.cache import Cache
from offline_cache.errors import CacheError, EnrolAgain
from offline_cache.file.encryption import CLEAR, Seal
from offline_cache.file.page_reader import LEAF, PAGE
from offline_cache.identity.vault import CREDENTIAL
from validator.clock import DAY_MS, Instant
from validator.wire.messages import Acknowledged

ROWS, LOGGED = 120, 80
"""How many rows there are, and from which on they are in the log."""

Machine = Callable[[bytes | None], None]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Return what makes the machine hand over this key from now on; None = it has none."""
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))

    def gives(key: bytes | None) -> None:
        if key is None:
            (credentials / CREDENTIAL).unlink(missing_ok=True)
        else:
            (credentials / CREDENTIAL).write_bytes(key * 32)

    return gives


@pytest.fixture
def venue(tmp_path: Path) -> Path:
    """Return the device's folder."""
    folder = tmp_path / "venue"
    folder.mkdir()
    return folder


def lying(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))


def evening(folder: Path) -> None:
    """Let a lane work, and its power fail: the last rows are in the log only."""
    cache = opened(folder)
    in_touch(cache, FeedSource())
    write(cache, range(1, LOGGED))
    cache.close()
    cache = opened(folder)
    write(cache, range(LOGGED, ROWS + 1))
    left = folder.with_name("left")
    shutil.copytree(folder, left)
    cache.close()
    shutil.rmtree(folder)
    left.rename(folder)


def write(cache: Cache, numbers: range) -> None:
    for number in numbers:
        cache.append(check_in(number, token(number)))
        cache.lit(check_in(number, token(number)).id)


def told(cache: Cache) -> list[int]:
    return [row.sequence for row in cache.owed(10_000) if row.body]


def test_a_sealed_cache_works_and_tells_nothing_to_who_has_the_disk(
    venue: Path, machine: Machine
) -> None:
    machine(b"k")
    evening(venue)
    data = lying(venue)
    for said in (CLEAR, b"payload", b"journal", b"CREATE TABLE", check_in(1, token(1)).id.encode()):
        assert said not in data
    with pytest.raises(sqlite3.DatabaseError):
        sqlite3.connect(venue / "cache.sqlite").execute("SELECT * FROM journal").fetchall()
    cache = opened(venue)
    assert cache.mended is None
    assert told(cache) == list(range(1, ROWS + 1))
    assert cache.facts(token(3), GATE, NOW).uses
    cache.close()


def test_without_the_machines_key_nothing_is_touched(venue: Path, machine: Machine) -> None:
    machine(b"k")
    evening(venue)
    before = lying(venue)
    machine(None)
    with pytest.raises(CacheError, match="start it as its service does"):
        opened(venue)
    machine(b"x")
    with pytest.raises(EnrolAgain):
        opened(venue)
    assert lying(venue) == before


def test_the_key_of_a_cache_outlives_an_enrolment(venue: Path, machine: Machine) -> None:
    machine(b"k")
    opened(venue).close()
    key = (venue / "cache.sqlite.key").read_bytes()
    opened(venue).close()
    assert (venue / "cache.sqlite.key").read_bytes() == key
    assert (venue / "cache.sqlite.key").stat().st_mode & 0o777 == 0o600


def test_a_cache_of_before_the_machine_had_a_key_is_sealed_with_all_it_owes(
    venue: Path, machine: Machine
) -> None:
    machine(None)
    evening(venue)
    machine(b"k")
    cache = opened(venue)
    assert cache.mended is None
    assert told(cache) == list(range(1, ROWS + 1))
    assert cache.append(check_in(999, token(999))).sequence == ROWS + 1
    cache.close()
    assert b"payload" not in lying(venue)
    assert (venue / "cache.sqlite").stat().st_mode & 0o777 == 0o600


def test_a_cut_off_sealing_begins_again(venue: Path, machine: Machine) -> None:
    machine(None)
    evening(venue)
    (venue / "cache.sqlite.sealing").write_bytes(b"half of it" * 999)
    machine(b"k")
    cache = opened(venue)
    assert told(cache) == list(range(1, ROWS + 1))
    cache.close()
    assert not (venue / "cache.sqlite.sealing").exists()


def test_the_log_of_a_sealed_cache_is_emptied_of_what_is_old(venue: Path, machine: Machine) -> None:
    machine(b"k")
    cache = opened(venue)
    write(cache, range(1, ROWS + 1))
    cache.acknowledge(Acknowledged(ROWS, ()))
    assert cache.retention.forget(Instant(NOW + DAY_MS), Instant(NOW + DAY_MS)) == ROWS
    assert (venue / "cache.sqlite-wal").stat().st_size == 0
    cache.close()
    cache = opened(venue)
    assert cache.mended is None
    cache.close()


def settled(path: Path) -> Seal:
    seal = Seal.of(path)
    assert seal is not None
    db = seal.connect(str(path))
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    return seal


def overwrite(path: Path, at: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


def first_page(path: Path) -> None:
    settled(path)
    overwrite(path, 0, os.urandom(PAGE))


def journal_page(path: Path) -> None:
    seal = settled(path)
    data = path.read_bytes()
    pages = {
        n: seal.opened(n, data[(n - 1) * PAGE : n * PAGE]) for n in range(2, len(data) // PAGE)
    }
    leaves = [n for n, page in pages.items() if page[0] == LEAF and b"payload" in page]
    # One bit is enough: the page's code does not fit any more.
    at = (leaves[len(leaves) // 2] - 1) * PAGE + 99
    overwrite(path, at, bytes([data[at] ^ 1]))


def truncated(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2 // PAGE * PAGE + 100)


def log(path: Path) -> None:
    log = path.with_name(path.name + "-wal")
    overwrite(log, log.stat().st_size // 3, os.urandom(3 * PAGE))


DAMAGES: dict[Callable[[Path], None], int] = {
    first_page: ROWS,
    journal_page: ROWS - 30,
    truncated: ROWS - LOGGED + 1,
    log: LOGGED - 1,
}
"""With the least that is rescued."""


@pytest.mark.parametrize("damage", DAMAGES)
def test_rows_of_a_damaged_sealed_cache_are_owed_again(
    venue: Path, machine: Machine, damage: Callable[[Path], None]
) -> None:
    machine(b"k")
    evening(venue)
    damage(venue / "cache.sqlite")
    cache = opened(venue)
    assert cache.mended is not None
    numbers = told(cache)
    assert len(numbers) == cache.mended.rescued >= DAMAGES[damage]
    for row in cache.owed(10_000):
        if row.body:
            assert cache.facts(token(row.sequence), GATE, NOW).uses
    cache.close()
    assert b"payload" not in lying(venue), "the mended one is sealed, and what was set aside"


def test_a_clear_cache_that_breaks_on_the_day_of_the_key_is_rescued(
    venue: Path, machine: Machine
) -> None:
    machine(None)
    evening(venue)
    path = venue / "cache.sqlite"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    overwrite(path, 0, bytes(100))
    machine(b"k")
    cache = opened(venue)
    assert cache.mended is not None
    assert cache.mended.rescued == ROWS
    cache.close()


def test_a_station_without_sqlcipher_says_what_to_install(venue: Path, machine: Machine) -> None:
    machine(b"k")
    tried = (
        "import sys; sys.modules['sqlcipher3'] = None; from pathlib import Path;"
        "from offline_cache.file.database import Store; Store.open(Path(sys.argv[1]))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", tried, str(venue / "cache.sqlite")], capture_output=True, text=True
    )
    assert ended.returncode == 1
    assert "python -m pip install sqlcipher3" in ended.stderr
    assert not (venue / "cache.sqlite").exists()
