"""A large snapshot is taken in pieces: scans are judged meanwhile, by what counted before."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from doubles.evening import FULL, GATE, NOW, TONIGHT, token
from doubles.gateway.feed_source import FeedSource
from doubles.store.device_cache import (
    CANCELLATIONS,
    TICKETS,
    cancelled,
    check_in,
    in_touch,
    opened,
    settled,
)
from offline_cache.cache import Cache
from offline_cache.knowledge.cancellation_image import LEAST
from offline_cache.knowledge.snapshot_loading import PIECE
from validator.errors import FramesMissing
from validator.feed import Row
from validator.model import Listing, Revocation, RevocationKind, Serial, Ticket
from validator.wire.rows import listing_row, revocation_row

MANY = 1_000


def row(serial: int, seat: str = "F 12") -> Row:
    key = Serial(TONIGHT, serial)
    return listing_row(Listing(key, Ticket(key.ticket(), TONIGHT, FULL, "box", seat=seat)))


def gone(serial: int) -> Row:
    return revocation_row(Revocation(Serial(TONIGHT, serial), RevocationKind.CANCELLED, NOW))


def seat(cache: Cache, serial: int = 1) -> str | None:
    """Return where a ticket sits, as far as the cache knows."""
    tickets = cache.facts(token(serial), GATE, NOW).tickets
    return tickets[0].seat if tickets else None


def seats(feed: FeedSource, name: str) -> None:
    feed.delta(TICKETS, *(row(serial, name) for serial in range(1, MANY + 1)))


def kept(folder: Path) -> dict[str, int]:
    """Count the rows on disk, and the generations that are neither counting nor empty."""
    with closing(sqlite3.connect(folder / "cache.sqlite")) as db:
        found = {
            table: int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
            for table in ("tickets", "cancellations", "waiting")
        }
        apart = db.execute("SELECT count(*) FROM streams WHERE stage = 'apart'").fetchone()
    return found | {"apart": int(apart[0])}


def power_cut(folder: Path) -> Path:
    """Return another folder with the cache as it is on disk at this moment."""
    other = folder / "after"
    other.mkdir()
    for name in ("cache.sqlite", "cache.sqlite-wal"):
        shutil.copy(folder / name, other / name)
    return other


@pytest.fixture
def feed() -> FeedSource:
    source = FeedSource()
    seats(source, "F 12")
    return source


@pytest.fixture
def cache(tmp_path: Path, feed: FeedSource) -> Iterator[Cache]:
    cache = opened(tmp_path)
    in_touch(cache, feed)
    yield cache
    cache.close()


def test_scans_are_judged_and_written_between_the_pieces(
    tmp_path: Path, cache: Cache, feed: FeedSource
) -> None:
    seats(feed, "G 13")
    assert cache.knowledge.apply(feed.snapshot(TICKETS)) is None
    judged = 0
    while (position := cache.knowledge.go_on()) is None:
        judged += 1
        assert (seat(cache), seat(cache, MANY)) == ("F 12", "F 12")
        assert cache.append(check_in(judged, token(judged))).sequence == judged
        assert cache.facts(token(judged), GATE, NOW).uses
    assert judged >= MANY // PIECE
    assert position.sequence == 2
    assert (seat(cache), seat(cache, MANY)) == ("G 13", "G 13")
    assert cache.journalled() == judged


def test_what_counts_no_more_is_swept_between_scans_too(
    tmp_path: Path, cache: Cache, feed: FeedSource
) -> None:
    seats(feed, "G 13")
    cache.knowledge.apply(feed.snapshot(TICKETS))
    while cache.knowledge.go_on() is None:
        pass
    swept = 0
    while cache.knowledge.busy:
        assert cache.knowledge.go_on() is None
        assert (seat(cache), seat(cache, MANY)) == ("G 13", "G 13")
        swept += 1
    assert swept > MANY // 100
    assert kept(tmp_path) == {"tickets": MANY, "cancellations": 0, "waiting": 0, "apart": 0}


@pytest.mark.parametrize("pieces", [1, 2, 10, 33])
def test_a_crash_between_two_pieces_leaves_the_old_state(
    tmp_path: Path, cache: Cache, feed: FeedSource, pieces: int
) -> None:
    seats(feed, "G 13")
    cache.knowledge.apply(feed.snapshot(TICKETS))
    for _ in range(pieces):
        assert cache.knowledge.go_on() is None
    after = power_cut(tmp_path)
    again = opened(after)
    assert (seat(again), seat(again, MANY)) == ("F 12", "F 12")
    assert again.knowledge.positions((TICKETS,))[0].sequence == 1
    settled(again)
    assert (kept(after)["tickets"], kept(after)["apart"]) == (MANY, 0)
    again.knowledge.apply(feed.snapshot(TICKETS))
    assert settled(again) is not None
    assert (seat(again), seat(again, MANY)) == ("G 13", "G 13")
    again.close()
    assert kept(after) == {"tickets": MANY, "cancellations": 0, "waiting": 0, "apart": 0}


def test_a_crash_while_the_old_rows_are_swept_leaves_the_new_state(
    tmp_path: Path, cache: Cache, feed: FeedSource
) -> None:
    seats(feed, "G 13")
    cache.knowledge.apply(feed.snapshot(TICKETS))
    while cache.knowledge.go_on() is None:
        pass
    cache.knowledge.go_on()
    cache.knowledge.go_on()
    after = power_cut(tmp_path)
    again = opened(after)
    assert (seat(again), seat(again, MANY)) == ("G 13", "G 13")
    settled(again)
    again.close()
    assert kept(after) == {"tickets": MANY, "cancellations": 0, "waiting": 0, "apart": 0}


def test_a_change_that_comes_meanwhile_is_asked_for_afterwards(
    cache: Cache, feed: FeedSource
) -> None:
    seats(feed, "G 13")
    cache.knowledge.apply(feed.snapshot(TICKETS))
    cache.knowledge.go_on()
    late = feed.delta(TICKETS, row(1, "H 14"))
    assert cache.knowledge.apply(late) is None
    # Nothing of it is asked for while the snapshot is being taken.
    cache.knowledge.apply(feed.heartbeat())
    settled(cache)
    assert seat(cache) == "G 13"
    with pytest.raises(FramesMissing):
        cache.knowledge.apply(feed.heartbeat())
    assert cache.knowledge.apply(late) is not None
    assert seat(cache) == "H 14"


def test_the_other_streams_go_on_meanwhile(cache: Cache, feed: FeedSource) -> None:
    seats(feed, "G 13")
    cache.knowledge.apply(feed.snapshot(TICKETS))
    cache.knowledge.go_on()
    assert cache.knowledge.apply(feed.delta(CANCELLATIONS, gone(1))) is not None
    assert cancelled(cache)
    assert seat(cache) == "F 12"


@pytest.mark.parametrize("rows", [MANY, 1])
def test_a_newer_snapshot_takes_the_place_of_one_that_is_being_taken(
    tmp_path: Path, cache: Cache, feed: FeedSource, rows: int
) -> None:
    seats(feed, "G 13")
    cache.knowledge.apply(feed.snapshot(TICKETS))
    for _ in range(5):
        cache.knowledge.go_on()
    feed.delta(TICKETS, *(row(serial, "H 14") for serial in range(1, MANY + 1)))
    feed.delta(TICKETS, *((row(serial)[0], None) for serial in range(rows + 1, MANY + 1)))
    cache.knowledge.apply(feed.snapshot(TICKETS))
    settled(cache)
    assert seat(cache) == "H 14"
    assert kept(tmp_path) == {"tickets": rows, "cancellations": 0, "waiting": 0, "apart": 0}


def test_the_snapshot_that_is_being_taken_may_come_again(cache: Cache, feed: FeedSource) -> None:
    seats(feed, "G 13")
    for _ in range(5):
        cache.knowledge.apply(feed.snapshot(TICKETS))
        cache.knowledge.go_on()
    settled(cache)
    assert cache.knowledge.apply(feed.snapshot(TICKETS)) is None
    assert not cache.knowledge.busy
    assert seat(cache) == "G 13"


def test_the_set_of_cancelled_tickets_changes_with_the_last_piece(
    tmp_path: Path, cache: Cache, feed: FeedSource
) -> None:
    cache.knowledge.apply(feed.delta(CANCELLATIONS, gone(1)))
    feed.delta(CANCELLATIONS, (gone(1)[0], None), *map(gone, range(2, LEAST + 2)))
    cache.knowledge.apply(feed.snapshot(CANCELLATIONS))
    while cache.knowledge.go_on() is None:
        assert (cancelled(cache, 1), cancelled(cache, 2)) == (True, False)
    assert (cancelled(cache, 1), cancelled(cache, 2)) == (False, True)
    settled(cache)
    cache.close()
    with closing(sqlite3.connect(tmp_path / "cache.sqlite")) as db:
        # What memory is to hold is loaded: it is not built from these.
        assert db.execute("SELECT count(*) FROM image").fetchone()[0]
        db.execute("DELETE FROM cancellations")
        db.commit()
    again = opened(tmp_path)
    assert again.knowledge.apply(feed.delta(CANCELLATIONS, gone(1))) is not None
    assert (cancelled(again, 1), cancelled(again, 2)) == (True, False)
    again.close()
