"""The organiser's settings over HTTP."""

from __future__ import annotations

from dataclasses import asdict, fields

from aiohttp import web

from validator.boxoffice.api.answers import answer
from validator.boxoffice.api.inputs import read_body
from validator.boxoffice.api.route import OFFICE, Route
from validator.boxoffice.records.settings import OfficeSettings
from validator.roles import ORGANISERS


async def settings(request: web.Request) -> web.Response:
    """Return the settings."""
    office = request.app[OFFICE]
    return await answer(lambda: asdict(office.settings.get()))


async def put_settings(request: web.Request) -> web.Response:
    """Decide anew."""
    office, body = request.app[OFFICE], await read_body(request)
    wanted = OfficeSettings(
        **{field.name: body.integer(field.name, 0, 1_000_000) for field in fields(OfficeSettings)}
    )

    def change() -> dict[str, object]:
        office.settings.put(wanted)
        return asdict(wanted)

    return await answer(change)


ROUTES = (
    Route("GET", "/api/v1/settings", settings, ORGANISERS),
    Route("POST", "/api/v1/settings", put_settings, ORGANISERS),
)
