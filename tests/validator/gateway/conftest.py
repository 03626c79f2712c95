"""A gateway for the tests of every room: its committer with devices, or all of it, served."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from doubles.gateway.committer_with_devices import Venue
from doubles.gateway.live import LiveGateway, live_gateway


@pytest.fixture
async def venue(tmp_path: Path) -> AsyncIterator[Venue]:
    venue = await Venue(tmp_path / "gateway.sqlite").start()
    yield venue
    await venue.stop()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def live(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LiveGateway]:
    async with live_gateway(tmp_path_factory.mktemp("live")) as running:
        yield running
