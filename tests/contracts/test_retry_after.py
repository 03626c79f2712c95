"""Whoever has to wait is told whole seconds, and never to come back too early."""

from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.typedefs import Middleware

from validator.boxoffice.api.middleware import errors_as_json
from validator.errors import RetryLater
from validator.gateway.api.middleware import errors_as_sentences


@pytest.mark.parametrize(
    ("after_s", "said"),
    [(None, "1"), (0.0, "1"), (0.4, "1"), (1.0, "1"), (2.4, "3"), (59.6, "60"), (3600.0, "3600")],
)
@pytest.mark.parametrize("errors", [errors_as_json, errors_as_sentences])
async def test_seconds_are_rounded_up_and_there_is_one_at_least(
    errors: Middleware, after_s: float | None, said: str
) -> None:
    async def busy(_: web.Request) -> web.Response:
        raise RetryLater("The disk is busy.", after_s)

    app = web.Application(middlewares=[errors])
    app.router.add_get("/", busy)
    async with TestClient(TestServer(app)) as client:
        answer = await client.get("/")
        assert (answer.status, answer.headers["Retry-After"]) == (503, said)
