"""What happens around every request: who is calling, bounds, and errors as sentences."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from contextlib import nullcontext
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler as Next
from aiohttp.typedefs import Middleware

from validator.errors import FixRequest, NotAllowed, RetryLater, ValidatorError, WireError, place_of
from validator.gateway.host.logs import LOG, event
from validator.gateway.ledger.claims import Duplicate
from validator.gateway.services import LOOPBACK, SERVICES
from validator.gateway.trust.auth import Caller, Role, SignIn, bearer, token_hash
from validator.gateway.trust.connections import hold, let_go
from validator.gateway.trust.open_requests import STANDING
from validator.gateway.trust.rate_limit import TooOften
from validator.http import bodies
from validator.http.bodies import ENCODINGS, TooLarge, TooSlow, UnknownEncoding, parse_json
from validator.wire.fields import Fields

MAX_BODY = 1024 * 1024
"""Largest body that is read, in bytes."""

_THIS_MACHINE = re.compile(r"(127\.0\.0\.1|localhost\.?|\[::1\])(:[0-9]*)?", re.IGNORECASE)
"""`Host` of this machine. Source: RFC 9110, section 7.2."""


class NotFound(FixRequest):
    """What is asked for is not there."""


async def sign_in(request: web.Request) -> Caller:
    """Find out who is calling.

    Raises:
        SignIn: No token, or an unknown one.
        TooOften: Too many unknown ones came from there.
    """
    services = request.app[SERVICES]
    token = bearer(request.headers.get("Authorization"))
    hashed = token_hash(token)
    # Who was here before is not slowed: behind one address there may be a whole venue.
    familiar = services.callers.familiar(hashed)
    async with nullcontext() if familiar else services.sign_ins.guess(request.remote or ""):
        caller = await services.open_requests.recognise(request, hashed)
        if caller is None:
            raise SignIn("This token is not known here. Sign in again, or enrol the device anew.")
    if caller.role is Role.DEVICE:
        await services.budgets.of(caller.device).ask()
    return caller


async def body_of(request: web.Request, allowed: Iterable[str]) -> Fields:
    """Read a JSON object whose fields are all known.

    Args:
        request: Its body is at most `MAX_BODY` bytes long.
        allowed: Names of the fields; a mistyped one must not be passed over.

    Raises:
        FixRequest: The body is none.
    """
    plain = parse_json(await bodies.body_of(request, MAX_BODY))
    return known_fields(plain, allowed, "The body")


def known_fields(plain: object, allowed: Iterable[str], name: str) -> Fields:
    """Wrap a JSON object whose fields are all known.

    Raises:
        FixRequest: It is none, or has others.
    """
    fields = Fields(plain, FixRequest, name)
    names = list(allowed)
    unknown = [key for key in plain if key not in names] if isinstance(plain, dict) else []
    if unknown:
        raise FixRequest(
            f"{name}: '{unknown[0][:40]}' is not known; allowed: {', '.join(names) or 'nothing'}."
        )
    return fields


def refusal(status: int, sentence: str, **headers: str) -> web.Response:
    """Return an error's body."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.json_response({"error": sentence}, status=status, headers=named)


@web.middleware
async def errors_as_sentences(request: web.Request, handler: Next) -> web.StreamResponse:
    """Answer every error with a status and `{"error": sentence}`."""
    try:
        return await handler(request)
    except ValidatorError as error:
        if isinstance(error, TooOften):
            request.app[SERVICES].metrics.limited()
        return _refused(error)
    except web.HTTPMethodNotAllowed as error:
        allowed = ", ".join(sorted(error.allowed_methods))
        return refusal(405, f"This address takes {allowed} only.", Allow=allowed)
    except web.HTTPNotFound:
        return refusal(404, "There is nothing at this address; see /api/v1/openapi.json.")
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return refusal(error.status, f"{error.reason}.")
    except Exception as error:
        if isinstance(error, ConnectionError) and request.transport is None:
            return refusal(400, "Whoever asked has gone.")
        resource = request.match_info.route.resource
        LOG.exception("request_failed path=%s", resource.canonical if resource else "")
        return refusal(500, "The gateway failed at this request. Its log says where.")


def _refused(error: ValidatorError) -> web.Response:
    sentence = str(error)
    match error:
        case SignIn():
            return refusal(401, sentence, WWW_Authenticate="Bearer")
        case NotAllowed():
            return refusal(403, sentence)
        case TooOften():
            return refusal(429, sentence, Retry_After=str(error.whole_s))
        case RetryLater():
            return refusal(503, sentence, Retry_After=str(error.whole_s))
        case Duplicate():
            return refusal(409, sentence)
        case NotFound():
            return refusal(404, sentence)
        case TooLarge():
            return refusal(413, sentence)
        case TooSlow():
            return refusal(408, sentence)
        case UnknownEncoding():
            return refusal(415, sentence, Accept_Encoding=ENCODINGS)
        case FixRequest() | WireError():
            return refusal(400, sentence)
    kind, where = type(error).__name__, place_of(error)
    event("request_failed", logging.ERROR, error=kind, where=where)
    return refusal(500, "The gateway failed at this request. Its log says where.")


@web.middleware
async def held_to_its_rights(request: web.Request, handler: Next) -> web.StreamResponse:
    """Hold a request to what its caller may do for as long as it is being answered.

    On this machine whoever asks may take as long as the answer needs, with a sign-in or without.
    """
    here = request.app[LOOPBACK]
    if here:
        hold(request)
    try:
        return await handler(request)
    finally:
        request.app[SERVICES].open_requests.leave(request)
        if here and STANDING not in request:
            let_go(request)


@web.middleware
async def only_this_machine(request: web.Request, handler: Next) -> web.StreamResponse:
    """Refuse requests that a web page elsewhere sent here under a name of its own.

    Totals need no sign-in on the loopback listener, so a browser must not be led to read them by
    a name that was made to point at 127.0.0.1.
    """
    hosts = request.headers.getall("Host", [""])
    if request.app[LOOPBACK] and not all(map(_THIS_MACHINE.fullmatch, hosts)):
        return refusal(421, "This listener answers to 127.0.0.1 and localhost only.")
    return await handler(request)


@web.middleware
async def safe_headers(request: web.Request, handler: Next) -> web.StreamResponse:
    """Tell browsers to guess nothing, keep nothing and frame nothing."""
    response = await handler(request)
    if not response.prepared:
        for name, value in SAFE_HEADERS.items():
            response.headers.setdefault(name, value)
    return response


SAFE_HEADERS: dict[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}

MIDDLEWARES: tuple[Middleware, ...] = (
    safe_headers,
    held_to_its_rights,
    errors_as_sentences,
    only_this_machine,
)


def answered(plain: dict[str, Any] | list[Any] | web.StreamResponse) -> web.StreamResponse:
    """Make a response of what a handler returned."""
    if isinstance(plain, web.StreamResponse):
        return plain
    return web.json_response(plain)
