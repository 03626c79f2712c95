"""Every address of the gateway, in one table."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from aiohttp import web

from validator.gateway.api import (
    check_in_batches,
    check_ins,
    claims,
    devices,
    enrolment,
    figures,
    held_cancellations,
    keys,
    monitoring,
    outbox,
    search,
    sources,
    streams,
    tickets,
    users,
)
from validator.gateway.api.endpoint import Endpoint
from validator.gateway.api.middleware import MIDDLEWARES
from validator.gateway.api.openapi import description
from validator.gateway.api.pages import PAGES, page
from validator.gateway.api.schemas import (
    ANY_OBJECT,
    SCHEMAS,
)
from validator.gateway.link.visit import link
from validator.gateway.services import LOOPBACK, SERVICES, Answer, Services
from validator.http.answers import nameless
from validator.roles import DEVICES, DOORS


async def openapi(_: web.Request) -> Answer:
    """Return this table as OpenAPI."""
    return description(ENDPOINTS, SCHEMAS, _version())


def create_app(services: Services, loopback: bool) -> web.Application:
    """Make the application of one listener.

    Args:
        services: The running gateway.
        loopback: Only this machine reaches it: totals and pages need no sign-in.
    """
    app = web.Application(middlewares=MIDDLEWARES)
    app.on_response_prepare.append(nameless)
    app[SERVICES] = services
    app[LOOPBACK] = loopback
    app.add_routes([endpoint.route() for endpoint in (*ENDPOINTS, *BOARD)])
    return app


def _version() -> str:
    try:
        return version("entrance-control")
    except PackageNotFoundError:
        return "0"


ENDPOINTS: tuple[Endpoint, ...] = (
    *check_ins.ENDPOINTS,
    *check_in_batches.ENDPOINTS,
    *search.ENDPOINTS,
    *tickets.ENDPOINTS,
    *figures.ENDPOINTS,
    *streams.ENDPOINTS,
    *enrolment.ENDPOINTS,
    Endpoint(
        "GET",
        "/api/v1/link",
        link,
        "The link of a device: a WebSocket with msgpack messages.",
        roles=DEVICES,
        revoked=True,
        media="application/msgpack",
    ),
    Endpoint(
        "GET",
        "/api/v1/openapi.json",
        openapi,
        "This description.",
        roles=DOORS,
        totals=True,
        result=ANY_OBJECT,
    ),
    *sources.ENDPOINTS,
    *devices.ENDPOINTS,
    *claims.ENDPOINTS,
    *held_cancellations.ENDPOINTS,
    *keys.ENDPOINTS,
    *outbox.ENDPOINTS,
    *users.ENDPOINTS,
    *monitoring.ENDPOINTS,
)

BOARD = tuple(
    Endpoint("GET", path, page(path), "Dashboard.", roles=DOORS, totals=True, media=kind)
    for path, (_, kind) in PAGES.items()
)
"""The dashboard's files."""
