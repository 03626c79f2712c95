"""Check-ins, tickets and totals over HTTP."""

from __future__ import annotations

from aiohttp import web

from validator.errors import FixRequest, NotAllowed
from validator.gateway.auth import STAFF
from validator.gateway.parts import PARTS, Answer
from validator.gateway.requests import CALLER, NotFound, body_of
from validator.model import MOST_PEOPLE, CheckInId, Direction, Scan, is_uuid7, uuid7
from validator.wire.fields import Fields
from validator.wire.json import verdict_json

LONGEST_CODE = 4096
LONGEST_NUMBER = 64
LONGEST_GATE = 32

SCAN_FIELDS = ("code", "ticket", "gate", "direction", "count", "id")


async def check_in(request: web.Request) -> Answer:
    """Judge a code and reserve its entry, now.

    Raises:
        FixRequest: The body is wrong.
        NotAllowed: A ticket's number was given by a device.
        Duplicate: The id was used for something else.
    """
    parts, caller = request.app[PARTS], request[CALLER]
    body = await body_of(request, (*SCAN_FIELDS, "at"))
    if body.has("at"):
        raise FixRequest(
            "The body: 'at' is not taken, a check-in is judged now. Report what was shown earlier "
            "to /api/v1/check-ins/batch."
        )
    number = body.has("ticket")
    if number == body.has("code"):
        raise FixRequest("The body: give 'code' or 'ticket', one of them.")
    if number and caller.role not in STAFF:
        raise NotAllowed("Only stewards and supervisors check in by ticket number.")
    scan = Scan(
        id=_id(body) or uuid7(parts.clock.now(), parts.entropy(10)),
        text=body.text("ticket", LONGEST_NUMBER) if number else body.text("code", LONGEST_CODE),
        at=parts.clock.now(),
        direction=body.choice("direction", Direction) if body.has("direction") else None,
        count=body.maybe_integer("count", 1, MOST_PEOPLE),
        number=number,
    )
    verdict = await parts.committer.check_in(caller.device, scan, body.text("gate", LONGEST_GATE))
    parts.counts.changed()
    return verdict_json(scan.id, verdict)


async def ticket(request: web.Request) -> Answer:
    """Return a ticket and its history."""
    number = request.match_info["number"][:LONGEST_NUMBER].upper()
    found = await request.app[PARTS].committer.ticket(number)
    if found is None:
        raise NotFound("There is no ticket of that number.")
    return found


async def counts(request: web.Request) -> Answer:
    """Return the figures of now."""
    return await request.app[PARTS].counts.now()


async def counts_stream(request: web.Request) -> Answer:
    """Send the figures as they change."""
    return await request.app[PARTS].counts.watch(request)


async def wake(request: web.Request) -> Answer:
    """Poll an upstream now: it says that it has news."""
    parts = request.app[PARTS]
    upstream = parts.upstreams.get(request.match_info["id"])
    if upstream is None:
        raise NotFound("There is no upstream of that name.")
    upstream.check(request.headers.get("Authorization"))
    upstream.wake()
    return web.json_response({"woken": True}, status=202)


def _id(body: Fields) -> CheckInId | None:
    text = body.maybe_text("id", 36)
    if text is not None and not is_uuid7(text):
        raise FixRequest("The body: 'id' must be a UUID of version 7, lower case; or leave it out.")
    return CheckInId(text) if text else None
