"""Live counts, over HTTP."""

from __future__ import annotations

from aiohttp import web

from validator.gateway.api.endpoint import Endpoint
from validator.gateway.api.schemas import ANY_OBJECT
from validator.gateway.services import SERVICES, Answer
from validator.roles import DOORS


async def counts(request: web.Request) -> Answer:
    """Return the figures of now."""
    return await request.app[SERVICES].counts.now()


async def counts_stream(request: web.Request) -> Answer:
    """Send the figures as they change."""
    return await request.app[SERVICES].counts.watch(request)


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/v1/counts",
        counts,
        "The figures of now.",
        roles=DOORS,
        totals=True,
        result=ANY_OBJECT,
    ),
    Endpoint(
        "GET",
        "/api/v1/counts/stream",
        counts_stream,
        "The figures as they change, as server-sent events; at least every five seconds.",
        roles=DOORS,
        totals=True,
        media="text/event-stream",
    ),
)
