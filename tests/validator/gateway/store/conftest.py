"""Every kind of store that the contract suites go through."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from doubles.store.store_rows import STORES
from validator.gateway.store.port import Store


@pytest.fixture(params=sorted(STORES))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made = STORES[request.param](tmp_path)
    yield made
    made.close()
