from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from journeys.venue import Venue


@pytest_asyncio.fixture
async def venue(tmp_path: Path) -> AsyncIterator[Venue]:
    """Prepare an evening; the gateway is started by the test."""
    venue = Venue(tmp_path)
    try:
        yield venue
    finally:
        await venue.close()
