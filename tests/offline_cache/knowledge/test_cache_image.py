"""The set of cancelled tickets at a start: loaded from its image, and never another set."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from doubles.evening import NOW, TONIGHT
from doubles.gateway.feed_source import FeedSource
from doubles.store.device_cache import CANCELLATIONS, cancelled, in_touch, opened, settled
from offline_cache.knowledge.cancellation_image import LEAST
from validator.feed import Row
from validator.model import Revocation, RevocationKind, Serial
from validator.wire.rows import revocation_row


def gone(serial: int) -> Row:
    """Return the row of a cancelled serial."""
    return revocation_row(Revocation(Serial(TONIGHT, serial), RevocationKind.CANCELLED, NOW))


def back(serial: int) -> Row:
    """Return the row that takes it back."""
    return gone(serial)[0], None


@pytest.fixture
def feed(tmp_path: Path) -> Iterator[FeedSource]:
    """A device that has heard of many cancellations, and is off now."""
    source = FeedSource()
    source.delta(CANCELLATIONS, *map(gone, range(1, LEAST + 1)))
    cache = opened(tmp_path)
    in_touch(cache, source)
    cache.close()
    yield source


def images(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "cache.sqlite")) as db:
        return int(db.execute("SELECT count(*) FROM image").fetchone()[0])


def spoil(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / "cache.sqlite")) as db, db:
        db.execute(statement)


def test_what_came_after_the_image_counts_too(tmp_path: Path, feed: FeedSource) -> None:
    assert images(tmp_path) == 1
    cache = opened(tmp_path)
    cache.knowledge.apply(feed.delta(CANCELLATIONS, gone(LEAST + 1), back(2)))
    cache.knowledge.apply(feed.delta(CANCELLATIONS, gone(2), back(3)))
    cache.close()
    again = opened(tmp_path)
    found = {serial: cancelled(again, serial) for serial in (1, 2, 3, LEAST, LEAST + 1, LEAST + 2)}
    again.close()
    assert found == {1: True, 2: True, 3: False, LEAST: True, LEAST + 1: True, LEAST + 2: False}


def test_an_image_is_loaded_and_not_built_anew(tmp_path: Path, feed: FeedSource) -> None:
    # Only memory still knows of this one: the table is asked on a hit, to confirm it.
    spoil(tmp_path, "DELETE FROM cancellations")
    cache = opened(tmp_path)
    assert not cancelled(cache, 1)
    cache.close()
    assert images(tmp_path) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM image",
        "UPDATE image SET image = zeroblob(64)",
        "UPDATE image SET sequence = sequence + 1",
        "DELETE FROM image WHERE part = 0",
        "UPDATE streams SET counter = counter + 1 WHERE name GLOB 'cancellations.*'",
        "UPDATE streams SET sequence = sequence + 1 WHERE name GLOB 'cancellations.*'",
    ],
    ids=[
        "gone",
        "damaged",
        "of another sequence",
        "cut",
        "of another epoch",
        "a delta is not kept",
    ],
)
def test_an_image_that_does_not_fit_is_built_anew(
    tmp_path: Path, feed: FeedSource, statement: str
) -> None:
    spoil(tmp_path, statement)
    cache = opened(tmp_path)
    assert cancelled(cache, 1)
    assert not cancelled(cache, LEAST + 1)
    cache.close()
    assert images(tmp_path) == 1


def test_a_snapshot_takes_the_image_along(tmp_path: Path, feed: FeedSource) -> None:
    cache = opened(tmp_path)
    feed.delta(CANCELLATIONS, *map(back, range(1, LEAST)))
    cache.knowledge.apply(feed.snapshot(CANCELLATIONS))
    settled(cache)
    cache.close()
    assert images(tmp_path) == 0
    again = opened(tmp_path)
    assert (cancelled(again, 1), cancelled(again, LEAST)) == (False, True)
    again.close()
