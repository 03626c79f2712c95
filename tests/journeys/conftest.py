from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from journeys.venue.counter_page import NAME, Counter, chromium
from journeys.venue.readers import READERS, Reader
from journeys.venue.venue import Venue
from validator.roles import Role


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
async def staffed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Counter]:
    """Run a gateway and a browser for the tests of a file; `ROLE` there is who sells."""
    venue = Venue(tmp_path_factory.mktemp("counter"))
    try:
        await venue.open()
        role = getattr(request.module, "ROLE", Role.CASHIER).value
        user = await venue.post("/api/v1/users", {"name": NAME, "role": role})
        async with chromium() as browser:
            yield Counter(venue, browser, user["token"])
    finally:
        await venue.close()


@pytest_asyncio.fixture(loop_scope="module")
async def counter(staffed: Counter) -> AsyncIterator[Counter]:
    """Lend the counter to one test, and close its windows."""
    yield staffed
    await staffed.close()


@pytest_asyncio.fixture(
    loop_scope="module", params=[pytest.param(each, id=each.name) for each in READERS]
)
async def reader(
    staffed: Counter, request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[Counter]:
    """Lend the counter to one test, in the browser of somebody with other letters."""
    reader: Reader = request.param
    if reader.typefaces and not reader.typefaces.exists():
        pytest.skip("not installed: fonts-dejavu-core")
    async with chromium(reader.flags, reader.environment(tmp_path)) as browser:
        counter = staffed.seen_in(browser)
        yield counter
        await counter.close()
