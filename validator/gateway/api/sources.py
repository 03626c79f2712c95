"""The wake-up call of a ticketing system."""

from __future__ import annotations

from aiohttp import web

from validator.gateway.api.endpoint import Endpoint
from validator.gateway.api.middleware import NotFound
from validator.gateway.api.schemas import FLAG, table
from validator.gateway.services import SERVICES, Answer
from validator.roles import Open


async def wake(request: web.Request) -> Answer:
    """Poll an upstream now: it says that it has news."""
    services = request.app[SERVICES]
    call = services.wake_up_calls.get(request.match_info["id"])
    if call is None:
        raise NotFound("There is no upstream of that name.")
    call.check(request.headers.get("Authorization"))
    call.wake()
    return web.json_response({"woken": True}, status=202)


ENDPOINTS = (
    Endpoint(
        "POST",
        "/api/v1/upstreams/{id}/wake",
        wake,
        "An upstream has news: poll it now. With the upstream's own key.",
        roles=Open.OWN_KEY,
        result=table(["woken"], woken=FLAG),
    ),
)
