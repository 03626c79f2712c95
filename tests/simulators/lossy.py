"""A line to a server that loses answers: the request is carried out, and nobody hears of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer


@dataclass
class Line:
    """The line.

    Attributes:
        url: Its near end.
        lose: Answers to POST requests that get lost from now on.
    """

    url: str = ""
    lose: int = 0


@asynccontextmanager
async def lossy(far: str) -> AsyncIterator[Line]:
    """Open a line to a server at `far`."""
    line = Line()
    async with aiohttp.ClientSession() as http:

        async def pass_on(request: web.Request) -> web.StreamResponse:
            kept = ("Authorization", "Content-Type")
            headers = {name: request.headers[name] for name in kept if name in request.headers}
            async with http.request(
                request.method, far + request.path_qs, data=await request.read(), headers=headers
            ) as answer:
                body = await answer.read()
                if request.method == "POST" and line.lose:
                    line.lose -= 1
                    assert request.transport is not None
                    request.transport.abort()
                return web.Response(
                    body=body, status=answer.status, content_type=answer.content_type
                )

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", pass_on)
        server = TestServer(app)
        async with server:
            line.url = str(server.make_url("")).rstrip("/")
            yield line
