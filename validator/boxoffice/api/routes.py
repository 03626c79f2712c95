"""The box office's HTTP API: JSON, behind one bearer key or the counter's sign-in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import suppress

from aiohttp import web

from validator.boxoffice.api.bodies import Cancelling, body_of, item_of, order_number
from validator.boxoffice.api.chores import Keeper
from validator.boxoffice.api.counter_routes import till_routes
from validator.boxoffice.api.import_routes import import_routes
from validator.boxoffice.api.json_views import (
    event_json,
    history_json,
    letter_json,
    order_json,
    outcome_json,
    tariff_json,
    ticket_json,
    visit_json,
)
from validator.boxoffice.api.middleware import answers_errors, asks, needs_key
from validator.boxoffice.api.waker import Waker
from validator.boxoffice.model import Payment
from validator.boxoffice.office import BoxOffice
from validator.boxoffice.records.check_ins import MOST_CHECK_INS
from validator.boxoffice.records.program import read_program
from validator.boxoffice.selling.orders import MOST_ITEMS
from validator.errors import FixRequest

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
    app = web.Application(middlewares=[answers_errors, needs_key(key)])
    desk = _Desk(office)
    app.add_routes(
        [
            web.get("/api/v1/changes", desk.changes),
            web.post("/api/v1/check-ins", desk.check_ins),
            *_desk_routes(office, desk),
        ]
    )
    app.cleanup_ctx.append(_beside(Keeper(office).run))
    if wake is not None:
        app.cleanup_ctx.append(_beside(Waker(office, wake).run))
    return app


def counter_app(
    office: BoxOffice, admit: Callable[[web.Request], Awaitable[str]]
) -> web.Application:
    """Make the counter's application: the same API without what is for the gateway only.

    Args:
        office: What it serves; `create_app` serves it as well.
        admit: Returns the reference of who is signed in, for histories; raises `NotAllowed`.
    """
    app = web.Application(middlewares=[answers_errors, asks(admit)])
    app.add_routes(_desk_routes(office, _Desk(office)))
    return app


def _desk_routes(office: BoxOffice, desk: _Desk) -> list[web.RouteDef]:
    return [
        web.get("/api/v1/events", desk.events),
        web.post("/api/v1/events", desk.announce),
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
        *till_routes(office),
        *import_routes(office.importer),
    ]


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
        office = self._office
        events = await asyncio.to_thread(office.catalogue.events)
        tariffs = await asyncio.to_thread(office.catalogue.tariffs)
        offers = await asyncio.to_thread(office.offers.all)
        return web.json_response(
            {
                "events": [event_json(event, offers) for event in events],
                "tariffs": [tariff_json(tariff) for tariff in tariffs],
            }
        )

    async def announce(self, request: web.Request) -> web.Response:
        program = await asyncio.to_thread(read_program, await body_of(request))
        event = await asyncio.to_thread(self._office.announce, program)
        offers = await asyncio.to_thread(self._office.offers.all)
        tariffs = [tariff_json(tariff) for tariff in program.tariffs]
        return web.json_response(event_json(event, offers) | {"tariffs": tariffs}, status=201)

    async def changes(self, request: web.Request) -> web.Response:
        page = await asyncio.to_thread(
            self._office.changes.since, request.query.get("since", ""), _limit(request, 500)
        )
        return web.json_response(page.to_json())

    async def orders(self, request: web.Request) -> web.Response:
        limit = min(_limit(request, _MOST_ORDERS), _MOST_ORDERS)
        orders = await asyncio.to_thread(self._office.orders.latest, limit)
        return web.json_response({"orders": [order_json(order) for order in orders]})

    async def sell(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        items = [item_of(item) for item in body.items("items", MOST_ITEMS)]
        customer, email = body.text("customer"), body.maybe_text("email") or ""
        paid, language = body.flag("paid"), body.maybe_text("language", 2) or "en"
        payment = body.choice("payment", Payment) if body.has("payment") else None

        def change() -> dict[str, object]:
            orders = self._office.orders
            return order_json(orders.sell(customer, email, items, paid, payment, language))

        return await self._office.once.respond(request, change, 201)

    async def order(self, request: web.Request) -> web.Response:
        number = order_number(request)

        def look() -> dict[str, object]:
            order = order_json(self._office.orders.get(number))
            visits = self._office.check_ins.visits(number)
            return order | {"visits": {each: visit_json(visit) for each, visit in visits.items()}}

        return web.json_response(await asyncio.to_thread(look))

    async def cancel_order(self, request: web.Request) -> web.Response:
        asked, number = Cancelling.read(await body_of(request)), order_number(request)

        def change() -> dict[str, object]:
            before = {ticket.number for ticket in self._office.orders.get(number).valid}
            order = self._office.orders.cancel(number, asked.refund, asked.reason, asked.amount)
            letter = self._office.mails.cancellation_letter(number, sorted(before))
            return order_json(order) | {"letter": letter_json(letter)}

        return await self._office.once.respond(request, change)

    async def mark_paid(self, request: web.Request) -> web.Response:
        paid, number = (await body_of(request)).flag("paid"), order_number(request)
        return await self._office.once.respond(
            request, lambda: order_json(self._office.orders.mark_paid(number, paid))
        )

    async def list_codes(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        distributor, item = body.text("distributor"), item_of(body)
        codes = [
            (code.text("text", 48), code.text("symbology", 20))
            for code in body.items("codes", MOST_ITEMS)
        ]
        return await self._office.once.respond(
            request,
            lambda: order_json(self._office.orders.list_codes(distributor, item, codes)),
            201,
        )

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

        def change() -> dict[str, object]:
            (ticket,) = self._office.tickets.cancel(
                [number], asked.refund, asked.reason, asked.amount
            )
            letter = self._office.mails.cancellation_letter(ticket.order, [number])
            return ticket_json(ticket) | {"letter": letter_json(letter)}

        return await self._office.once.respond(request, change)

    async def reactivate(self, request: web.Request) -> web.Response:
        await body_of(request)
        number = request.match_info["number"]
        return await self._office.once.respond(
            request, lambda: ticket_json(self._office.tickets.reactivate(number))
        )

    async def reissue(self, request: web.Request) -> web.Response:
        await body_of(request)
        number = request.match_info["number"]
        return await self._office.once.respond(
            request, lambda: ticket_json(self._office.tickets.reissue(number))
        )

    async def exchange(self, request: web.Request) -> web.Response:
        body, number = await body_of(request), request.match_info["number"]
        item = item_of(body) if body.has("performance") else None
        reason = body.maybe_text("reason") or ""
        return await self._office.once.respond(
            request, lambda: ticket_json(self._office.tickets.exchange(number, item, reason)), 201
        )

    async def check_ins(self, request: web.Request) -> web.Response:
        items = (await body_of(request)).array("check_ins", MOST_CHECK_INS)
        outcomes = await asyncio.to_thread(self._office.check_ins.record, items)
        return web.json_response({"outcomes": [outcome_json(outcome) for outcome in outcomes]})


def _limit(request: web.Request, usual: int) -> int:
    limit = request.query.get("limit", str(usual))
    if not (limit.isascii() and limit.isdigit() and len(limit) < 6):
        raise FixRequest("'limit' must be a whole number.")
    return int(limit)
