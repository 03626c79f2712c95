"""Single tickets over HTTP: history, picture and print, cancelling, new codes, exchange."""

from __future__ import annotations

from aiohttp import web

from validator.boxoffice.api.answers import answer, answer_file, answer_once
from validator.boxoffice.api.inputs import CancellationBody, paper_size, read_body, read_item
from validator.boxoffice.api.json_views import history_json, letter_json, ticket_json
from validator.boxoffice.api.route import OFFICE, Route, sells_as_listed
from validator.roles import COUNTER

_TICKET = "/api/v1/tickets/{number}"


async def ticket(request: web.Request) -> web.Response:
    """Return a ticket, its history, and how many of its people are inside."""
    tickets, number = request.app[OFFICE].tickets, request.match_info["number"]
    return await answer(
        lambda: history_json(tickets.get(number), tickets.history(number), tickets.inside(number))
    )


async def picture(request: web.Request) -> web.Response:
    """Return a ticket as PNG."""
    tickets, number = request.app[OFFICE].tickets, request.match_info["number"]
    return await answer_file(lambda: tickets.picture(number), "image/png")


async def print_ticket(request: web.Request) -> web.Response:
    """Return a ticket as PDF."""
    office, number = request.app[OFFICE], request.match_info["number"]
    paper = paper_size(request)
    return await answer_file(lambda: office.prints.of_ticket(number, paper), "application/pdf")


async def cancel(request: web.Request) -> web.Response:
    """Cancel a ticket, and offer the letter that tells its customer."""
    office, number = request.app[OFFICE], request.match_info["number"]
    asked = CancellationBody.read(await read_body(request))

    def change() -> dict[str, object]:
        (ticket,) = office.tickets.cancel([number], asked.refund, asked.reason, asked.amount)
        letter = office.mails.cancellation_letter(ticket.order, [number])
        return ticket_json(ticket) | {"letter": letter_json(letter)}

    return await answer_once(request, change)


async def reactivate(request: web.Request) -> web.Response:
    """Take a cancellation back."""
    tickets, number = request.app[OFFICE].tickets, request.match_info["number"]
    await read_body(request)
    return await answer_once(request, lambda: ticket_json(tickets.reactivate(number)))


async def reissue(request: web.Request) -> web.Response:
    """Print a new code for the same ticket."""
    tickets, number = request.app[OFFICE].tickets, request.match_info["number"]
    await read_body(request)
    return await answer_once(request, lambda: ticket_json(tickets.reissue(number)))


async def exchange(request: web.Request) -> web.Response:
    """Exchange a ticket for another one, or for the same again."""
    tickets, number = request.app[OFFICE].tickets, request.match_info["number"]
    body = await read_body(request)
    item = read_item(body) if body.has("performance") else None
    reason = body.maybe_text("reason") or ""
    as_listed = sells_as_listed(request)
    return await answer_once(
        request, lambda: ticket_json(tickets.exchange(number, item, reason, as_listed)), 201
    )


ROUTES = (
    Route("GET", _TICKET, ticket, COUNTER),
    Route("GET", f"{_TICKET}/picture.png", picture, COUNTER),
    Route("GET", f"{_TICKET}/print.pdf", print_ticket, COUNTER),
    Route("POST", f"{_TICKET}/cancel", cancel, COUNTER),
    Route("POST", f"{_TICKET}/reactivate", reactivate, COUNTER),
    Route("POST", f"{_TICKET}/reissue", reissue, COUNTER),
    Route("POST", f"{_TICKET}/exchange", exchange, COUNTER),
)
