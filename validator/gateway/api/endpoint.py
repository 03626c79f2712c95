"""One entry of the HTTP API: where, what, who may, and how it is described."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from validator.errors import NotAllowed
from validator.gateway.api.middleware import answered, sign_in
from validator.gateway.services import CALLER, LOOPBACK, Handler
from validator.roles import Open, Right, need_role, need_somebody

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A method and a path.

    Args:
        method: `GET`, `POST` …
        path: With `{names}`.
        handler: Returns JSON or a response.
        summary: A sentence.
        roles: Who may call it.
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
    roles: Right
    totals: bool = False
    revoked: bool = False
    body: Schema | None = None
    result: Schema | None = None
    media: str = "application/json"
    query: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Look whether it is for somebody."""
        need_somebody(self.roles)

    def route(self) -> web.RouteDef:
        """Return the route, with the question who is calling in front."""
        return web.route(self.method, self.path, self._answer)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if not (isinstance(self.roles, Open) or (self.totals and request.app[LOOPBACK])):
            caller = await sign_in(request)
            if caller.revoked and not self.revoked:
                raise NotAllowed("This device is revoked. Enrol it again.")
            need_role(caller.role, self.roles)
            request[CALLER] = caller
        return answered(await self.handler(request))
