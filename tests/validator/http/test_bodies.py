"""A body has seconds, whoever sends it: one that pauses or drips is given up, a slow one is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from validator.http.bodies import SLOWEST, TooLarge, TooSlow, body_of

WITHIN_S = 0.5


async def answer(request: web.Request) -> web.Response:
    try:
        return web.json_response(len(await body_of(request, 4 * SLOWEST, WITHIN_S)))
    except (TooLarge, TooSlow) as error:
        return web.json_response(type(error).__name__, status=400)


@pytest.fixture
async def url() -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/", answer)
    async with TestServer(app) as server:
        yield str(server.make_url("/"))


async def sent(url: str, body: AsyncIterator[bytes]) -> object:
    async with asyncio.timeout(60), aiohttp.ClientSession() as http, http.post(url, data=body) as a:
        return await a.json()


async def test_a_body_that_pauses_for_ever_is_given_up(url: str) -> None:
    over = asyncio.Event()

    async def pausing() -> AsyncIterator[bytes]:
        yield b"begun"
        await over.wait()

    assert await sent(url, pausing()) == "TooSlow"


async def test_a_body_that_drips_is_given_up(url: str) -> None:
    async def dripping() -> AsyncIterator[bytes]:
        while True:
            yield b"x"
            await asyncio.sleep(WITHIN_S / 20)

    assert await sent(url, dripping()) == "TooSlow"


async def test_a_long_body_has_more_time_for_what_has_come(url: str) -> None:
    async def long() -> AsyncIterator[bytes]:
        for _ in range(4):
            yield bytes(SLOWEST)
            await asyncio.sleep(WITHIN_S / 2)

    assert await sent(url, long()) == 4 * SLOWEST


async def test_a_body_beyond_its_bound_is_not_read_to_its_end(url: str) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield bytes(SLOWEST)
            await asyncio.sleep(0)

    try:
        said = await sent(url, endless())
    except aiohttp.ClientError:
        said = "TooLarge"
    assert said == "TooLarge"
