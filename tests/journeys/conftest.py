from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from journeys.counter_page import NAME, Counter, chromium
from journeys.venue import Venue


def pytest_itemcollected(item: pytest.Item) -> None:
    """Leave every journey out of `make check`."""
    item.add_marker(pytest.mark.slow)


@pytest_asyncio.fixture
async def venue(tmp_path: Path) -> AsyncIterator[Venue]:
    """Prepare an evening; the gateway is started by the test."""
    venue = Venue(tmp_path)
    try:
        yield venue
    finally:
        await venue.close()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def staffed(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Counter]:
    """Run a gateway and a browser for the tests of a file."""
    venue = Venue(tmp_path_factory.mktemp("counter"))
    try:
        await venue.open()
        user = await venue.post("/api/v1/users", {"name": NAME, "role": "cashier"})
        async with chromium() as browser:
            yield Counter(venue, browser, user["token"])
    finally:
        await venue.close()


@pytest_asyncio.fixture(loop_scope="module")
async def counter(staffed: Counter) -> AsyncIterator[Counter]:
    """Lend the counter to one test, and close its windows."""
    yield staffed
    await staffed.close()
