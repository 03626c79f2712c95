"""A connection over HTTP: nobody's but while a request of somebody known is being answered."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, cast

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from validator.gateway.host.doors import Visitor
from validator.gateway.host.logs import event
from validator.http.answers import Refusal

_QUIET: dict[str, Any] = {"access_log": None}


class HttpConnection(web.RequestHandler):
    """aiohttp's connection, which has no end of its own for a body or an answer.

    Args:
        server: Serves it.
        visitor: Who has come; told who that is.
        idle_s: Seconds until the first or next request has come, up to its last header.
    """

    def __init__(self, server: web.Server, visitor: Visitor, idle_s: float) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=idle_s,
            # Bodies are decoded where they are read: nobody else can say what is wrong with one.
            auto_decompress=False,
            **_QUIET,
        )
        self.visitor = visitor

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self.visitor.arrived(cast(asyncio.Transport, transport))
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        """End."""
        self.visitor.gone()
        super().connection_lost(exc)

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send an answer, after which the connection is nobody's."""
        try:
            return await super().finish_response(request, resp, start_time)
        finally:
            self.visitor.answered()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Say no to what is no request, in a sentence."""
        super().handle_error(request, status, exc, message)
        return Refusal(status)

    def log_exception(self, *args: Any, **kw: Any) -> None:
        """Log a fault of ours; what strangers send is no fault, and counted."""
        error = kw.get("exc_info")
        if isinstance(error, (HttpProcessingError, web.RequestPayloadError)):
            event("malformed_request", logging.WARNING, error=type(error).__name__)
        else:
            super().log_exception(*args, **kw)


def hold(request: web.BaseRequest) -> None:
    """Let the connection of a request be somebody's until it is answered."""
    connection = request.protocol
    if isinstance(connection, HttpConnection):
        connection.visitor.signed_in()


def let_go(request: web.BaseRequest) -> None:
    """Let the connection of a request be nobody's before its answer is read."""
    connection = request.protocol
    if isinstance(connection, HttpConnection):
        connection.visitor.answered()
