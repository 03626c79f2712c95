"""A damaged cache is set aside and mended: what it owed is owed again, nothing else is made up."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from doubles.clock.hand_clock import HandClock
from doubles.evening import DEVICE, GATE, NOW, opaque, token
from doubles.gateway.feed_source import FeedSource
from doubles.store.device_cache import check_in, in_touch, opened
from generators.fault_table import FaultTable
from offline_cache.cache import Cache
from offline_cache.errors import DamagedCache
from offline_cache.file.page_reader import PAGE
from offline_cache.rescue import mend
from validator.model import CheckIn
from validator.wire.codec import pack, unpack
from validator.wire.journal import row_hash
from validator.wire.messages import Acknowledged, JournalRow

ROWS, LOGGED = 120, 80
"""How many rows there are, and from which on they are in the log."""


@pytest.fixture
def venue(tmp_path: Path) -> Path:
    """Return a folder with a cache that owes rows, the last of them in its log only."""
    writing, folder = tmp_path / "writing", tmp_path / "venue"
    writing.mkdir()
    cache = opened(writing)
    in_touch(cache, FeedSource())
    write(cache, range(1, LOGGED))
    cache.acknowledge(Acknowledged(50, ()))
    cache.close()
    cache = opened(writing)
    write(cache, range(LOGGED, ROWS + 1))
    shutil.copytree(writing, folder)
    cache.close()
    return folder


def write(cache: Cache, numbers: range) -> None:
    for number in numbers:
        cache.append(check_in(number, token(number)))
        cache.lit(check_in(number, token(number)).id)


def header(path: Path) -> None:
    settled(path)
    overwrite(path, 0, bytes(100))


def first_page(path: Path) -> None:
    settled(path)
    overwrite(path, 0, b"\xa5" * PAGE)


def journal_page(path: Path) -> None:
    settled(path)
    data = path.read_bytes()
    leaves = [
        start
        for start in range(PAGE, len(data), PAGE)
        if data[start] == 13 and b"payload" in data[start : start + PAGE]
    ]
    overwrite(path, leaves[len(leaves) // 2], b"\x5a" * PAGE)


def truncated(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2 // PAGE * PAGE + 100)


def log(path: Path) -> None:
    log = path.with_name(path.name + "-wal")
    overwrite(log, log.stat().st_size // 3, b"\xa5" * 3 * PAGE)


def no_database(path: Path) -> None:
    path.write_bytes(b"no database at all" * 500)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def gone_without_trace(path: Path) -> None:
    emptied(path)
    for end in ("-wal", "-shm"):
        path.with_name(path.name + end).unlink()


def settled(path: Path) -> None:
    """Play the log in, so that what is in the file is nowhere else."""
    db = sqlite3.connect(path)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def overwrite(path: Path, at: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


def follows(rows: tuple[JournalRow, ...]) -> bool:
    """Tell whether the gateway can follow: links fit, and bodies too but at gaps."""
    links = all(row.previous == before.hash for before, row in pairwise(rows))
    bodies = all(row_hash(row.previous, row.body) == row.hash for row in rows if row.body)
    return links and bodies


DAMAGES: dict[Callable[[Path], None], tuple[str, int]] = {
    header: ("header overwritten", ROWS),
    first_page: ("first page overwritten", ROWS),
    journal_page: ("a page in the middle overwritten", ROWS - 30),
    truncated: ("file cut in half", ROWS - LOGGED + 1),
    log: ("garbage in the write-ahead log", LOGGED - 1),
    no_database: ("no database at all", ROWS - LOGGED + 1),
    emptied: ("file empty", ROWS - LOGGED + 1),
    gone_without_trace: ("file empty and its log gone", 0),
}
"""With the least that is rescued."""


@pytest.mark.parametrize("damage", DAMAGES)
def test_rows_of_a_damaged_cache_are_owed_again_under_their_numbers(
    venue: Path, damage: Callable[[Path], None], faults: FaultTable
) -> None:
    path = venue / "cache.sqlite"
    damage(path)
    damaged = path.read_bytes()
    cache = opened(venue)
    assert cache.mended is not None
    assert (venue / cache.mended.aside).read_bytes() == damaged

    rows = cache.owed(10_000)
    told = [row for row in rows if row.body]
    name, least = DAMAGES[damage]
    assert len(told) == cache.mended.rescued >= least
    for row in told:
        assert unpack(CheckIn, row.body) == check_in(row.sequence, token(row.sequence))
        facts = cache.facts(token(row.sequence), GATE, NOW)
        assert [use.id for use in facts.uses] == [unpack(CheckIn, row.body).id]
        assert facts.open is None, "it was lit"
    assert follows(rows)
    last = max((row.sequence for row in told), default=0)
    assert cache.mended.lost == last - len(told)
    assert cache.append(check_in(999, token(999))).sequence > NOW, "a number nobody has had"
    cache.close()
    again = opened(venue)
    assert again.mended is None
    assert again.owed(10_000)[: len(rows)] == rows
    again.close()
    faults.row(
        "Lane",
        f"Damaged cache: {name}",
        seen="The device's cache was damaged. It is kept as cache.sqlite.damaged-(time). Rescued "
        "journal rows, owed again: (number). (Number) between them can't be read. The rest comes "
        "from the gateway.",
        ends="mended at the start, which goes on; the gateway is told of the missing numbers",
        lost="nothing" if least == ROWS else "what the damaged bytes held and the gateway has not",
    )


def test_a_header_that_the_log_still_has_needs_no_mending(venue: Path) -> None:
    overwrite(venue / "cache.sqlite", 0, bytes(100))
    cache = opened(venue)
    assert cache.mended is None
    assert cache.journalled() == ROWS
    cache.close()


def test_a_row_that_a_power_cut_left_in_the_log_is_no_damage(venue: Path) -> None:
    log = venue / "cache.sqlite-wal"
    with log.open("r+b") as file:
        file.truncate(log.stat().st_size - PAGE)
    cache = opened(venue)
    assert cache.mended is None
    assert cache.journalled() >= ROWS - 1
    cache.close()


def test_an_altered_row_is_not_taken_for_genuine(venue: Path) -> None:
    path = venue / "cache.sqlite"
    settled(path)
    body = pack(check_in(7, token(7)))
    data = path.read_bytes()
    overwrite(path, data.index(body), body.replace(b"payload", b"PAYLOAD"))
    overwrite(path, 0, bytes(100))
    cache = opened(venue)
    assert cache.mended is not None
    assert (cache.mended.rescued, cache.mended.lost) == (ROWS - 1, 1)
    assert 7 not in {row.sequence for row in cache.owed(10_000) if row.body}
    gaps = [row for row in cache.owed(10_000) if not row.body]
    assert gaps[0].sequence == 7
    assert gaps[0].hash == row_hash(gaps[0].previous, body), "the gateway may know it"
    cache.close()


def test_a_damaged_hash_is_read_from_the_rows_beside_it(venue: Path) -> None:
    path = venue / "cache.sqlite"
    settled(path)
    with sqlite3.connect(path) as db:
        db.execute("UPDATE journal SET hash = zeroblob(32) WHERE sequence = 7")
        db.execute("UPDATE journal SET previous = zeroblob(32) WHERE sequence = 9")
    db.close()
    overwrite(path, 0, bytes(100))
    cache = opened(venue)
    assert cache.mended is not None
    assert (cache.mended.rescued, cache.mended.lost) == (ROWS, 0)
    assert follows(cache.owed(10_000))
    cache.close()


def test_the_last_admission_is_shown_again_if_it_was_never_lit(venue: Path) -> None:
    path = venue / "cache.sqlite"
    settled(path)
    with sqlite3.connect(path) as db:
        db.execute("UPDATE journal SET lit = 0 WHERE sequence >= 100")
    db.close()
    overwrite(path, 0, bytes(100))
    cache = opened(venue)
    assert cache.facts(token(ROWS), GATE, NOW).open == check_in(ROWS, token(ROWS))
    assert cache.facts(token(ROWS - 1), GATE, NOW).open is None
    cache.close()


def test_a_cache_that_is_damaged_twice_counts_no_number_twice(venue: Path) -> None:
    path = venue / "cache.sqlite"
    first_page(path)
    hands = HandClock()
    cache = opened(venue, hands)
    boot = cache.boot
    numbers = [cache.append(check_in(n, token(n))).sequence for n in range(200, 230)]
    cache.close()
    first_page(path)
    hands.go(60_000)
    cache = opened(venue, hands)
    assert cache.mended is not None
    assert (cache.mended.rescued, cache.mended.lost) == (ROWS + 30, 0)
    assert follows(cache.owed(10_000))
    assert cache.boot > boot, "claims of before are void"
    assert cache.append(check_in(230, token(230))).sequence > max(numbers)
    cache.close()
    assert len(list(venue.glob("cache.sqlite.damaged-*"))) >= 2


def test_damage_that_is_found_at_work_is_mended_at_the_next_start(venue: Path) -> None:
    path = venue / "cache.sqlite"
    settled(path)
    with sqlite3.connect(path) as db:
        root = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'tickets'").fetchone()[0]
    db.close()
    overwrite(path, (root - 1) * PAGE, b"\x5a" * PAGE)
    cache = opened(venue)
    assert cache.mended is None
    with pytest.raises(DamagedCache, match="start the lane again"):
        cache.facts(opaque(), GATE, NOW)
    cache.close()
    again = opened(venue)
    assert again.mended is not None
    assert again.mended.rescued == ROWS
    assert again.facts(opaque(), GATE, NOW).tickets == ()
    again.close()


@pytest.mark.parametrize("moved", [(), ("-wal",), ("-wal", "-shm", "")])
def test_a_mending_that_was_cut_off_is_finished(venue: Path, moved: tuple[str, ...]) -> None:
    path = venue / "cache.sqlite"
    first_page(path)
    mend(path, DEVICE, NOW)
    path.rename(path.with_name("cache.sqlite.mended-20260101T000000Z"))
    for end in {"-wal", "-shm", ""} - set(moved):
        path.with_name(path.name + end).write_bytes(b"of the damaged one")
    cache = opened(venue)
    assert len([row for row in cache.owed(10_000) if row.body]) == ROWS
    cache.close()
    assert not list(venue.glob("*.mended-*"))


def test_a_cache_that_was_lost_goes_on_behind_what_the_gateway_has(tmp_path: Path) -> None:
    cache = opened(tmp_path)
    write(cache, range(1, 4))
    cache.owe_after(300)
    rows = cache.owed(10)
    assert follows(rows)
    assert [bool(row.body) for row in rows] == [False, True, True, True]
    assert rows[0].sequence > 300
    assert cache.facts(token(2), GATE, NOW).uses[0].id == check_in(2, token(2)).id
    assert cache.append(check_in(4, token(4))).sequence == rows[-1].sequence + 1
    cache.close()
