"""Check-ins, tickets and totals over HTTP."""

from __future__ import annotations

from aiohttp import web

from validator.bounds import LONGEST_CODE, LONGEST_GATE, LONGEST_NUMBER, MOST_PEOPLE
from validator.errors import FixRequest
from validator.gateway.api.endpoint import Endpoint
from validator.gateway.api.middleware import body_of
from validator.gateway.api.schemas import ref
from validator.gateway.ledger.claims import answer_check_in
from validator.gateway.services import CALLER, SERVICES, Answer
from validator.model import CheckInId, Direction, Scan, is_uuid7, uuid7
from validator.roles import DOORS
from validator.wire.fields import Fields
from validator.wire.json import verdict_json

SCAN_FIELDS = ("code", "ticket", "gate", "direction", "count", "id")


async def check_in(request: web.Request) -> Answer:
    """Judge a code and reserve its entry, now.

    Raises:
        FixRequest: The body is wrong.
        NotAllowed: A device gave another gate than its own.
        Duplicate: The id was used for something else.
    """
    services, caller = request.app[SERVICES], request[CALLER]
    body = await body_of(request, (*SCAN_FIELDS, "at"))
    if body.has("at"):
        raise FixRequest(
            "The body: 'at' is not taken, a check-in is judged now. Report what was shown earlier "
            "to /api/v1/check-ins/batch."
        )
    number = body.has("ticket")
    if number == body.has("code"):
        raise FixRequest("The body: give 'code' or 'ticket', one of them.")
    scan = Scan(
        id=_id(body) or uuid7(services.clock.now(), services.entropy(10)),
        text=body.text("ticket", LONGEST_NUMBER) if number else body.text("code", LONGEST_CODE),
        at=services.clock.now(),
        direction=body.choice("direction", Direction) if body.has("direction") else None,
        count=body.maybe_integer("count", 1, MOST_PEOPLE),
        number=number,
    )
    gate = body.text("gate", LONGEST_GATE)
    verdict = await answer_check_in(services.committer, caller.device, scan, gate)
    return verdict_json(scan.id, verdict)


def _id(body: Fields) -> CheckInId | None:
    text = body.maybe_text("id", 36)
    if text is not None and not is_uuid7(text):
        raise FixRequest("The body: 'id' must be a UUID of version 7, lower case; or leave it out.")
    return CheckInId(text) if text else None


ENDPOINTS = (
    Endpoint(
        "POST",
        "/api/v1/check-ins",
        check_in,
        "Judge a ticket and reserve its entry, now.",
        roles=DOORS,
        body=ref("CheckIn"),
        result=ref("Verdict"),
    ),
)
