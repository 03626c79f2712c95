"""The box office's HTTP API: JSON, behind one bearer key."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import suppress

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from validator.boxoffice.check_ins import MOST as MOST_CHECK_INS
from validator.boxoffice.keeper import Keeper
from validator.boxoffice.model import InvoiceOpen, NotThere, Payment, State
from validator.boxoffice.office import BoxOffice
from validator.boxoffice.orders import MOST_ITEMS
from validator.boxoffice.program import read_program
from validator.boxoffice.requests import Cancelling, body_of, item_of, order_number
from validator.boxoffice.texts import (
    event_json,
    history_json,
    letter_json,
    order_json,
    outcome_json,
    tariff_json,
    ticket_json,
    way_out_json,
)
from validator.boxoffice.till import till_routes
from validator.boxoffice.waker import Waker
from validator.errors import FixRequest, NotAllowed, RetryLater, ValidatorError

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
            *till_routes(office),
        ]
    )
    app.cleanup_ctx.append(_beside(Keeper(office).run))
    if wake is not None:
        app.cleanup_ctx.append(_beside(Waker(office, wake).run))
    return app


def _beside(
    work: Callable[[], Coroutine[None, None, None]],
) -> Callable[[web.Application], AsyncIterator[None]]:
    async def run(_: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(work())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    return run


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
        program = await asyncio.to_thread(read_program, await body_of(request))
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
        body = await body_of(request)
        order = await asyncio.to_thread(
            self._office.orders.sell,
            body.text("customer"),
            body.maybe_text("email") or "",
            [item_of(item) for item in body.items("items", MOST_ITEMS)],
            body.flag("paid"),
            body.choice("payment", Payment) if body.has("payment") else None,
            body.maybe_text("language", 2) or "en",
        )
        return web.json_response(order_json(order), status=201)

    async def order(self, request: web.Request) -> web.Response:
        order = await asyncio.to_thread(self._office.orders.get, order_number(request))
        return web.json_response(order_json(order))

    async def cancel_order(self, request: web.Request) -> web.Response:
        asked, number = Cancelling.read(await body_of(request)), order_number(request)
        order = await asyncio.to_thread(
            self._office.orders.cancel, number, asked.refund, asked.reason, asked.amount
        )
        gone = [each.number for each in order.tickets if each.state is State.CANCELLED]
        letter = await asyncio.to_thread(self._office.mails.offer, number, gone)
        return web.json_response(order_json(order) | {"letter": letter_json(letter)})

    async def mark_paid(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        order = await asyncio.to_thread(
            self._office.orders.mark_paid, order_number(request), body.flag("paid")
        )
        return web.json_response(order_json(order))

    async def list_codes(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        codes = [
            (code.text("text", 48), code.text("symbology", 20))
            for code in body.items("codes", MOST_ITEMS)
        ]
        order = await asyncio.to_thread(
            self._office.orders.list_codes, body.text("distributor"), item_of(body), codes
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
        asked, number = Cancelling.read(await body_of(request)), request.match_info["number"]
        (ticket,) = await asyncio.to_thread(
            self._office.tickets.cancel, [number], asked.refund, asked.reason, asked.amount
        )
        letter = await asyncio.to_thread(self._office.mails.offer, ticket.order, [number])
        return web.json_response(ticket_json(ticket) | {"letter": letter_json(letter)})

    async def reactivate(self, request: web.Request) -> web.Response:
        ticket = await asyncio.to_thread(
            self._office.tickets.reactivate, request.match_info["number"]
        )
        return web.json_response(ticket_json(ticket))

    async def reissue(self, request: web.Request) -> web.Response:
        ticket = await asyncio.to_thread(self._office.tickets.reissue, request.match_info["number"])
        return web.json_response(ticket_json(ticket))

    async def exchange(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        ticket = await asyncio.to_thread(
            self._office.tickets.exchange,
            request.match_info["number"],
            item_of(body) if body.has("performance") else None,
            body.maybe_text("reason") or "",
        )
        return web.json_response(ticket_json(ticket), status=201)

    async def check_ins(self, request: web.Request) -> web.Response:
        items = (await body_of(request)).array("check_ins", MOST_CHECK_INS)
        outcomes = await asyncio.to_thread(self._office.check_ins.record, items)
        return web.json_response({"outcomes": [outcome_json(outcome) for outcome in outcomes]})


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
        headers: dict[str, str] = {}
        more: dict[str, object] = {}
        match error:
            case InvoiceOpen():
                status, more = 409, {"way_out": way_out_json(error)}
            case NotAllowed():
                status = 401
            case RetryLater():
                status, headers = 503, {"Retry-After": str(round(error.after_s or 1))}
            case NotThere():
                status = 404
            case _:
                status = 400
        return web.json_response({"error": str(error)} | more, status=status, headers=headers)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return web.json_response({"error": f"{error.reason}."}, status=error.status)
