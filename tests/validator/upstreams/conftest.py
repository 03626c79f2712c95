"""A shop at Infomaniak, and somebody who follows it as the gateway does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from doubles.upstreams.infomaniak_system import Follower, InfomaniakSystem, infomaniak_system


@pytest.fixture
async def system(tmp_path: Path) -> AsyncIterator[InfomaniakSystem]:
    """Open an adapter before a simulated shop."""
    async with infomaniak_system(tmp_path) as opened:
        yield opened


@pytest.fixture
def gateway(system: InfomaniakSystem) -> Follower:
    """Return who keeps what it tells."""
    return Follower(system)
