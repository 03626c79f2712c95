"""How routes answer. The office is asked in other threads: it waits for the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import web

from validator.boxoffice.api.inputs import REQUEST_DIGEST
from validator.boxoffice.api.route import OFFICE
from validator.boxoffice.idempotency import IDEMPOTENCY_KEY


async def answer(question: Callable[[], object], status: int = 200) -> web.Response:
    """Answer in JSON what is asked, or what became of a change.

    Args:
        question: Returns what JSON can hold.
        status: Of the answer.

    Raises:
        ValidatorError: As `question`.
    """
    return web.json_response(await asyncio.to_thread(question), status=status)


async def answer_once(
    request: web.Request, change: Callable[[], object], status: int = 200
) -> web.Response:
    """Make a change once, however often it is asked for with the same key.

    Args:
        request: Its body was read. Without a key the change is made whenever it is asked for.
        change: Makes it in transactions of the box office; returns what JSON can hold.
        status: Of the answer.

    Raises:
        KeyReused: Something else was asked for with this key.
        FixRequest: The key is malformed, or the change can't be made.
    """
    key = request.headers.get(IDEMPOTENCY_KEY)
    if key is None:
        return await answer(change, status)
    keys, digest = request.app[OFFICE].idempotency_keys, request[REQUEST_DIGEST]
    return await answer(lambda: keys.answer(key, digest, change), status)


async def answer_file(make: Callable[[], bytes], content_type: str) -> web.Response:
    """Answer a file that no cache keeps: it bears a ticket's code.

    Args:
        make: Returns its bytes.
        content_type: What it is.

    Raises:
        ValidatorError: As `make`.
    """
    return web.Response(
        body=await asyncio.to_thread(make),
        content_type=content_type,
        headers={"Cache-Control": "no-store"},
    )
