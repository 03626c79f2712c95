"""The venue's keys over HTTP, for supervisors: tickets', streams', the authority's."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from aiohttp import web

from validator.gateway.api.endpoint import Endpoint
from validator.gateway.api.schemas import COUNT, TEXT, listed, one_of, table
from validator.gateway.host.logs import event
from validator.gateway.services import CALLER, SERVICES, Answer
from validator.gateway.trust.issuer_keys import KeyUse
from validator.model import IssuerKey, KeyState
from validator.roles import SUPERVISORS


async def keys(request: web.Request) -> Answer:
    """List the issuer keys."""
    return {"keys": [_key_json(key) for key in await request.app[SERVICES].issuer_keys.all()]}


async def key(request: web.Request) -> Answer:
    """Return an issuer key, with how many sold tickets hang on it."""
    return _use_json(await request.app[SERVICES].issuer_keys.use(_kid(request)))


async def rotate(request: web.Request) -> Answer:
    """Have a new key sign from now on; what the one before has signed stays good."""
    kid = await request.app[SERVICES].issuer_keys.rotate()
    event("issuer_key_rotated", kid=kid, by=request[CALLER].ref)
    return {"id": kid}


async def compromised(request: web.Request) -> Answer:
    """Mark a key as stolen: of what it signed only listed tickets pass, for ever."""
    used = await request.app[SERVICES].issuer_keys.compromise(_kid(request))
    event(
        "issuer_key_compromised",
        logging.WARNING,
        kid=used.key.kid,
        listed=used.listed,
        unlisted=used.unlisted,
        by=request[CALLER].ref,
    )
    return _use_json(used)


async def rotate_feed(request: web.Request) -> Answer:
    """Have a new key seal the streams; seals of those before are taken on."""
    return await _change_feed(request, ends=False)


async def compromised_feed(request: web.Request) -> Answer:
    """Have a new key seal the streams; seals of those before are taken no more, for ever."""
    return await _change_feed(request, ends=True)


async def _change_feed(request: web.Request, ends: bool) -> Answer:
    services = request.app[SERVICES]
    await services.feed_key_change.change(ends)
    what = "feed_key_compromised" if ends else "feed_key_rotated"
    key = services.feed.public.hex()
    event(what, logging.WARNING if ends else logging.INFO, key=key, by=request[CALLER].ref)
    return {"key": key}


async def renew_authority(request: web.Request) -> Answer:
    """Make a new authority, for which the one before vouches."""
    services = request.app[SERVICES]
    await asyncio.to_thread(services.authority.succeed, services.clock.now())
    services.authority.reload()
    # A code made before names the authority before: nobody could tell what is wrong with it.
    await services.committer.write(lambda work: work.session.devices.forget_codes())
    event("authority_renewed", by=request[CALLER].ref)
    return {"key_hash": services.authority.key_hash.hex()}


def _kid(request: web.Request) -> int:
    text = request.match_info["id"]
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def _key_json(key: IssuerKey) -> dict[str, Any]:
    return {
        "id": key.kid,
        "state": key.state.value,
        "source": key.source,
        "scopes": list(key.scopes),
        "key": key.public.hex(),
    }


def _use_json(used: KeyUse) -> dict[str, Any]:
    return _key_json(used.key) | {"listed": used.listed, "unlisted": used.unlisted}


_KEY: dict[str, Any] = {
    "id": COUNT,
    "state": one_of(KeyState),
    "source": TEXT,
    "scopes": {"type": "array", "items": COUNT},
    "key": {**TEXT, "description": "Ed25519 public key, hexadecimal."},
}
_USE = table(
    [*_KEY, "listed", "unlisted"],
    **_KEY,
    listed={**COUNT, "description": "Valid tickets that pass although the key is compromised."},
    unlisted={**COUNT, "description": "Valid tickets that are refused if the key is compromised."},
)

ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/v1/keys",
        keys,
        "The keys that sign tickets.",
        roles=SUPERVISORS,
        result=listed("keys", table(_KEY, **_KEY)),
    ),
    Endpoint(
        "GET",
        "/api/v1/keys/{id}",
        key,
        "A key that signs tickets, with how many sold tickets hang on it.",
        roles=SUPERVISORS,
        result=_USE,
    ),
    Endpoint(
        "POST",
        "/api/v1/keys/rotate",
        rotate,
        "Have a new key sign tickets; what the one before has signed stays good.",
        roles=SUPERVISORS,
        result=table(["id"], id=COUNT),
    ),
    Endpoint(
        "POST",
        "/api/v1/keys/streams/rotate",
        rotate_feed,
        "Have a new key seal the streams; lanes take what those before have sealed.",
        roles=SUPERVISORS,
        result=table(["key"], key=TEXT),
    ),
    Endpoint(
        "POST",
        "/api/v1/keys/streams/compromised",
        compromised_feed,
        "Have a new key seal the streams; lanes take nothing more that those before have sealed.",
        roles=SUPERVISORS,
        result=table(["key"], key=TEXT),
    ),
    Endpoint(
        "POST",
        "/api/v1/authority/renew",
        renew_authority,
        "Make a new authority, for which the one before vouches: devices stay enrolled.",
        roles=SUPERVISORS,
        result=table(["key_hash"], key_hash=TEXT),
    ),
    Endpoint(
        "POST",
        "/api/v1/keys/{id}/compromised",
        compromised,
        "Mark a key as stolen: of what it signed only listed tickets pass, for ever.",
        roles=SUPERVISORS,
        result=_USE,
    ),
)
