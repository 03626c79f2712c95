"""Another key seals the streams: a device takes its frames, and remembers it."""

from __future__ import annotations

from pathlib import Path

import pytest

from doubles.evening import NOW, TONIGHT, token
from doubles.gateway.feed_source import FEED_KEY, FeedSource
from doubles.store.device_cache import cancelled, in_touch, opened
from offline_cache.cache import Cache
from validator.errors import FrameRefused
from validator.feed import appoint, reseal
from validator.keys import SigningKey
from validator.model import Revocation, RevocationKind
from validator.wire.rows import revocation_row

NEXT = SigningKey.from_seed(b"n" * 32)
CANCELLATIONS = f"cancellations.{TONIGHT}"
CANCELLED = revocation_row(Revocation(token().serial, RevocationKind.CANCELLED, NOW))


def test_a_frame_of_a_new_key_is_taken_once_the_key_before_has_named_it(
    cache: Cache, feed: FeedSource
) -> None:
    in_touch(cache, feed)
    frame = reseal(feed.delta(CANCELLATIONS, CANCELLED), NEXT)
    with pytest.raises(FrameRefused, match="not sealed"):
        cache.knowledge.apply(frame)
    cache.seals.take([appoint(FEED_KEY, NEXT.public, ends=False)])
    cache.knowledge.apply(frame)
    assert cancelled(cache)


def test_a_retired_seal_is_taken_and_a_stolen_one_is_not(cache: Cache, feed: FeedSource) -> None:
    in_touch(cache, feed)
    cache.seals.take([appoint(FEED_KEY, NEXT.public, ends=False)])
    cache.knowledge.apply(feed.heartbeat())
    last = SigningKey.from_seed(b"l" * 32)
    cache.seals.take([appoint(NEXT, last.public, ends=True)])
    change = feed.delta(CANCELLATIONS, CANCELLED)
    for stolen in (change, reseal(change, NEXT)):
        with pytest.raises(FrameRefused, match="not sealed"):
            cache.knowledge.apply(stolen)
    assert not cancelled(cache)
    cache.knowledge.apply(reseal(change, last))
    assert cancelled(cache)
    # What is still on its way under the old seal is the very same change.
    assert cache.knowledge.apply(reseal(change, last)) is None


def test_a_stolen_seal_does_not_name_another_one(cache: Cache) -> None:
    cache.seals.take([appoint(FEED_KEY, NEXT.public, ends=True)])
    thief = SigningKey.from_seed(b"t" * 32)
    with pytest.raises(FrameRefused, match="given up"):
        cache.seals.take([appoint(FEED_KEY, thief.public, ends=False)])
    assert cache.seals.ring.accepted == (NEXT.public,)


def test_the_new_seal_is_known_after_a_restart_and_what_it_brought_counts(
    tmp_path: Path, feed: FeedSource
) -> None:
    cache = opened(tmp_path)
    in_touch(cache, feed)
    cache.seals.take([appoint(FEED_KEY, NEXT.public, ends=True)])
    cache.knowledge.apply(reseal(feed.delta(CANCELLATIONS, CANCELLED), NEXT))
    cache.close()
    again = opened(tmp_path)
    assert again.seals.ring.accepted == (NEXT.public,)
    assert cancelled(again)
    again.knowledge.apply(reseal(feed.heartbeat(), NEXT))
    again.close()


def test_a_change_that_comes_again_under_another_seal_is_no_other_change(
    cache: Cache, feed: FeedSource
) -> None:
    in_touch(cache, feed)
    change = feed.delta(CANCELLATIONS, CANCELLED)
    cache.knowledge.apply(change)
    cache.seals.take([appoint(FEED_KEY, NEXT.public, ends=False)])
    assert cache.knowledge.apply(reseal(change, NEXT)) is None
