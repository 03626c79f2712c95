"""Live counts, over HTTP."""

from __future__ import annotations

from aiohttp import web

from validator.gateway.services import PARTS, Answer


async def counts(request: web.Request) -> Answer:
    """Return the figures of now."""
    return await request.app[PARTS].counts.now()


async def counts_stream(request: web.Request) -> Answer:
    """Send the figures as they change."""
    return await request.app[PARTS].counts.watch(request)
