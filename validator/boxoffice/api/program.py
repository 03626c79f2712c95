"""Events, performances, tariffs and their prices over HTTP."""

from __future__ import annotations

from aiohttp import web

from validator.boxoffice.api.answers import answer
from validator.boxoffice.api.inputs import read_body
from validator.boxoffice.api.json_views import event_json
from validator.boxoffice.api.route import OFFICE, Route
from validator.boxoffice.change_feed import tariff_json
from validator.boxoffice.records.program import read_program
from validator.roles import COUNTER, ORGANISERS


async def events(request: web.Request) -> web.Response:
    """List everything that is played, and what it is sold for."""
    office = request.app[OFFICE]

    def listed() -> dict[str, object]:
        offers = office.offers.all()
        return {
            "events": [event_json(event, offers) for event in office.catalogue.events()],
            "tariffs": [tariff_json(tariff) for tariff in office.catalogue.tariffs()],
        }

    return await answer(listed)


async def announce(request: web.Request) -> web.Response:
    """Add an event with what is on sale, or change it."""
    office, body = request.app[OFFICE], await read_body(request)

    def announced() -> dict[str, object]:
        program = read_program(body)
        event = event_json(office.announce(program), office.offers.all())
        return event | {"tariffs": [tariff_json(tariff) for tariff in program.tariffs]}

    return await answer(announced, 201)


ROUTES = (
    Route("GET", "/api/v1/events", events, COUNTER),
    Route("POST", "/api/v1/events", announce, ORGANISERS),
)
