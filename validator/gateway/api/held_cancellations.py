"""Held cancellations over HTTP, for supervisors."""

from __future__ import annotations

from functools import partial
from typing import Any

from aiohttp import web

from validator.clock import iso
from validator.errors import FixRequest
from validator.gateway.api.endpoint import Endpoint
from validator.gateway.api.schemas import COUNT, TIME, listed, table
from validator.gateway.host.logs import event
from validator.gateway.ledger.mass_guard import approve
from validator.gateway.ledger.unit_of_work import UnitOfWork
from validator.gateway.services import SERVICES, Answer
from validator.roles import SUPERVISORS


async def listing(request: web.Request) -> Answer:
    """List what is held."""
    return {"held": await request.app[SERVICES].committer.read(_all)}


async def approval(request: web.Request) -> Answer:
    """Cancel what is held of a performance."""
    services = request.app[SERVICES]
    source, scope = request.match_info["source"], request.match_info["performance"]
    known = int(scope) if scope.isdecimal() and len(scope) < 11 else 0
    job = partial(approve, source=source, scope=known)
    count = 0
    while done := await services.committer.first(job):
        count += done
    if not count:
        raise FixRequest("Nothing is held of that performance. See: entrance-gateway held list")
    event("held_cancellations_approved", source=source, performance=scope, count=count)
    return {"cancelled": count}


def _all(work: UnitOfWork) -> list[dict[str, Any]]:
    performances = work.catalogue.performances
    return [
        {
            "source": row.source,
            "performance": row.scope,
            "name": performances[row.scope].name if row.scope in performances else "",
            "count": row.count,
            "since": iso(row.since),
        }
        for row in work.session.held_cancellations.all()
    ]


_HELD = table(
    ["source", "performance", "name", "count", "since"],
    source={"type": "string", "description": "Ticketing system."},
    performance={"type": "integer", "description": "Its scope, or that of a pass."},
    name={"type": "string"},
    count=COUNT,
    since=TIME,
)

ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/v1/held",
        listing,
        "Cancellations that were only inferred, and too many at once: they refuse nobody yet.",
        roles=SUPERVISORS,
        result=listed("held", _HELD),
    ),
    Endpoint(
        "POST",
        "/api/v1/held/{source}/{performance}/approve",
        approval,
        "Cancel what is held of a performance.",
        roles=SUPERVISORS,
        result=table(["cancelled"], cancelled=COUNT),
    ),
)
