"""What is answered and old goes from a device; what follows still hangs on it."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from doubles.clock.hand_clock import HandClock
from doubles.evening import GATE, NOW, TONIGHT, token
from doubles.evening import use as used
from doubles.gateway.feed_source import FeedSource
from doubles.gateway.scripted_link import LinkGateway
from doubles.lane.link_device import LinkDevice
from doubles.store.device_cache import (
    CANCELLATIONS,
    cancelled,
    check_in,
    identity,
    in_touch,
    kept_frames,
)
from offline_cache.cache import Cache
from offline_cache.journal.retention import AT_ONCE
from offline_cache.sync.timing import Timing
from validator.clock import DAY_MS, Instant
from validator.model import Conflict, Kind, Reason, Revocation, RevocationKind
from validator.wire.journal import row_hash
from validator.wire.messages import Acknowledged, JournalRow, Ping, Position, Recall
from validator.wire.rows import revocation_row, use_row

USES = f"uses.{TONIGHT}"
LATER = Instant(NOW + 31 * DAY_MS)


def opened(folder: Path) -> Cache:
    hands = HandClock()
    me = identity(seed=b"s" * 32)  # type: ignore[arg-type]
    return Cache.open(folder / "cache.sqlite", hands.clock, me, "boot-1")


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Cache]:
    cache = opened(tmp_path)
    in_touch(cache, FeedSource())
    yield cache
    cache.close()


def write(cache: Cache, numbers: range, acknowledged: int = 0) -> list[JournalRow]:
    rows = [cache.append(check_in(number, token(number))) for number in numbers]
    for number in numbers:
        cache.lit(check_in(number, token(number)).id)
    cache.acknowledge(Acknowledged(acknowledged, ()))
    return rows


def at(number: int) -> Instant:
    return check_in(number, token(number)).corrected


def forget(cache: Cache, before: Instant) -> int:
    return cache.retention.forget(before, LATER)


def all_rows(cache: Cache) -> tuple[JournalRow, ...]:
    """Return what is left, by owing it all again."""
    cache.owe_after(0)
    return cache.owed(10_000)


def test_old_rows_go_and_the_chain_hangs_on_the_last_of_them(cache: Cache) -> None:
    rows = write(cache, range(1, 11), acknowledged=8)
    assert forget(cache, at(6)) == 5
    assert forget(cache, at(6)) == 0, "the anchor is not one more"
    left = all_rows(cache)
    assert [row.sequence for row in left] == [5, 6, 7, 8, 9, 10]
    assert (left[0].hash, left[0].body) == (rows[4].hash, b"")
    assert all(row.previous == before.hash for before, row in pairwise(left))
    assert all(row_hash(row.previous, row.body) == row.hash for row in left[1:])


def test_what_is_owed_stays_with_all_that_follows(cache: Cache) -> None:
    write(cache, range(1, 4), acknowledged=3)
    write(cache, range(4, 6))
    assert forget(cache, LATER) == 3
    assert [row.sequence for row in cache.owed()] == [4, 5]
    cache.acknowledge(Acknowledged(5, ()))
    assert forget(cache, LATER) == 2
    assert [row.sequence for row in all_rows(cache)] == [5]


def test_a_journal_that_is_all_old_goes_on_where_it_stood_and_its_head_is_signed(
    cache: Cache, tmp_path: Path
) -> None:
    rows = write(cache, range(1, 5), acknowledged=4)
    head = cache.heads.mine(NOW)
    assert forget(cache, LATER) == 4
    assert cache.heads.mine(NOW) == head is not None
    cache.close()
    again = opened(tmp_path)
    assert (again.mended, again.journalled()) == (None, 4)
    row = again.append(check_in(5, token(5)))
    assert (row.sequence, row.previous) == (5, rows[3].hash)
    again.close()


def test_many_rows_go_in_several_transactions(cache: Cache) -> None:
    write(cache, range(1, 2 * AT_ONCE + 4), acknowledged=2 * AT_ONCE + 3)
    assert forget(cache, LATER) == 2 * AT_ONCE + 3


def test_what_went_is_not_in_the_file_any_more(cache: Cache, tmp_path: Path) -> None:
    write(cache, range(1, 60), acknowledged=59)

    def held() -> bool:
        files = [tmp_path / f"cache.sqlite{end}" for end in ("", "-wal")]
        return any(b"payload" in file.read_bytes() for file in files)

    assert held()
    forget(cache, LATER)
    assert not held()


def log_size(folder: Path) -> int:
    return (folder / "cache.sqlite-wal").stat().st_size


def test_the_log_is_emptied_when_something_went_and_not_every_hour(
    cache: Cache, tmp_path: Path
) -> None:
    forget(cache, NOW)
    assert log_size(tmp_path) == 0, "a life before may have left something in it"
    write(cache, range(1, 60), acknowledged=59)
    grown = log_size(tmp_path)
    forget(cache, NOW)
    assert log_size(tmp_path) == grown
    forget(cache, LATER)
    assert log_size(tmp_path) == 0


def test_a_log_that_somebody_reads_is_emptied_the_next_time(cache: Cache, tmp_path: Path) -> None:
    write(cache, range(1, 60), acknowledged=59)
    with closing(sqlite3.connect(tmp_path / "cache.sqlite", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM journal").fetchone()
        assert forget(cache, LATER) == 59
        assert log_size(tmp_path) > 0
    assert forget(cache, LATER) == 0
    assert log_size(tmp_path) == 0


def test_a_damaged_cache_is_mended_from_the_anchor_on_and_nothing_counts_as_lost(
    cache: Cache, tmp_path: Path
) -> None:
    rows = write(cache, range(1, 11), acknowledged=10)
    forget(cache, at(6))
    cache.close()
    path = tmp_path / "cache.sqlite"
    with path.open("r+b") as file:
        file.write(bytes(100))
    again = opened(tmp_path)
    assert again.mended is not None
    assert (again.mended.rescued, again.mended.lost) == (5, 0)
    assert again.owed(10)[0].hash == rows[4].hash
    again.close()


def test_an_own_use_stays_until_the_stream_tells_of_it(cache: Cache) -> None:
    write(cache, range(1, 3), acknowledged=2)
    forget(cache, LATER)
    assert all(cache.facts(token(number), GATE, NOW).uses for number in (1, 2))
    feed = FeedSource()
    mine = cache.facts(token(1), GATE, NOW).uses[0]
    feed.delta(USES, use_row(mine))
    cache.knowledge.apply(feed.snapshot(USES))
    write(cache, range(3, 4), acknowledged=3)
    forget(cache, LATER)
    assert cache.facts(token(1), GATE, NOW).uses == (mine,)
    feed.delta(USES, (mine.id.encode(), None))
    cache.knowledge.apply(feed.snapshot(USES))
    assert cache.facts(token(1), GATE, NOW).uses == ()


def test_what_was_undone_stays_hidden_while_the_stream_still_has_it(cache: Cache) -> None:
    write(cache, range(1, 2))
    mine = cache.facts(token(1), GATE, NOW).uses[0]
    cache.append(check_in(2, token(1), kind=Kind.UNDO, of=mine.id))
    feed = FeedSource()
    feed.delta(USES, use_row(mine), use_row(used(token(9))))
    cache.knowledge.apply(feed.snapshot(USES))
    cache.acknowledge(Acknowledged(2, ()))
    assert forget(cache, LATER) == 2
    assert cache.facts(token(1), GATE, NOW).uses == ()


def test_old_frames_go_and_what_they_brought_stays(tmp_path: Path) -> None:
    cache, feed = opened(tmp_path), FeedSource()
    in_touch(cache, feed)
    for serial in (1, 2):
        cache.knowledge.apply(feed.delta(CANCELLATIONS, _cancel(serial)))
    cache.retention.forget(Instant(NOW - 30 * DAY_MS), NOW)
    assert len(kept_frames(tmp_path)) > 2, "they are only marked"
    young = feed.delta(CANCELLATIONS, _cancel(3))
    cache.knowledge.apply(young)
    stood = cache.knowledge.positions([CANCELLATIONS])
    cache.retention.forget(Instant(LATER - 30 * DAY_MS), LATER)
    assert kept_frames(tmp_path) == [young]
    assert cache.knowledge.positions([CANCELLATIONS]) == stood
    cache.close()
    again = opened(tmp_path)
    assert all(cancelled(again, serial) for serial in (1, 2, 3))
    known = Recall((Position(CANCELLATIONS, 1, 77, 2),))
    assert again.offers.batch(known).frames == (young,)
    next_ = feed.delta(CANCELLATIONS, _cancel(4))
    assert again.knowledge.apply(next_) is not None
    again.close()


def test_conflicts_go_with_their_entries(cache: Cache) -> None:
    row = check_in(1, token(1))
    entry = (row.id, row.device, "a", row.corrected)
    cache.conflicts.note(Conflict(row.id, Reason.ALREADY_USED, None, None, (entry,)))
    forget(cache, row.corrected)
    assert cache.conflicts.told()
    forget(cache, LATER)
    assert not cache.conflicts.told()


async def test_the_gateway_says_for_how_long_and_its_clock_counts(
    gateway: LinkGateway, tmp_path: Path
) -> None:
    device = LinkDevice(tmp_path, gateway, Timing(ping_s=0.02))
    for serial in (1, 2, 3):
        device.cache.append(check_in(serial, token(serial)))
    await device.start()
    await gateway.stored(3)
    await device.caught_up()
    await device.stop_link()
    gateway.keep_days, gateway.now = 30, LATER
    await device.start()
    for count in itertools.count(1):
        await gateway.wait(Ping, count)
        if not bodies(tmp_path):
            break
    await device.stop()


def bodies(folder: Path) -> int:
    """Return how many rows of the journal are there with their body."""
    with closing(sqlite3.connect(folder / "cache.sqlite")) as db:
        count: int = db.execute("SELECT count(*) FROM journal WHERE body <> x''").fetchone()[0]
    return count


def _cancel(serial: int) -> tuple[bytes, bytes]:
    return revocation_row(Revocation(token(serial).serial, RevocationKind.CANCELLED, NOW))
