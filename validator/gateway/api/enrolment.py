"""How a device joins: it checks the authority against its code, then hands in the secret."""

from __future__ import annotations

import logging

from aiohttp import web

from validator.enrolment import SECRET_BYTES
from validator.errors import FixRequest, NotAllowed
from validator.gateway.api.endpoint import Endpoint
from validator.gateway.api.middleware import body_of
from validator.gateway.api.schemas import TEXT, table, text
from validator.gateway.host.logs import event
from validator.gateway.services import SERVICES, Answer
from validator.keys import KEY_BYTES
from validator.roles import Open


async def authority(request: web.Request) -> Answer:
    """Return the venue's authority; whoever asks compares it with the enrolment code."""
    return {"pem": request.app[SERVICES].authority.pem.decode()}


async def enrol(request: web.Request) -> Answer:
    """Exchange a one-time secret for a token.

    Raises:
        NotAllowed: The secret is wrong.
        TooOften: There were too many wrong ones.
    """
    services = request.app[SERVICES]
    address = request.remote or ""
    services.enrolments.check(address)
    body = await body_of(request, ("secret", "name", "device", "key"))
    name = body.text("name", 80)
    try:
        secret = bytes.fromhex(body.text("secret", 2 * SECRET_BYTES))
        key = bytes.fromhex(body.maybe_text("key", 2 * KEY_BYTES) or "")
    except ValueError as error:
        raise FixRequest("The body: 'secret' and 'key' must be hexadecimal.") from error
    if len(key) not in (0, KEY_BYTES):
        raise FixRequest(f"The body: 'key' must have {KEY_BYTES} bytes.")
    before = body.maybe_text("device", 64)
    try:
        async with services.enrolments.guess(address):
            device, token = await services.registry.enrol(secret, name, before, key)
    except NotAllowed:
        event("enrolment_refused", logging.WARNING)
        raise
    event("device_enrolled", device=device.id, gate=device.gate)
    return {
        "device": device.id,
        "token": token,
        "gateway": services.config.name,
        "feed_key": services.feed.public.hex(),
        "code_key": services.code_key.hex(),
        "gate": device.gate,
    }


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/v1/authority",
        authority,
        "The venue's certificate authority, to be compared with an enrolment code.",
        roles=Open.ANYBODY,
        result=table(["pem"], pem=TEXT),
    ),
    Endpoint(
        "POST",
        "/api/v1/enrol",
        enrol,
        "Exchange the one-time secret of an enrolment code for a device's token.",
        roles=Open.ANYBODY,
        body=table(
            ["secret", "name"], secret=text(10), name=text(80), device=text(64), key=text(64)
        ),
        result=table(
            ["device", "token", "gateway", "feed_key", "code_key", "gate"],
            **dict.fromkeys(("device", "token", "gateway", "feed_key", "code_key", "gate"), TEXT),
        ),
    ),
)
