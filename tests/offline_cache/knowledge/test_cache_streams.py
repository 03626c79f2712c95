"""Streams on a device: in order, on disk first, frames kept, and ages that never flatter."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doubles.evening import DEVICE, GATE, NOW, TONIGHT, listed, token
from doubles.gateway.feed_source import FeedSource, entries
from doubles.store.device_cache import cancelled, in_touch, kept_frames, opened, settled
from offline_cache.cache import Cache
from validator.errors import FrameRefused, FramesMissing
from validator.feed import Epoch, Row
from validator.keys import SigningKey
from validator.model import Assignment, Listing, Revocation, RevocationKind, Serial
from validator.wire.messages import Position
from validator.wire.rows import entry_row, listing_row, revocation_key, revocation_row

CANCELLATIONS, TICKETS = f"cancellations.{TONIGHT}", f"tickets.{TONIGHT}"
CANCELLED = revocation_row(Revocation(token().serial, RevocationKind.CANCELLED, NOW))


def test_a_frame_moves_the_position_and_a_replay_does_not(cache: Cache, feed: FeedSource) -> None:
    assert cache.knowledge.positions([TICKETS]) == (Position(TICKETS, 0, 0, 0),)
    first = feed.snapshot(TICKETS)
    assert cache.knowledge.apply(first) == Position(TICKETS, 1, 77, 0)
    assert cache.knowledge.apply(first) is None
    change = feed.delta(TICKETS, listing_row(Listing(token().serial, listed(token()))))
    assert cache.knowledge.apply(change) == Position(TICKETS, 1, 77, 1)
    assert cache.knowledge.apply(change) is None
    assert cache.knowledge.positions([TICKETS]) == (Position(TICKETS, 1, 77, 1),)


def test_a_gap_asks_and_changes_nothing(cache: Cache, feed: FeedSource) -> None:
    in_touch(cache, feed)
    feed.delta(CANCELLATIONS, CANCELLED)
    second = feed.delta(
        CANCELLATIONS, (revocation_key(token().serial, RevocationKind.CANCELLED), None)
    )
    with pytest.raises(FramesMissing):
        cache.knowledge.apply(second)
    assert cache.knowledge.positions([CANCELLATIONS])[0].sequence == 0


def test_forged_frames_and_rollbacks_keep_the_old_state(cache: Cache, feed: FeedSource) -> None:
    in_touch(cache, feed)
    empty = feed.snapshot(CANCELLATIONS)
    cache.knowledge.apply(feed.delta(CANCELLATIONS, CANCELLED))
    forger = FeedSource(key=SigningKey.from_seed(b"x" * 32))
    with pytest.raises(FrameRefused):
        cache.knowledge.apply(forger.snapshot(CANCELLATIONS))
    with pytest.raises(FrameRefused):
        cache.knowledge.apply(empty)
    with pytest.raises(FrameRefused):
        cache.knowledge.apply(b"anything")
    assert cancelled(cache)


def test_an_unknown_stream_is_refused(cache: Cache, feed: FeedSource) -> None:
    for name in ("weather.5", "tickets", "catalogue.5"):
        with pytest.raises(FrameRefused):
            cache.knowledge.apply(feed.snapshot(name))
    assert cache.knowledge.positions(["tickets"])[0].counter == 0


def test_a_cursor_that_no_disk_holds_is_refused(cache: Cache, feed: FeedSource) -> None:
    feed.epoch = Epoch(1 << 63, 1)
    with pytest.raises(FrameRefused):
        cache.knowledge.apply(feed.snapshot(TICKETS))


def test_the_epochs_64_bits_come_back_from_disk(
    cache: Cache, feed: FeedSource, tmp_path: Path
) -> None:
    feed.epoch = Epoch(3, (1 << 64) - 1)
    cache.knowledge.apply(feed.snapshot(TICKETS))
    cache.close()
    again = opened(tmp_path)
    assert again.knowledge.positions([TICKETS]) == (Position(TICKETS, 3, (1 << 64) - 1, 0),)
    again.close()


def test_what_was_applied_outlives_a_restart(
    cache: Cache, feed: FeedSource, tmp_path: Path
) -> None:
    in_touch(cache, feed)
    cache.knowledge.apply(feed.delta(CANCELLATIONS, CANCELLED))
    cache.close()
    again = opened(tmp_path)
    assert cancelled(again)
    assert again.catalogue.gates["a"] == GATE
    assert set(again.ring.keys) == {1}
    again.knowledge.apply(
        feed.delta(TICKETS, listing_row(Listing(token().serial, listed(token()))))
    )
    again.close()


def test_a_new_epochs_snapshot_replaces_what_was_held(cache: Cache, feed: FeedSource) -> None:
    in_touch(cache, feed)
    cache.knowledge.apply(feed.delta(CANCELLATIONS, CANCELLED))
    restored = FeedSource(counter=2)
    restored.delta(
        CANCELLATIONS, revocation_row(Revocation(token(2).serial, RevocationKind.CANCELLED, NOW))
    )
    with pytest.raises(FrameRefused, match="has not asked for what its restore has lost"):
        cache.knowledge.apply(restored.snapshot(CANCELLATIONS))
    assert (cancelled(cache, 1), cancelled(cache, 2)) == (True, False)
    cache.offers.made(True)
    assert cache.knowledge.apply(restored.snapshot(CANCELLATIONS)) == Position(
        CANCELLATIONS, 2, 77, 1
    )
    assert (cancelled(cache, 1), cancelled(cache, 2)) == (False, True)


def test_sealed_frames_are_kept_until_a_snapshot_replaces_them(
    cache: Cache, feed: FeedSource, tmp_path: Path
) -> None:
    frames = [feed.snapshot(CANCELLATIONS), feed.delta(CANCELLATIONS, CANCELLED)]
    for sealed in frames:
        cache.knowledge.apply(sealed)
    assert kept_frames(tmp_path) == frames
    feed.delta(CANCELLATIONS, CANCELLED)
    whole = feed.snapshot(CANCELLATIONS)
    cache.knowledge.apply(whole)
    settled(cache)
    assert kept_frames(tmp_path) == [whole]


def test_a_revoked_device_is_told(cache: Cache, feed: FeedSource) -> None:
    feed.delta("catalogue", *entries(), entry_row(Assignment(DEVICE, "a", revoked=True)))
    cache.knowledge.apply(feed.snapshot("catalogue"))
    assert cache.knowledge.place.revoked


changes = st.lists(st.lists(st.tuples(st.integers(1, 5), st.booleans()), max_size=4), max_size=8)


@settings(max_examples=20, deadline=None)
@given(changes)
def test_frames_applied_in_order_are_what_their_snapshot_is(
    what: list[list[tuple[int, bool]]],
) -> None:
    feed = FeedSource()
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        followed, swapped = opened(Path(one)), opened(Path(other))
        followed.knowledge.apply(feed.snapshot(CANCELLATIONS))
        for change in what:
            rows: list[Row] = []
            for number, there in change:
                serial = Serial(TONIGHT, number)
                row = revocation_row(Revocation(serial, RevocationKind.CANCELLED, NOW))
                rows.append(row if there else (row[0], None))
            followed.knowledge.apply(feed.delta(CANCELLATIONS, *rows))
        swapped.knowledge.apply(feed.snapshot(CANCELLATIONS))
        for number in range(1, 6):
            assert cancelled(followed, number) == cancelled(swapped, number)
        assert followed.knowledge.positions([CANCELLATIONS]) == swapped.knowledge.positions(
            [CANCELLATIONS]
        )
        followed.close()
        swapped.close()
