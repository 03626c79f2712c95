"""A ticket's story, over HTTP."""

from __future__ import annotations

from aiohttp import web

from validator.bounds import LONGEST_NUMBER
from validator.gateway.api.endpoint import Endpoint
from validator.gateway.api.middleware import NotFound
from validator.gateway.api.schemas import ANY_OBJECT
from validator.gateway.ledger.ticket_history import ticket_history
from validator.gateway.services import SERVICES, Answer
from validator.roles import STAFF


async def ticket(request: web.Request) -> Answer:
    """Return a ticket and its history."""
    number = request.match_info["number"][:LONGEST_NUMBER].upper()
    committer = request.app[SERVICES].committer
    found = await committer.read(lambda work: ticket_history(work.session, number))
    if found is None:
        raise NotFound("There is no ticket of that number.")
    return found


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/v1/tickets/{number}",
        ticket,
        "A ticket and its history.",
        roles=STAFF,
        result=ANY_OBJECT,
    ),
)
