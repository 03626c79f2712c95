"""Every address of the box office in one table, and the two applications that serve it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress

from aiohttp import web
from aiohttp.typedefs import Middleware

from validator.boxoffice.api import (
    accounts,
    imports,
    invoices,
    orders,
    passes,
    program,
    search,
    settings,
    tickets,
    upstream,
)
from validator.boxoffice.api.chores import Chores
from validator.boxoffice.api.middleware import errors_as_json, require_key, require_sign_in
from validator.boxoffice.api.route import OFFICE, Clerk, Route
from validator.boxoffice.api.waker import Waker
from validator.boxoffice.office import BoxOffice
from validator.http.answers import nameless

ROUTES: tuple[Route, ...] = (
    *program.ROUTES,
    *passes.ROUTES,
    *search.ROUTES,
    *orders.ROUTES,
    *invoices.ROUTES,
    *tickets.ROUTES,
    *accounts.ROUTES,
    *settings.ROUTES,
    *imports.ROUTES,
    *upstream.ROUTES,
)


def create_app(
    office: BoxOffice, key: str, wake: Callable[[], Awaitable[None]] | None = None
) -> web.Application:
    """Make the application for programs, to be served alone or mounted below a path.

    Args:
        office: What it serves; stays open when the application ends.
        key: Bearer key that every call must bring.
        wake: Tells the gateway that something changed; None = it polls.
    """
    app = _app(ROUTES, office, require_key(key))
    app.cleanup_ctx.append(_beside(Chores(office).run))
    if wake is not None:
        app.cleanup_ctx.append(_beside(Waker(office, wake).run))
    return app


def create_counter_app(
    office: BoxOffice, admit: Callable[[web.Request], Awaitable[Clerk]]
) -> web.Application:
    """Make the counter's application: the same routes without what is for programs only.

    Args:
        office: What it serves; `create_app` serves it as well.
        admit: Returns who is signed in; raises `NotAllowed`.
    """
    here = [route for route in ROUTES if route.at_counter]
    return _app(here, office, require_sign_in(admit))


def _app(routes: Sequence[Route], office: BoxOffice, admission: Middleware) -> web.Application:
    app = web.Application(middlewares=[errors_as_json, admission])
    app.on_response_prepare.append(nameless)
    app[OFFICE] = office
    app.add_routes([route.definition() for route in routes])
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
