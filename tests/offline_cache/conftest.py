"""A device's cache, and a device with its gateway, for every test of this folder."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from doubles.clock.hand_clock import HandClock
from doubles.gateway.authority import Authority
from doubles.gateway.feed_source import FeedSource, evening_rows
from doubles.gateway.scripted_link import LinkGateway
from doubles.lane.link_device import LinkDevice
from doubles.store.device_cache import opened
from offline_cache.cache import Cache


@pytest.fixture
def hands() -> HandClock:
    return HandClock()


@pytest.fixture
def feed() -> FeedSource:
    return FeedSource()


@pytest.fixture
def cache(tmp_path: Path, hands: HandClock) -> Iterator[Cache]:
    cache = opened(tmp_path, hands)
    yield cache
    cache.close()


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[LinkGateway]:
    gateway = LinkGateway(Authority(tmp_path / "venue"))
    gateway.feed.delta("catalogue", *evening_rows())
    await gateway.start()
    yield gateway
    await gateway.stop()


@pytest.fixture
async def device(tmp_path: Path, gateway: LinkGateway) -> AsyncIterator[LinkDevice]:
    device = LinkDevice(tmp_path, gateway)
    yield device
    await device.stop()
