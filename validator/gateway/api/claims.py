"""Claims that wait for their check-in, over HTTP."""

from __future__ import annotations

from functools import partial
from typing import Any

from aiohttp import web

from validator.clock import Instant, iso
from validator.gateway.api.endpoint import Endpoint
from validator.gateway.api.schemas import FLAG, listed, ref, table
from validator.gateway.host.logs import event
from validator.gateway.ledger.claims import release as release_claim
from validator.gateway.ledger.unit_of_work import UnitOfWork
from validator.gateway.services import CALLER, SERVICES, Answer
from validator.model import CheckInId, Claim, Use, UseState
from validator.roles import STAFF, SUPERVISORS


async def waiting(request: web.Request) -> Answer:
    """List the entries that are reserved or held, of which nobody has said how they ended.

    Their ids are told to those who may release them.
    """
    found = await request.app[SERVICES].committer.read(_waiting)
    if request[CALLER].role in SUPERVISORS:
        return {"waiting": found}
    return {"waiting": [each | {"id": None} for each in found]}


async def release(request: web.Request) -> Answer:
    """Let go of a claim that its device never settled."""
    id = CheckInId(request.match_info["id"])
    await request.app[SERVICES].committer.write(partial(release_claim, id=id))
    event("claim_released", check_in=id)
    return {"released": True}


def _waiting(work: UnitOfWork) -> list[dict[str, Any]]:
    session = work.session
    claimed = [
        _waiting_json(row.claim.id, UseState.CLAIMED, row.gate, row.claim, row.at)
        for row in session.claims.open()
    ]
    held = [_waiting_json(use.id, use.state, use.gate, use, use.at) for use in session.uses.held()]
    return claimed + held


def _waiting_json(
    id: CheckInId, state: UseState, gate: str, entry: Claim | Use, at: Instant
) -> dict[str, Any]:
    return {
        "id": id,
        "state": state.value,
        "gate": gate,
        "device": entry.device,
        "direction": entry.direction.value,
        "count": entry.count,
        "at": iso(at),
    }


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/v1/claims",
        waiting,
        "List the entries that were reserved or wait for a passage, and were not told since; their "
        "ids for supervisors only.",
        roles=STAFF,
        result=listed("waiting", ref("Waiting")),
    ),
    Endpoint(
        "POST",
        "/api/v1/claims/{id}/release",
        release,
        "Let go of an entry that a device reserved and never settled.",
        roles=SUPERVISORS,
        result=table(["released"], released=FLAG),
    ),
)
