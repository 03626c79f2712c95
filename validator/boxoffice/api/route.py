"""One entry of the HTTP API: where, who answers, and which applications serve it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from aiohttp import web

from validator.boxoffice.office import BoxOffice

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

OFFICE = web.AppKey("office", BoxOffice)
"""What an application serves."""


class App(StrEnum):
    """An application, by who calls it."""

    PROGRAMS = "programs"
    COUNTER = "counter"


EVERYWHERE = frozenset(App)


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path.

    Args:
        method: `GET` or `POST`.
        path: With `{names}`.
        handler: Answers; finds the box office as `OFFICE` of its application.
        apps: Applications that serve it.
    """

    method: str
    path: str
    handler: Handler
    apps: frozenset[App] = EVERYWHERE

    def definition(self) -> web.RouteDef:
        """Return it for aiohttp; `GET` answers `HEAD` as well."""
        return web.route(self.method, self.path, self.handler)
