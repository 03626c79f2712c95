"""What ticketing systems have not taken, over HTTP, for supervisors."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from aiohttp import web

from validator.clock import iso
from validator.gateway.api.endpoint import Endpoint
from validator.gateway.api.middleware import body_of
from validator.gateway.api.schemas import COUNT, TIME, listed, maybe, table, text
from validator.gateway.host.logs import event
from validator.gateway.ledger.unit_of_work import UnitOfWork
from validator.gateway.services import SERVICES, Answer
from validator.gateway.store.outbox import Delivery
from validator.gateway.store.port import Session
from validator.model import CheckInId
from validator.roles import SUPERVISORS

_PAGE = 500
_MOST = 1_000
_LONGEST_ID = 64


def undelivered(session: Session, refused: bool) -> Iterator[Delivery]:
    """Yield what is owed, or what was refused for good, oldest first.

    Args:
        session: One state of the store.
        refused: Which of the two.
    """
    after = 0
    while page := session.outbox.undelivered(refused, after, _PAGE):
        yield from page
        after = page[-1].seq


def delivery_json(delivery: Delivery) -> dict[str, Any]:
    """Return a delivery as API and command write it: without code or name."""
    check_in = delivery.report.check_in
    return {
        "source": delivery.source,
        "check_in": check_in.id,
        "ticket": delivery.report.number,
        "at": iso(check_in.corrected),
        "kind": check_in.kind.value,
        "gate": check_in.gate,
        "direction": check_in.direction.value,
        "count": check_in.count,
        "state": "refused" if delivery.refused else "owed",
        "answer": delivery.answer,
    }


async def refused(request: web.Request) -> Answer:
    """List what was refused for good, the oldest first."""
    rows = await request.app[SERVICES].committer.read(
        lambda work: work.session.outbox.undelivered(True, 0, _MOST)
    )
    return {"refused": [delivery_json(row) for row in rows]}


def _retry(work: UnitOfWork, source: str | None, only: CheckInId | None) -> int:
    work.owes = True
    return work.session.outbox.retry(source, only)


async def retry(request: web.Request) -> Answer:
    """Owe again what was refused for good."""
    body = await body_of(request, ("source", "check_in"))
    source, id = (body.maybe_text(field, _LONGEST_ID) for field in ("source", "check_in"))
    only = CheckInId(id) if id else None
    committer = request.app[SERVICES].committer
    count = await committer.write(partial(_retry, source=source, only=only))
    event("refused_check_ins_retried", count=count)
    return {"retried": count}


_DELIVERY = table(
    ["source", "check_in", "ticket", "at", "kind", "state", "answer"],
    source={"type": "string", "description": "Ticketing system."},
    check_in={"type": "string"},
    ticket=maybe({"type": "string"}),
    at=TIME,
    kind={"type": "string"},
    gate={"type": "string"},
    direction={"type": "string"},
    count=COUNT,
    state={"enum": ["owed", "refused"]},
    answer={"type": "string", "description": "Why it was refused, as the system says."},
)

ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/v1/outbox/refused",
        refused,
        f"Check-ins that a ticketing system refused for good, at most {_MOST}.",
        roles=SUPERVISORS,
        result=listed("refused", _DELIVERY),
    ),
    Endpoint(
        "POST",
        "/api/v1/outbox/retry",
        retry,
        "Deliver again what was refused for good: all, one system's, or one check-in.",
        roles=SUPERVISORS,
        body=table([], source=text(_LONGEST_ID), check_in=text(_LONGEST_ID)),
        result=table(["retried"], retried=COUNT),
    ),
)
