"""A snapshot in parts is given back whole, however many messages that takes."""

import random
from pathlib import Path

from doubles.evening import FULL, TONIGHT
from doubles.gateway.feed_source import FeedSource
from doubles.store.device_cache import TICKETS, opened, settled
from offline_cache.knowledge.offers import BEGINNING, Batch
from validator.feed import Row
from validator.model import Listing, Serial, Ticket
from validator.wire.messages import Position, Recall
from validator.wire.rows import listing_row


def row(serial: int) -> Row:
    """Return a ticket's row that is long and can't be squeezed much."""
    key, seat = Serial(TONIGHT, serial), random.Random(serial).randbytes(30_000).hex()
    return listing_row(Listing(key, Ticket(key.ticket(), TONIGHT, FULL, "box", seat=seat)))


def test_parts_of_one_sequence_are_offered_each_once(tmp_path: Path) -> None:
    feed = FeedSource()
    feed.delta(TICKETS, *map(row, range(1, 61)))
    parts = feed.parts(TICKETS)
    cache = opened(tmp_path)
    for part in parts:
        cache.knowledge.apply(part)
    settled(cache)
    delta = feed.delta(TICKETS, (row(1)[0], None))
    cache.knowledge.apply(delta)
    batch, messages = Batch((), BEGINNING, last=False), 0
    found: list[bytes] = []
    while not batch.last:
        batch = cache.offers.batch(Recall(()), batch.after)
        found += batch.frames
        messages += 1
    assert found == [*parts, delta]
    assert messages > 2
    counter, random_bits = feed.epoch
    known = Recall((Position(TICKETS, counter, random_bits, 1),))
    assert cache.offers.batch(known).frames == (delta,)
    cache.close()
