"""One entry of the HTTP API: where, who answers, and whom it is for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from validator.boxoffice.office import BoxOffice
from validator.roles import CHIEFS, Right, Role, need_role, need_somebody

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

OFFICE = web.AppKey("office", BoxOffice)
"""What an application serves."""


@dataclass(frozen=True, slots=True)
class Clerk:
    """Who is signed in at the counter.

    Args:
        ref: Random name, for histories.
        role: What they may do.
    """

    ref: str
    role: Role


CLERK = web.RequestKey("clerk", Clerk)
"""Whose request it is; a program with the box office's key has none, and may do everything."""


def sells_as_listed(request: web.Request) -> bool:
    """Tell whether whoever asks is bound to the program's prices."""
    clerk = request.get(CLERK)
    return clerk is not None and clerk.role not in CHIEFS


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path.

    Args:
        method: `GET` or `POST`.
        path: With `{names}`.
        handler: Answers; finds the box office as `OFFICE` of its application.
        roles: Whom it is for at the counter; `OWN_KEY` = only for programs with the key.
    """

    method: str
    path: str
    handler: Handler
    roles: Right

    def __post_init__(self) -> None:
        """Look whether it is for somebody."""
        need_somebody(self.roles)

    def definition(self) -> web.RouteDef:
        """Return it for aiohttp, with the question who is asking; `GET` answers `HEAD` as well."""
        return web.route(self.method, self.path, self._answer)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        clerk = request.get(CLERK)
        if clerk is not None:
            need_role(clerk.role, self.at_counter)
        return await self.handler(request)

    @property
    def at_counter(self) -> frozenset[Role]:
        """Who may call it at the counter; nobody = it is not there."""
        return self.roles if isinstance(self.roles, frozenset) else frozenset()
