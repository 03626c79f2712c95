"""For machines that watch this one: does it live, is it ready, and its figures."""

from __future__ import annotations

import asyncio
import hmac

from aiohttp import web

from validator.gateway.api.endpoint import Endpoint
from validator.gateway.api.schemas import ANY_OBJECT, FLAG, table
from validator.gateway.figures.metrics import Standing
from validator.gateway.services import PARTS, Answer, Parts
from validator.gateway.trust.auth import NOBODY, SignIn, bearer, token_hash

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""Source: Prometheus exposition formats, text format 0.0.4."""


async def healthz(_: web.Request) -> Answer:
    """Say that the process answers."""
    return {"ok": True}


def waits_for(parts: Parts) -> dict[str, str]:
    """Return why lanes should not be sent to this gateway yet; nothing = it is ready.

    Reads the disk: call it in a thread.

    Returns:
        Sentences, by a word for programs.

    Raises:
        RetryLater: The store does not answer.
    """
    reasons: dict[str, str] = {}
    if unheard := parts.never_heard():
        reasons["sources"] = f"No complete pass yet of {', '.join(unheard)}."
    return reasons


async def readyz(request: web.Request) -> Answer:
    """Say whether lanes can work with this gateway: its store answers, its sources were heard.

    Who is awaited after a restore is named too: until then verdicts are provisional.

    Raises:
        RetryLater: The store does not answer.
    """
    parts = request.app[PARTS]
    lacking = await asyncio.to_thread(waits_for, parts)
    body = {
        "ready": not lacking,
        "waits_for": lacking,
        "never_heard": list(await asyncio.to_thread(parts.never_heard)),
        "awaited": list(await parts.registry.awaited()),
        "clock": parts.time.figures(),
    }
    return web.json_response(body, status=503 if lacking else 200)


async def metrics(request: web.Request) -> Answer:
    """Return the figures as Prometheus reads them.

    Raises:
        SignIn: It is not the token of the figures.
    """
    parts = request.app[PARTS]
    token = bearer(request.headers.get("Authorization"))
    if not hmac.compare_digest(token_hash(token), parts.metrics_hash):
        raise SignIn("This is not the token in metrics.token of the data folder.")
    standing = await asyncio.to_thread(_standing, parts)
    return web.Response(body=parts.metrics.text(standing), headers={"Content-Type": METRICS_TYPE})


def _standing(parts: Parts) -> Standing:
    ready = not waits_for(parts)
    with parts.store.reading() as session:
        return Standing(
            shown=session.records.shown(),
            conflicts=session.records.conflicts(),
            lanes=parts.lanes.present(),
            owed=session.outbox.backlog(),
            as_of=session.upstreams.as_of(),
            verified=bool(parts.time.figures()["verified"]),
            ready=ready,
            now=parts.clock.now(),
        )


ENDPOINTS = (
    Endpoint(
        "GET",
        "/healthz",
        healthz,
        "The process answers.",
        totals=True,
        result=table(["ok"], ok=FLAG),
    ),
    Endpoint(
        "GET",
        "/readyz",
        readyz,
        "200 once every upstream was heard out; 503 before, with what it waits for, by name.",
        totals=True,
        result=ANY_OBJECT,
    ),
    Endpoint(
        "GET",
        "/metrics",
        metrics,
        "Figures for Prometheus, with the token in metrics.token of the data folder.",
        roles=NOBODY,
        media="text/plain",
    ),
)
