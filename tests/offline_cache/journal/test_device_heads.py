"""What a device signs of its journal, and what it keeps of the gateway's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from doubles.clock.hand_clock import HandClock
from doubles.evening import NOW, token
from doubles.gateway.feed_source import FEED_KEY
from doubles.store.device_cache import check_in, identity
from offline_cache.cache import Cache
from validator.errors import WireError
from validator.keys import SigningKey
from validator.wire.head import Head, genuine, signed
from validator.wire.messages import Acknowledged

KEY = SigningKey.from_seed(b"s" * 32)


def opened(folder: Path, seed: bytes = KEY.seed) -> Cache:
    me = replace(identity(), seed=seed)
    return Cache.open(folder / "cache.sqlite", HandClock().clock, me, "boot-1")


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Cache]:
    cache = opened(tmp_path)
    yield cache
    cache.close()


def theirs(sequence: int) -> Head:
    return signed(Head("gateway 1-7", sequence, bytes([sequence]) * 32, NOW), FEED_KEY)


def test_a_device_signs_what_it_has_delivered_and_nothing_that_it_owes(cache: Cache) -> None:
    assert cache.heads.mine(NOW) is None
    rows = [cache.append(check_in(number, token(number))) for number in (1, 2, 3)]
    assert cache.heads.mine(NOW) is None
    cache.acknowledge(Acknowledged(2, ()))
    head = cache.heads.mine(NOW)
    assert head is not None and genuine(head, KEY.public)
    assert (head.journal, head.sequence, head.hash) == (cache.device, 2, rows[1].hash)
    cache.owe_after(1)
    head = cache.heads.mine(NOW)
    assert head is not None and head.sequence == 1


def test_a_device_without_a_key_signs_nothing(tmp_path: Path) -> None:
    cache = opened(tmp_path, b"")
    cache.append(check_in(1, token(1)))
    cache.acknowledge(Acknowledged(1, ()))
    assert cache.heads.telemetry(NOW, None).head is None
    cache.close()


def test_the_furthest_head_of_the_gateway_outlives_a_restart(cache: Cache, tmp_path: Path) -> None:
    for sequence in (4, 9, 6):
        cache.heads.hear(theirs(sequence))
        cache.heads.witness()
    assert cache.heads.telemetry(NOW, None).witness == theirs(9)
    cache.close()
    again = opened(tmp_path)
    assert again.heads.witness() == theirs(9)
    again.close()


def test_a_head_that_the_gateway_did_not_sign_is_not_kept(cache: Cache) -> None:
    for spoilt in (replace(theirs(4), sequence=5), signed(theirs(4), KEY)):
        with pytest.raises(WireError):
            cache.heads.hear(spoilt)
    assert cache.heads.witness() is None
