"""People who ask a served gateway."""

import pytest_asyncio

from doubles.gateway.live import LiveGateway
from validator.gateway.trust.auth import Role


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def steward(live: LiveGateway) -> str:
    return await live.user("Ada", Role.STEWARD)
