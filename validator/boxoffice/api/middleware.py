"""Who may call the box office, and how it says no."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from validator.boxoffice.api.json_views import way_out_json
from validator.boxoffice.api.route import CLERK, Clerk
from validator.boxoffice.database import ACTOR
from validator.boxoffice.idempotency import KeyReused
from validator.boxoffice.model import InvoiceOpen, NotFound, NotListed, Refused
from validator.errors import NotAllowed, RetryLater, ValidatorError
from validator.http.bodies import ENCODINGS, TooSlow, UnknownEncoding
from validator.roles import WrongRole


def require_key(key: str) -> Middleware:
    """Let callers in that bring the key as a bearer token.

    Source: RFC 6750, section 2.1.
    """
    expected = hashlib.sha256(f"Bearer {key}".encode()).digest()

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(hashlib.sha256(given).digest(), expected):
            raise NotAllowed("The box office needs its key: Authorization: Bearer …")
        return await handler(request)

    return check


def require_sign_in(admit: Callable[[web.Request], Awaitable[Clerk]]) -> Middleware:
    """Let callers in that somebody else knows.

    Args:
        admit: Returns who is signed in; raises `NotAllowed` for the others.
    """

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        request[CLERK] = clerk = await admit(request)
        # Taken back: the next request of this connection may be somebody else's.
        before = ACTOR.set(clerk.ref)
        try:
            return await handler(request)
        finally:
            ACTOR.reset(before)

    return check


@web.middleware
async def errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every error with a status, a sentence, and what programs know it by."""
    try:
        return await handler(request)
    except ValidatorError as error:
        headers: dict[str, str] = {}
        more: dict[str, object] = {}
        match error:
            case InvoiceOpen():
                status = 409
                more = {"code": "invoice_open", "way_out": way_out_json(error)}
            case KeyReused():
                status, more = 409, {"code": error.code}
            case Refused():
                status, more = 400, {"code": error.code, "facts": error.facts}
            case NotListed():
                status, more = 403, {"code": error.code}
            case WrongRole():
                status, more = 403, {"code": "role"}
            case NotAllowed():
                status = 401
            case RetryLater():
                status, headers = 503, {"Retry-After": str(error.whole_s)}
                more = {"code": "busy"}
            case TooSlow():
                status = 408
            case UnknownEncoding():
                status, headers = 415, {"Accept-Encoding": ENCODINGS}
            case NotFound():
                status, more = 404, {"code": "not_there"}
            case _:
                status = 400
        return web.json_response({"error": str(error)} | more, status=status, headers=headers)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return web.json_response({"error": f"{error.reason}."}, status=error.status)
