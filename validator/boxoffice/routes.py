"""The box office's HTTP API: JSON, behind one bearer key."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from validator.boxoffice.check_ins import MOST as MOST_CHECK_INS
from validator.boxoffice.model import Item, NotThere, Refund
from validator.boxoffice.office import BoxOffice
from validator.boxoffice.orders import MOST_ITEMS
from validator.boxoffice.program import read_program
from validator.boxoffice.texts import (
    event_json,
    history_json,
    order_json,
    outcome_json,
    tariff_json,
    ticket_json,
)
from validator.boxoffice.waker import Waker
from validator.errors import FixRequest, NotAllowed, RetryLater, ValidatorError
from validator.wire.fields import Fields

MAX_BODY = 2 * 1024 * 1024
"""Largest body that is read, in bytes."""

_MOST_ORDERS = 100


def create_app(
    office: BoxOffice, key: str, wake: Callable[[], Awaitable[None]] | None = None
) -> web.Application:
    """Make the box office's application, to be served alone or mounted below a path.

    Args:
        office: What it serves; stays open when the application ends.
        key: Bearer key that every call must bring.
        wake: Tells the gateway that something changed; None = it polls.
    """
    app = web.Application(middlewares=[_answers_errors, _needs_key(key)])
    desk = _Desk(office)
    app.add_routes(
        [
            web.get("/api/v1/events", desk.events),
            web.post("/api/v1/events", desk.announce),
            web.get("/api/v1/changes", desk.changes),
            web.get("/api/v1/orders", desk.orders),
            web.post("/api/v1/orders", desk.sell),
            web.get("/api/v1/orders/{order:[0-9]{1,12}}", desk.order),
            web.post("/api/v1/orders/{order:[0-9]{1,12}}/cancel", desk.cancel_order),
            web.post("/api/v1/orders/{order:[0-9]{1,12}}/paid", desk.mark_paid),
            web.post("/api/v1/codes", desk.list_codes),
            web.get("/api/v1/tickets/{number}", desk.ticket),
            web.get("/api/v1/tickets/{number}/picture.png", desk.picture),
            web.post("/api/v1/tickets/{number}/cancel", desk.cancel_ticket),
            web.post("/api/v1/tickets/{number}/reactivate", desk.reactivate),
            web.post("/api/v1/tickets/{number}/reissue", desk.reissue),
            web.post("/api/v1/tickets/{number}/exchange", desk.exchange),
            web.post("/api/v1/check-ins", desk.check_ins),
        ]
    )
    if wake is not None:
        waker = Waker(office, wake)

        async def run(_: web.Application) -> AsyncIterator[None]:
            task = asyncio.create_task(waker.run())
            yield
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

        app.cleanup_ctx.append(run)
    return app


class _Desk:
    """The handlers. The database is asked in other threads: it waits for the disk."""

    def __init__(self, office: BoxOffice) -> None:
        self._office = office

    async def events(self, _: web.Request) -> web.Response:
        events = await asyncio.to_thread(self._office.catalogue.events)
        tariffs = await asyncio.to_thread(self._office.catalogue.tariffs)
        return web.json_response(
            {
                "events": [event_json(event) for event in events],
                "tariffs": [tariff_json(tariff) for tariff in tariffs],
            }
        )

    async def announce(self, request: web.Request) -> web.Response:
        program = await asyncio.to_thread(read_program, await _body(request))
        event = await asyncio.to_thread(self._office.catalogue.put, program)
        tariffs = [tariff_json(tariff) for tariff in program.tariffs]
        return web.json_response(event_json(event) | {"tariffs": tariffs}, status=201)

    async def changes(self, request: web.Request) -> web.Response:
        limit = request.query.get("limit", "500")
        if not (limit.isascii() and limit.isdigit() and len(limit) < 6):
            raise FixRequest("'limit' must be a whole number.")
        page = await asyncio.to_thread(
            self._office.changes.since, request.query.get("since", ""), int(limit)
        )
        return web.json_response(page.details())

    async def orders(self, _: web.Request) -> web.Response:
        orders = await asyncio.to_thread(self._office.orders.latest, _MOST_ORDERS)
        return web.json_response({"orders": [order_json(order) for order in orders]})

    async def sell(self, request: web.Request) -> web.Response:
        body = await _body(request)
        order = await asyncio.to_thread(
            self._office.orders.sell,
            body.text("customer"),
            body.maybe_text("email") or "",
            [_item(item) for item in body.items("items", MOST_ITEMS)],
            body.flag("paid"),
        )
        return web.json_response(order_json(order), status=201)

    async def order(self, request: web.Request) -> web.Response:
        order = await asyncio.to_thread(self._office.orders.get, _order(request))
        return web.json_response(order_json(order))

    async def cancel_order(self, request: web.Request) -> web.Response:
        refund, reason = _refund(await _body(request))
        order = await asyncio.to_thread(self._office.orders.cancel, _order(request), refund, reason)
        return web.json_response(order_json(order))

    async def mark_paid(self, request: web.Request) -> web.Response:
        body = await _body(request)
        order = await asyncio.to_thread(
            self._office.orders.mark_paid, _order(request), body.flag("paid")
        )
        return web.json_response(order_json(order))

    async def list_codes(self, request: web.Request) -> web.Response:
        body = await _body(request)
        codes = [
            (code.text("text", 48), code.text("symbology", 20))
            for code in body.items("codes", MOST_ITEMS)
        ]
        order = await asyncio.to_thread(
            self._office.orders.list_codes, body.text("distributor"), _item(body), codes
        )
        return web.json_response(order_json(order), status=201)

    async def ticket(self, request: web.Request) -> web.Response:
        tickets, number = self._office.tickets, request.match_info["number"]
        ticket = await asyncio.to_thread(tickets.get, number)
        history = await asyncio.to_thread(tickets.history, number)
        inside = await asyncio.to_thread(tickets.inside, number)
        return web.json_response(history_json(ticket, history, inside))

    async def picture(self, request: web.Request) -> web.Response:
        png = await asyncio.to_thread(self._office.tickets.picture, request.match_info["number"])
        return web.Response(
            body=png, content_type="image/png", headers={"Cache-Control": "no-store"}
        )

    async def cancel_ticket(self, request: web.Request) -> web.Response:
        refund, reason = _refund(await _body(request))
        (ticket,) = await asyncio.to_thread(
            self._office.tickets.cancel, [request.match_info["number"]], refund, reason
        )
        return web.json_response(ticket_json(ticket))

    async def reactivate(self, request: web.Request) -> web.Response:
        ticket = await asyncio.to_thread(
            self._office.tickets.reactivate, request.match_info["number"]
        )
        return web.json_response(ticket_json(ticket))

    async def reissue(self, request: web.Request) -> web.Response:
        ticket = await asyncio.to_thread(self._office.tickets.reissue, request.match_info["number"])
        return web.json_response(ticket_json(ticket))

    async def exchange(self, request: web.Request) -> web.Response:
        body = await _body(request)
        ticket = await asyncio.to_thread(
            self._office.tickets.exchange,
            request.match_info["number"],
            _item(body) if body.has("performance") else None,
            body.maybe_text("reason") or "",
        )
        return web.json_response(ticket_json(ticket), status=201)

    async def check_ins(self, request: web.Request) -> web.Response:
        items = (await _body(request)).array("check_ins", MOST_CHECK_INS)
        outcomes = await asyncio.to_thread(self._office.check_ins.record, items)
        return web.json_response({"outcomes": [outcome_json(outcome) for outcome in outcomes]})


def _order(request: web.Request) -> int:
    return int(request.match_info["order"])


def _item(fields: Fields) -> Item:
    return Item(
        scope=fields.integer("performance", 1, 0xFFFF_FFFF),
        tariff=fields.integer("tariff", 1, 0xFFFF),
        zone=fields.maybe_integer("zone", 0, 31),
        seat=fields.maybe_text("seat", 40),
        admits=fields.maybe_integer("admits", 1, 255) or 1,
    )


def _refund(fields: Fields) -> tuple[Refund, str]:
    return fields.choice("refund", Refund), fields.text("reason")


async def _body(request: web.Request) -> Fields:
    data = bytearray()
    async for chunk in request.content.iter_chunked(65_536):
        data += chunk
        if len(data) > MAX_BODY:
            raise FixRequest(f"The body is larger than {MAX_BODY} bytes. Send less at once.")
    try:
        plain = json.loads(data or b"{}")
        # Half a surrogate pair passes the parser; no database and no answer can hold it.
        json.dumps(plain, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise FixRequest("The body is no JSON in UTF-8.") from error
    return Fields(plain, FixRequest)


def _needs_key(key: str) -> Middleware:
    expected = hashlib.sha256(f"Bearer {key}".encode()).digest()

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(hashlib.sha256(given).digest(), expected):
            raise NotAllowed("The box office needs its key: Authorization: Bearer …")
        return await handler(request)

    return check


@web.middleware
async def _answers_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except ValidatorError as error:
        headers = {}
        match error:
            case NotAllowed():
                status = 401
            case RetryLater():
                status, headers = 503, {"Retry-After": str(round(error.after_s or 1))}
            case NotThere():
                status = 404
            case _:
                status = 400
        return web.json_response({"error": str(error)}, status=status, headers=headers)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return web.json_response({"error": f"{error.reason}."}, status=error.status)
