"""Orders over HTTP: selling, listing resellers' codes, payment, cancelling whole, letters."""

from __future__ import annotations

from aiohttp import web

from validator.boxoffice.api.answers import answer, answer_file, answer_once
from validator.boxoffice.api.inputs import (
    ORDER,
    CancellationBody,
    order_number,
    paper_size,
    read_body,
    read_item,
    read_limit,
    read_texts,
)
from validator.boxoffice.api.json_views import (
    letter_json,
    mail_json,
    order_history_json,
    order_json,
    visit_json,
)
from validator.boxoffice.api.route import OFFICE, Route, sells_as_listed
from validator.boxoffice.model import Payment
from validator.boxoffice.selling.orders import MOST_ITEMS
from validator.roles import CHIEFS, COUNTER

_MOST_ORDERS = 100


async def latest(request: web.Request) -> web.Response:
    """List the newest orders."""
    office = request.app[OFFICE]
    limit = min(read_limit(request, _MOST_ORDERS), _MOST_ORDERS)
    return await answer(
        lambda: {"orders": [order_json(order) for order in office.orders.latest(limit)]}
    )


async def sell(request: web.Request) -> web.Response:
    """Sell tickets."""
    office, body = request.app[OFFICE], await read_body(request)
    as_listed = sells_as_listed(request)
    items = [read_item(item) for item in body.items("items", MOST_ITEMS)]
    customer, email = body.text("customer"), body.maybe_text("email") or ""
    paid, language = body.flag("paid"), body.maybe_text("language", 2) or "en"
    payment = body.choice("payment", Payment) if body.has("payment") else None
    return await answer_once(
        request,
        lambda: order_json(
            office.orders.sell(customer, email, items, paid, payment, language, as_listed)
        ),
        201,
    )


async def list_codes(request: web.Request) -> web.Response:
    """List tickets that a reseller sold with codes of its own."""
    office, body = request.app[OFFICE], await read_body(request)
    distributor, item = body.text("distributor"), read_item(body)
    codes = [
        (code.text("text", 48), code.text("symbology", 20))
        for code in body.items("codes", MOST_ITEMS)
    ]
    return await answer_once(
        request, lambda: order_json(office.orders.list_codes(distributor, item, codes)), 201
    )


async def order(request: web.Request) -> web.Response:
    """Return an order, and what the doors have seen of its tickets."""
    office, number = request.app[OFFICE], order_number(request)

    def found() -> dict[str, object]:
        order = order_json(office.orders.get(number))
        visits = office.check_ins.visits(number)
        return order | {"visits": {each: visit_json(visit) for each, visit in visits.items()}}

    return await answer(found)


async def cancel(request: web.Request) -> web.Response:
    """Cancel every valid ticket of an order, and offer the letter that tells its customer."""
    office, number = request.app[OFFICE], order_number(request)
    asked = CancellationBody.read(await read_body(request))

    def change() -> dict[str, object]:
        before = {ticket.number for ticket in office.orders.get(number).valid}
        order = office.orders.cancel(number, asked.refund, asked.reason, asked.amount)
        letter = office.mails.cancellation_letter(number, sorted(before))
        return order_json(order) | {"letter": letter_json(letter)}

    return await answer_once(request, change)


async def mark_paid(request: web.Request) -> web.Response:
    """Note that an order was paid, or that its payment was taken back."""
    office, number = request.app[OFFICE], order_number(request)
    paid = (await read_body(request)).flag("paid")
    return await answer_once(request, lambda: order_json(office.orders.mark_paid(number, paid)))


async def history(request: web.Request) -> web.Response:
    """Return what happened to an order's tickets and what was written to its customer."""
    office, number = request.app[OFFICE], order_number(request)

    def found() -> dict[str, object]:
        histories = [
            (ticket.number, office.tickets.history(ticket.number))
            for ticket in office.orders.get(number).tickets
        ]
        return {"history": order_history_json(histories, office.mails.of(number))}

    return await answer(found)


async def letters(request: web.Request) -> web.Response:
    """List the letters about an order."""
    office, number = request.app[OFFICE], order_number(request)
    return await answer(lambda: {"letters": [mail_json(mail) for mail in office.mails.of(number)]})


async def send_letter(request: web.Request) -> web.Response:
    """Send the letter that tells a customer of cancelled tickets."""
    office, number = request.app[OFFICE], order_number(request)
    tickets = read_texts(await read_body(request), "tickets", MOST_ITEMS)
    return await answer_once(
        request, lambda: letter_json(office.mails.send_cancellation_letter(number, tickets)), 201
    )


async def print_order(request: web.Request) -> web.Response:
    """Return the valid tickets of an order as PDF."""
    office, number, paper = request.app[OFFICE], order_number(request), paper_size(request)
    return await answer_file(lambda: office.prints.of_order(number, paper), "application/pdf")


ROUTES = (
    Route("GET", "/api/v1/orders", latest, COUNTER),
    Route("POST", "/api/v1/orders", sell, COUNTER),
    Route("POST", "/api/v1/codes", list_codes, CHIEFS),
    Route("GET", ORDER, order, COUNTER),
    Route("POST", f"{ORDER}/cancel", cancel, COUNTER),
    Route("POST", f"{ORDER}/paid", mark_paid, COUNTER),
    Route("GET", f"{ORDER}/history", history, COUNTER),
    Route("GET", f"{ORDER}/letters", letters, COUNTER),
    Route("POST", f"{ORDER}/letters", send_letter, COUNTER),
    Route("GET", f"{ORDER}/print.pdf", print_order, COUNTER),
)
