"""One entry of the HTTP API: where, what, who may, and how it is described."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from validator.errors import NotAllowed
from validator.gateway.api.middleware import answered, sign_in
from validator.gateway.services import CALLER, LOOPBACK, Handler
from validator.gateway.trust.auth import EVERYBODY, Role

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A method and a path.

    Args:
        method: `GET`, `POST` …
        path: With `{names}`.
        handler: Returns JSON or a response.
        summary: A sentence.
        roles: Who may call it; empty = anybody.
        totals: On the loopback listener nobody has to sign in.
        revoked: A revoked device may still call it.
        body: JSON schema of the body.
        result: JSON schema of a 200 answer; None = it has another type.
        media: Type of an answer that is not JSON.
        query: Names of query parameters, with what they are.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    roles: frozenset[Role] = EVERYBODY
    totals: bool = False
    revoked: bool = False
    body: Schema | None = None
    result: Schema | None = None
    media: str = "application/json"
    query: Mapping[str, str] = field(default_factory=dict)

    def route(self) -> web.RouteDef:
        """Return the route, with the question who is calling in front."""
        return web.route(self.method, self.path, self._answer)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        open_here = not self.roles or (self.totals and request.app[LOOPBACK])
        if not open_here:
            caller = await sign_in(request)
            if caller.revoked and not self.revoked:
                raise NotAllowed("This device is revoked. Enrol it again.")
            if caller.role not in self.roles:
                needed = " or ".join(sorted(self.roles))
                raise NotAllowed(f"This needs the role {needed}; you are a {caller.role}.")
            request[CALLER] = caller
        return answered(await self.handler(request))
