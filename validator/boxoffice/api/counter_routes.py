"""The counter's part of the HTTP API: search, letters, remaking, accounts, passes."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, fields

from aiohttp import web

from validator.boxoffice.api.bodies import body_of, order_number, pass_of, texts_of
from validator.boxoffice.api.json_views import (
    accounts_json,
    letter_json,
    mail_json,
    offers_json,
    order_history_json,
    order_json,
    ticket_json,
)
from validator.boxoffice.change_feed import pass_json
from validator.boxoffice.letters.prints import PaperSize
from validator.boxoffice.office import BoxOffice
from validator.boxoffice.records.program import read_offers
from validator.boxoffice.records.settings import OfficeSettings
from validator.boxoffice.selling.orders import MOST_ITEMS
from validator.boxoffice.selling.search import LONGEST_QUESTION, MOST_MATCHES
from validator.errors import FixRequest

_ORDER = "/api/v1/orders/{order:[0-9]{1,12}}"


def till_routes(office: BoxOffice) -> list[web.RouteDef]:
    """Return the routes of the counter."""
    till = _Till(office)
    return [
        web.post("/api/v1/search", till.search),
        web.post(f"{_ORDER}/remake", till.remake),
        web.get(f"{_ORDER}/history", till.history),
        web.get(f"{_ORDER}/letters", till.letters),
        web.post(f"{_ORDER}/letters", till.tell),
        web.get("/api/v1/performances/{scope:[0-9]{1,10}}/accounts", till.accounts),
        web.get(f"{_ORDER}/print.pdf", till.print_order),
        web.get("/api/v1/tickets/{number}/print.pdf", till.print_ticket),
        web.get("/api/v1/passes", till.passes),
        web.post("/api/v1/passes", till.put_pass),
        web.post("/api/v1/tickets/{number}/disable", till.disable),
        web.post("/api/v1/tickets/{number}/enable", till.enable),
        web.get("/api/v1/settings", till.settings),
        web.post("/api/v1/settings", till.decide),
    ]


class _Till:
    def __init__(self, office: BoxOffice) -> None:
        self._office = office

    async def search(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        found = await asyncio.to_thread(
            self._office.search.find,
            body.text("text", LONGEST_QUESTION),
            body.maybe_integer("limit", 1, MOST_MATCHES) or 20,
        )
        orders = [order_json(each.order) | {"score": each.score} for each in found]
        return web.json_response({"orders": orders})

    async def remake(self, request: web.Request) -> web.Response:
        body, number = await body_of(request), order_number(request)
        without, reason = texts_of(body, "without", MOST_ITEMS), body.text("reason")

        def change() -> dict[str, object]:
            order = self._office.invoices.remake(number, without, reason)
            old = self._office.orders.get(number)
            return {"cancelled": order_json(old), "order": order_json(order)}

        return await self._office.once.respond(request, change, 201)

    async def history(self, request: web.Request) -> web.Response:
        order = await asyncio.to_thread(self._office.orders.get, order_number(request))
        histories = [
            (ticket.number, await asyncio.to_thread(self._office.tickets.history, ticket.number))
            for ticket in order.tickets
        ]
        mails = await asyncio.to_thread(self._office.mails.of, order.number)
        return web.json_response({"history": order_history_json(histories, mails)})

    async def letters(self, request: web.Request) -> web.Response:
        mails = await asyncio.to_thread(self._office.mails.of, order_number(request))
        return web.json_response({"letters": [mail_json(mail) for mail in mails]})

    async def tell(self, request: web.Request) -> web.Response:
        body, number = await body_of(request), order_number(request)
        tickets = texts_of(body, "tickets", MOST_ITEMS)
        return await self._office.once.respond(
            request,
            lambda: letter_json(self._office.mails.send_cancellation_letter(number, tickets)),
            201,
        )

    async def accounts(self, request: web.Request) -> web.Response:
        scope = int(request.match_info["scope"])
        accounts = await asyncio.to_thread(self._office.accounts.of, scope)
        taken_back = await asyncio.to_thread(self._office.accounts.taken_back, scope)
        return web.json_response(accounts_json(accounts, taken_back))

    async def print_order(self, request: web.Request) -> web.Response:
        return _paper(
            await asyncio.to_thread(
                self._office.prints.of_order, order_number(request), _paper_size(request)
            )
        )

    async def print_ticket(self, request: web.Request) -> web.Response:
        number, paper = request.match_info["number"], _paper_size(request)
        return _paper(await asyncio.to_thread(self._office.prints.of_ticket, number, paper))

    async def passes(self, _: web.Request) -> web.Response:
        cards = await asyncio.to_thread(self._office.passes.all)
        offers = await asyncio.to_thread(self._office.offers.all)
        return web.json_response(
            {
                "passes": [
                    pass_json(card) | {"offers": offers_json(offers.get(card.scope, ()))}
                    for card in cards
                ]
            }
        )

    async def put_pass(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        wanted, offers = pass_of(body), read_offers(body)

        def change() -> dict[str, object]:
            card = self._office.passes.put(wanted)
            self._office.offers.put(card.scope, offers)
            offered = self._office.offers.all().get(card.scope, ())
            return pass_json(card) | {"offers": offers_json(offered)}

        return await self._office.once.respond(request, change, 201)

    async def disable(self, request: web.Request) -> web.Response:
        reason, number = (await body_of(request)).text("reason"), request.match_info["number"]
        return await self._office.once.respond(
            request, lambda: ticket_json(self._office.passes.disable(number, reason))
        )

    async def enable(self, request: web.Request) -> web.Response:
        await body_of(request)
        number = request.match_info["number"]
        return await self._office.once.respond(
            request, lambda: ticket_json(self._office.passes.enable(number))
        )

    async def settings(self, _: web.Request) -> web.Response:
        return web.json_response(asdict(await asyncio.to_thread(self._office.settings.get)))

    async def decide(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        settings = OfficeSettings(
            **{
                field.name: body.integer(field.name, 0, 1_000_000)
                for field in fields(OfficeSettings)
            }
        )
        await asyncio.to_thread(self._office.settings.put, settings)
        return web.json_response(asdict(settings))


def _paper_size(request: web.Request) -> PaperSize:
    asked = request.query.get("paper", PaperSize.A4)
    if asked not in list(PaperSize):
        raise FixRequest(f"'paper' must be one of {', '.join(PaperSize)}.")
    return PaperSize(asked)


def _paper(pdf: bytes) -> web.Response:
    return web.Response(
        body=pdf, content_type="application/pdf", headers={"Cache-Control": "no-store"}
    )
