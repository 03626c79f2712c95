"""Unpaid orders over HTTP."""

from __future__ import annotations

from aiohttp import web

from validator.boxoffice.api.answers import answer_once
from validator.boxoffice.api.inputs import ORDER, order_number, read_body, read_texts
from validator.boxoffice.api.json_views import order_json
from validator.boxoffice.api.route import OFFICE, Route
from validator.boxoffice.selling.orders import MOST_ITEMS
from validator.roles import COUNTER


async def remake(request: web.Request) -> web.Response:
    """Take tickets out of an unpaid order: it is cancelled whole, the rest ordered anew."""
    office, number = request.app[OFFICE], order_number(request)
    body = await read_body(request)
    without, reason = read_texts(body, "without", MOST_ITEMS), body.text("reason")

    def change() -> dict[str, object]:
        order = office.invoices.remake(number, without, reason)
        return {"cancelled": order_json(office.orders.get(number)), "order": order_json(order)}

    return await answer_once(request, change, 201)


ROUTES = (Route("POST", f"{ORDER}/remake", remake, COUNTER),)
