"""Finding tickets by what is printed on them."""

from __future__ import annotations

import hashlib
import unicodedata
from typing import Any

from aiohttp import web

from validator.errors import FixRequest
from validator.gateway.api.bounds import LONGEST_QUERY, MOST_FOUND, SHORTEST_QUERY
from validator.gateway.api.endpoint import Endpoint
from validator.gateway.api.middleware import body_of
from validator.gateway.api.schemas import listed, ref
from validator.gateway.host.logs import event
from validator.gateway.ledger.tickets import newest, rows_of, targets_of
from validator.gateway.ledger.unit_of_work import UnitOfWork
from validator.gateway.services import CALLER, SERVICES, Answer
from validator.gateway.trust.auth import Caller
from validator.model import Catalogue, Direction, Status, Ticket, TicketId, Use, inside
from validator.roles import DOORS, Role

FOUND = 20
"""Tickets that are returned unless the caller says how many."""


async def search(request: web.Request) -> Answer:
    """Find tickets by their printed number, or by their order's.

    Case, blanks and dashes of a whole number do not matter. An order's number finds the tickets
    whose number begins with it and a dash. Names are not held at the gateway: searching by name
    comes with the upstreams' own search.

    Raises:
        FixRequest: The body is wrong.
        TooOften: This caller searched too often.
    """
    services, caller = request.app[SERVICES], request[CALLER]
    services.searches.take(f"{caller.role}:{caller.name}")
    body = await body_of(request, ("query", "limit"))
    typed = _typed(body.text("query", LONGEST_QUERY))
    limit = body.maybe_integer("limit", 1, MOST_FOUND) or FOUND
    tickets = await services.committer.read(lambda work: _found(work, typed, limit))
    event("searched", role=caller.role.value, who=_who(caller), found=len(tickets))
    return {"tickets": tickets}


def _who(caller: Caller) -> str:
    """Return a device's id; of a user a digest, because logs hold no names."""
    if caller.role is Role.DEVICE:
        return caller.name
    return hashlib.sha256(caller.name.encode()).hexdigest()[:12]


def _typed(query: str) -> str:
    dashed = "".join("-" if unicodedata.category(c) == "Pd" else c for c in query)
    typed = "".join(dashed.split()).strip("-").upper()
    if len(typed.replace("-", "")) < SHORTEST_QUERY or not typed.isprintable():
        raise FixRequest(f"The body: 'query' must have {SHORTEST_QUERY} letters or digits or more.")
    return typed


def _found(work: UnitOfWork, typed: str, limit: int) -> list[dict[str, Any]]:
    ids = work.session.listings.search(typed, limit)
    return [found for id in ids if (found := _ticket(work, id)) is not None]


def _ticket(work: UnitOfWork, id: TicketId) -> dict[str, Any] | None:
    session, catalogue = work.session, work.catalogue
    listings = rows_of(session, id)
    ticket = newest(listings)
    if ticket is None:
        return None
    uses = session.uses.of_ticket(id)
    # An old code that was replaced is refused, the ticket is not: its newest row counts.
    revoked = session.revocations.active(targets_of(listings[-1]))
    return {
        "number": ticket.number,
        "seat": ticket.seat,
        "tariff": _tariff(catalogue, ticket.tariff),
        "performance": ticket.scope,
        "admits": ticket.admits,
        "distributor": ticket.distributor,
        "state": revoked[0].kind.value if revoked else _state(ticket, uses),
        "inside": inside(uses),
    }


def _state(ticket: Ticket, uses: tuple[Use, ...]) -> str:
    entered = any(use.direction is Direction.ENTRY for use in uses)
    return "used" if entered and ticket.status is Status.OK else ticket.status.value


def _tariff(catalogue: Catalogue, id: int) -> str:
    found = catalogue.tariffs.get(id)
    return found.name.get("en", str(id)) if found else str(id)


ENDPOINTS = (
    Endpoint(
        "POST",
        "/api/v1/search",
        search,
        "Find tickets by their printed number or their order's; 30 times a minute.",
        roles=DOORS,
        body=ref("Search"),
        result=listed("tickets", ref("Found")),
    ),
)
