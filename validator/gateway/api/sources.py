"""The wake-up call of a ticketing system."""

from __future__ import annotations

from aiohttp import web

from validator.gateway.api.middleware import NotFound
from validator.gateway.services import PARTS, Answer


async def wake(request: web.Request) -> Answer:
    """Poll an upstream now: it says that it has news."""
    parts = request.app[PARTS]
    upstream = parts.upstreams.get(request.match_info["id"])
    if upstream is None:
        raise NotFound("There is no upstream of that name.")
    upstream.check(request.headers.get("Authorization"))
    upstream.wake()
    return web.json_response({"woken": True}, status=202)
