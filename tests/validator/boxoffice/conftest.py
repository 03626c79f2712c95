from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from doubles.boxoffice.box import open_box
from doubles.boxoffice.handed_in import HandedIn
from doubles.clock.hand_clock import HandClock
from validator.boxoffice import BoxOffice, create_app


@pytest.fixture
def hand() -> HandClock:
    return HandClock()


@pytest.fixture
def office(tmp_path: Path, hand: HandClock) -> Iterator[BoxOffice]:
    """Open a box office with an evening on sale."""
    with closing(open_box(tmp_path, hand)) as office:
        yield office


@pytest.fixture
async def client(office: BoxOffice) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    """Call the box office's API with its key."""
    headers = {"Authorization": "Bearer right"}
    async with TestClient(TestServer(create_app(office, "right")), headers=headers) as client:
        yield client


@pytest.fixture
def box(tmp_path: Path) -> Iterator[HandedIn]:
    """Open a box office whose organiser imports files."""
    handed_in = HandedIn(tmp_path)
    yield handed_in
    handed_in.office.close()
