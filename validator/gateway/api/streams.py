"""The streams over HTTP, for followers without a link."""

from __future__ import annotations

import asyncio
import re

from aiohttp import web

from validator.errors import FixRequest
from validator.feed import is_stream
from validator.gateway.api.endpoint import Endpoint
from validator.gateway.api.middleware import NotFound
from validator.gateway.services import SERVICES, Answer
from validator.roles import DOORS
from validator.wire.codec import pack
from validator.wire.messages import Position

_SINCE = re.compile(r"(\d{1,10})\.([0-9a-f]{16})-(\d{1,15})")


async def stream(request: web.Request) -> Answer:
    """Return the sealed frames of a stream since a cursor, as a msgpack array."""
    name = request.match_info["stream"]
    if not is_stream(name):
        raise NotFound("There is no stream of that name.")
    since = request.query.get("since")
    backlog = request.app[SERVICES].backlog
    frames = await asyncio.to_thread(backlog.frames_since, _position(name, since))
    return web.Response(body=pack(tuple(frames)), content_type="application/msgpack")


def _position(stream: str, since: str | None) -> Position:
    if since is None:
        return Position(stream, 0, 0, 0)
    found = _SINCE.fullmatch(since)
    if not found:
        raise FixRequest("'since' is COUNTER.RANDOM-SEQUENCE, such as 1.00000000000000ff-42.")
    return Position(stream, int(found[1]), int(found[2], 16), int(found[3]))


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/v1/streams/{stream}",
        stream,
        "Sealed frames of a stream, as a msgpack array of byte strings; without, or with an old "
        "or foreign cursor, a snapshot.",
        roles=DOORS,
        media="application/msgpack",
        query={"since": "COUNTER.RANDOM-SEQUENCE of the last frame held."},
    ),
)
