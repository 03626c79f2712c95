"""A ticket's story, over HTTP."""

from __future__ import annotations

from aiohttp import web

from validator.gateway.api.check_ins import LONGEST_NUMBER
from validator.gateway.api.middleware import NotFound
from validator.gateway.services import PARTS, Answer


async def ticket(request: web.Request) -> Answer:
    """Return a ticket and its history."""
    number = request.match_info["number"][:LONGEST_NUMBER].upper()
    found = await request.app[PARTS].committer.ticket(number)
    if found is None:
        raise NotFound("There is no ticket of that number.")
    return found
