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
    monitoring,
    outbox,
    search,
    sources,
    streams,
    tickets,
    users,
)
from validator.gateway.api.endpoint import Endpoint
from validator.gateway.api.middleware import CALLERS, MAX_BODY, MIDDLEWARES
from validator.gateway.api.openapi import description
from validator.gateway.api.pages import PAGES, page
from validator.gateway.api.schemas import (
    ANY_OBJECT,
    COUNT,
    FLAG,
    GATE,
    ROLE,
    SCHEMAS,
    TIME,
    listed,
    ref,
    table,
    text,
)
from validator.gateway.link.visit import link
from validator.gateway.services import LOOPBACK, PARTS, Answer, Parts
from validator.gateway.trust.auth import EVERYBODY, STAFF, SUPERVISORS, Role
from validator.gateway.trust.caller_cache import Callers

_NOBODY: frozenset[Role] = frozenset()
_DEVICES = frozenset({Role.DEVICE})
_TEXT = {"type": "string"}


async def openapi(_: web.Request) -> Answer:
    """Return this table as OpenAPI."""
    return description(ENDPOINTS, SCHEMAS, _version())


def create_app(parts: Parts, loopback: bool) -> web.Application:
    """Make the application of one listener.

    Args:
        parts: The running gateway.
        loopback: Only this machine reaches it: totals and pages need no sign-in.
    """
    app = web.Application(middlewares=MIDDLEWARES, client_max_size=MAX_BODY)
    app[PARTS] = parts
    app[LOOPBACK] = loopback
    app[CALLERS] = Callers(parts.store, parts.local_hash)
    app[search.SEARCHES] = search.Searches()
    app.add_routes([endpoint.route() for endpoint in (*ENDPOINTS, *_PAGES)])
    return app


