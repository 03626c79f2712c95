"""Passes over HTTP: what is on sale, and single ones disabled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiohttp import web

from validator.boxoffice.api.answers import answer, answer_once
from validator.boxoffice.api.inputs import read_body, read_pass
from validator.boxoffice.api.json_views import offers_json, ticket_json
from validator.boxoffice.api.route import OFFICE, Route
from validator.boxoffice.change_feed import pass_json
from validator.boxoffice.model import Offer
from validator.boxoffice.records.program import read_offers
from validator.model import Pass
from validator.roles import COUNTER, ORGANISERS


async def passes(request: web.Request) -> web.Response:
    """List the passes, and what they are sold for."""
    office = request.app[OFFICE]

    def listed() -> dict[str, object]:
        offers = office.offers.all()
        return {"passes": [_with_offers(card, offers) for card in office.passes.all()]}

    return await answer(listed)


async def put_pass(request: web.Request) -> web.Response:
    """Add a pass with its prices, or change it."""
    office, body = request.app[OFFICE], await read_body(request)
    wanted, offers = read_pass(body), read_offers(body)

    def change() -> dict[str, object]:
        card = office.passes.put(wanted)
        office.offers.put(card.scope, offers)
        return _with_offers(card, office.offers.all())

    return await answer_once(request, change, 201)


async def disable(request: web.Request) -> web.Response:
    """Suspend one sold pass."""
    office, number = request.app[OFFICE], request.match_info["number"]
    reason = (await read_body(request)).text("reason")
    return await answer_once(request, lambda: ticket_json(office.passes.disable(number, reason)))


async def enable(request: web.Request) -> web.Response:
    """Let a suspended pass in again."""
    office, number = request.app[OFFICE], request.match_info["number"]
    await read_body(request)
    return await answer_once(request, lambda: ticket_json(office.passes.enable(number)))


def _with_offers(card: Pass, offers: Mapping[int, Sequence[Offer]]) -> dict[str, object]:
    return pass_json(card) | {"offers": offers_json(offers.get(card.scope, ()))}


ROUTES = (
    Route("GET", "/api/v1/passes", passes, COUNTER),
    Route("POST", "/api/v1/passes", put_pass, ORGANISERS),
    Route("POST", "/api/v1/tickets/{number}/disable", disable, COUNTER),
    Route("POST", "/api/v1/tickets/{number}/enable", enable, COUNTER),
)
