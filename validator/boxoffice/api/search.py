"""Search over HTTP."""

from __future__ import annotations

from aiohttp import web

from validator.boxoffice.api.answers import answer
from validator.boxoffice.api.inputs import read_body
from validator.boxoffice.api.json_views import order_json
from validator.boxoffice.api.route import OFFICE, Route
from validator.boxoffice.selling.search import LONGEST_QUESTION, MOST_MATCHES
from validator.roles import COUNTER


async def search(request: web.Request) -> web.Response:
    """Find orders by number, customer, e-mail, ticket number or code."""
    office, body = request.app[OFFICE], await read_body(request)
    text = body.text("text", LONGEST_QUESTION)
    limit = body.maybe_integer("limit", 1, MOST_MATCHES) or 20

    def found() -> dict[str, object]:
        matches = office.search.find(text, limit)
        return {"orders": [order_json(match.order) | {"score": match.score} for match in matches]}

    return await answer(found)


ROUTES = (Route("POST", "/api/v1/search", search, COUNTER),)