def _version() -> str:
    try:
        return version("entrance-control")
    except PackageNotFoundError:
        return "0"


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        "POST",
        "/api/v1/check-ins",
        check_ins.check_in,
        "Judge a ticket and reserve its entry, now.",
        body=ref("CheckIn"),
        result=ref("Verdict"),
    ),
    Endpoint(
        "POST",
        "/api/v1/check-ins/batch",
        check_in_batches.batch,
        "Report check-ins that were shown elsewhere; one outcome each, in order.",
        body=ref("Batch"),
        result=listed("outcomes", ref("Outcome")),
    ),
    Endpoint(
        "POST",
        "/api/v1/search",
        search.search,
        "Find tickets by their printed number or their order's; 30 times a minute.",
        body=ref("Search"),
        result=listed("tickets", ref("Found")),
    ),
    Endpoint(
        "GET",
        "/api/v1/tickets/{number}",
        tickets.ticket,
        "A ticket and its history.",
        roles=STAFF,
        result=ANY_OBJECT,
    ),
    Endpoint(
        "GET",
        "/api/v1/counts",
        figures.counts,
        "The figures of now.",
        totals=True,
        result=ANY_OBJECT,
    ),
    Endpoint(
        "GET",
        "/api/v1/counts/stream",
        figures.counts_stream,
        "The figures as they change, as server-sent events; at least every five seconds.",
        totals=True,
        media="text/event-stream",
    ),
    Endpoint(
        "GET",
        "/api/v1/streams/{stream}",
        streams.stream,
        "Sealed frames of a stream, as a msgpack array of byte strings; without, or with an old "
        "or foreign cursor, a snapshot.",
        media="application/msgpack",
        query={"since": "COUNTER.RANDOM-SEQUENCE of the last frame held."},
    ),
    Endpoint(
        "GET",
        "/api/v1/authority",
        enrolment.authority,
        "The venue's certificate authority, to be compared with an enrolment code.",
        roles=_NOBODY,
        result=table(["pem"], pem=_TEXT),
    ),
    Endpoint(
        "POST",
        "/api/v1/enrol",
        enrolment.enrol,
        "Exchange the one-time secret of an enrolment code for a device's token.",
        roles=_NOBODY,
        body=table(
            ["secret", "name"], secret=text(10), name=text(80), device=text(64), key=text(64)
        ),
        result=table(
            ["device", "token", "gateway", "feed_key", "code_key", "gate"],
            **dict.fromkeys(("device", "token", "gateway", "feed_key", "code_key", "gate"), _TEXT),
        ),
    ),
    Endpoint(
        "GET",
        "/api/v1/link",
        link,
        "The link of a device: a WebSocket with msgpack messages.",
        roles=_DEVICES,
        revoked=True,
        media="application/msgpack",
    ),
    Endpoint(
        "POST",
        "/api/v1/upstreams/{id}/wake",
        sources.wake,
        "An upstream has news: poll it now. With the upstream's own key.",
        roles=_NOBODY,
        result=table(["woken"], woken=FLAG),
    ),
    Endpoint(
        "GET",
        "/api/v1/devices",
        devices.devices,
        "The devices, and how they are now.",
        roles=SUPERVISORS,
        result=listed("devices", ref("Device")),
    ),
    Endpoint(
        "POST",
        "/api/v1/devices/codes",
        devices.invite,
        "Make an enrolment code, good once and for a day.",
        roles=SUPERVISORS,
        body=table([], gate=GATE),
        result=table(["code", "expires"], code=_TEXT, expires=TIME),
    ),
    Endpoint(
        "PUT",
        "/api/v1/devices/{id}/gate",
        devices.assign,
        "Give a device another gate; connected, it knows within a second.",
        roles=SUPERVISORS,
        body=table([], gate=GATE),
        result=ref("Device"),
    ),
    Endpoint(
        "POST",
        "/api/v1/devices/{id}/revoke",
        devices.revoke,
        "Shut a device out; what it owes it may still deliver.",
        roles=SUPERVISORS,
        result=ref("Device"),
    ),
    Endpoint(
        "POST",
        "/api/v1/devices/{id}/write-off",
        devices.write_off,
        "Await a device no longer that has not come back since the gateway was restored.",
        roles=SUPERVISORS,
        result=table(["awaited"], awaited={"type": "array", "items": _TEXT}),
    ),
    Endpoint(
        "GET",
        "/api/v1/claims",
        claims.waiting,
        "List the entries that were reserved or wait for a passage, and were not told since.",
        roles=STAFF,
        result=listed("waiting", ref("Waiting")),
    ),
    Endpoint(
        "POST",
        "/api/v1/claims/{id}/release",
        claims.release,
        "Let go of an entry that a device reserved and never settled.",
        roles=SUPERVISORS,
        result=table(["released"], released=FLAG),
    ),
    *held_cancellations.ENDPOINTS,
    *outbox.ENDPOINTS,
    Endpoint(
        "POST",
        "/api/v1/retention",
        users.retain,
        "Erase the names of staff and customers whose time is over; done every hour anyway.",
        roles=SUPERVISORS,
        result=table(["staff", "orders"], staff=COUNT, orders=COUNT),
    ),
    Endpoint(
        "GET",
        "/api/v1/users",
        users.users,
        "Who may sign in.",
        roles=SUPERVISORS,
        result=listed("users", ref("User")),
    ),
    Endpoint(
        "POST",
        "/api/v1/users",
        users.add_user,
        "Let somebody sign in; the token is shown once.",
        roles=SUPERVISORS,
        body=table(["name", "role"], name=text(80), role=ROLE),
        result=table(["name", "role", "token"], name=_TEXT, role=ROLE, token=_TEXT),
    ),
    Endpoint(
        "DELETE",
        "/api/v1/users/{name}",
        users.remove_user,
        "Shut somebody out.",
        roles=SUPERVISORS,
        result=table(["removed"], removed=FLAG),
    ),
    Endpoint(
        "GET",
        "/api/v1/openapi.json",
        openapi,
        "This description.",
        totals=True,
        result=ANY_OBJECT,
    ),
    Endpoint(
        "GET",
        "/healthz",
        monitoring.healthz,
        "The process answers.",
        totals=True,
        result=table(["ok"], ok=FLAG),
    ),
    Endpoint(
        "GET",
        "/readyz",
        monitoring.readyz,
        "200 once every upstream was heard out; 503 before, with what it waits for, by name.",
        totals=True,
        result=ANY_OBJECT,
    ),
    Endpoint(
        "GET",
        "/metrics",
        monitoring.metrics,
        "Figures for Prometheus, with the token in metrics.token of the data folder.",
        roles=_NOBODY,
        media="text/plain",
    ),
)

_PAGES = tuple(
    Endpoint("GET", path, page(path), "Dashboard.", roles=EVERYBODY, totals=True, media=kind)
    for path, (_, kind) in PAGES.items()
)
