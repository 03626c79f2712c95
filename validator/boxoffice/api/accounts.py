"""Accounts over HTTP."""

from __future__ import annotations

from aiohttp import web

from validator.boxoffice.api.answers import answer
from validator.boxoffice.api.json_views import accounts_json
from validator.boxoffice.api.route import OFFICE, Route
from validator.roles import ORGANISERS


async def accounts(request: web.Request) -> web.Response:
    """Return a performance's accounts, and its tickets that were taken back."""
    accounts, scope = request.app[OFFICE].accounts, int(request.match_info["scope"])
    return await answer(lambda: accounts_json(accounts.of(scope), accounts.taken_back(scope)))


ROUTES = (Route("GET", "/api/v1/performances/{scope:[0-9]{1,10}}/accounts", accounts, ORGANISERS),)
