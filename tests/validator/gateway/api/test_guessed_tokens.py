"""Tokens that are guessed: slowed, and nobody else is."""

from __future__ import annotations

import pytest

from doubles.gateway.live import LiveGateway
from validator.roles import Role

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_guessing_tokens_is_slowed_and_nobody_else_is(live: LiveGateway) -> None:
    known = [
        (await live.enrolled()).token,
        await live.user("Steward", Role.STEWARD),
        await live.user("Supervisor", Role.SUPERVISOR),
    ]
    for token in known:
        assert (await live.call("GET", "/api/v1/counts", token=token, tls=True))[0] == 200
    answers = [
        await live.call("GET", "/api/v1/counts", token=f"guess-{number}", tls=True)
        for number in range(62)
    ]
    assert [status for status, _ in answers][-1] == 429
    headers = {"Authorization": "Bearer guess"}
    async with live.http.get(live.url("/api/v1/devices"), headers=headers) as answer:
        assert answer.status == 429
        assert int(answer.headers["Retry-After"]) >= 1
    for token in known:
        assert (await live.call("GET", "/api/v1/counts", token=token, tls=True))[0] == 200
