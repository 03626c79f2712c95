"""What the gateway fetches from the box office and sends back to it: changes and check-ins."""

from __future__ import annotations

from aiohttp import web

from validator.bounds import MOST_REPORTS
from validator.boxoffice.api.answers import answer
from validator.boxoffice.api.inputs import read_body, read_limit
from validator.boxoffice.api.json_views import outcome_json
from validator.boxoffice.api.route import OFFICE, Route
from validator.roles import Open

_USUAL_CHANGES = 500


async def changes(request: web.Request) -> web.Response:
    """Return what changed after a cursor."""
    office, since = request.app[OFFICE], request.query.get("since", "")
    limit = read_limit(request, _USUAL_CHANGES)
    return await answer(lambda: office.changes.since(since, limit).to_json())


async def check_ins(request: web.Request) -> web.Response:
    """Keep check-ins, and say of each whether it is kept."""
    office, body = request.app[OFFICE], await read_body(request)
    items = body.array("check_ins", MOST_REPORTS)
    return await answer(
        lambda: {"outcomes": [outcome_json(each) for each in office.check_ins.record(items)]}
    )


ROUTES = (
    Route("GET", "/api/v1/changes", changes, Open.OWN_KEY),
    Route("POST", "/api/v1/check-ins", check_ins, Open.OWN_KEY),
)
