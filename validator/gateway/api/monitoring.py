"""For machines that watch this one: does it live, is it ready, and its figures."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Container, Sequence
from functools import partial

from aiohttp import web

from validator.gateway.api.endpoint import Endpoint
from validator.gateway.api.schemas import ANY_OBJECT, FLAG, table
from validator.gateway.figures.metrics import PresentFigures
from validator.gateway.ledger.unit_of_work import UnitOfWork
from validator.gateway.services import SERVICES, Answer, Services
from validator.gateway.trust.auth import SignIn, bearer, token_hash
from validator.roles import DOORS, Open

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""Source: Prometheus exposition formats, text format 0.0.4."""

_NAMED = 20
"""Rows of a source that are named."""


async def healthz(_: web.Request) -> Answer:
    """Say that the process answers."""
    return {"ok": True}


LONG_S = 2.0
"""A claim that has waited for so many seconds: lanes decide alone, and should look elsewhere."""


def waits_for(never_heard: Sequence[str], waited_s: float) -> dict[str, str]:
    """Return why lanes should not be sent to this gateway now; nothing = it is ready.

    Args:
        never_heard: Upstreams that no complete pass was heard of.
        waited_s: For how long the oldest claim without an answer has waited, in seconds.

    Returns:
        Sentences, by a word for programs.
    """
    lacking = {}
    if never_heard:
        lacking["sources"] = f"No complete pass yet of {', '.join(never_heard)}."
    if waited_s > LONG_S:
        lacking["claims"] = f"A claim has waited for {waited_s:.0f} s: the store is not keeping up."
    return lacking


async def readyz(request: web.Request) -> Answer:
    """Say whether lanes can work with this gateway: it answers claims, its sources were heard.

    Who is awaited after a restore is named too: until then verdicts are provisional. So are rows
    that can't be read; they keep their source from being known in full, and no lane from working.

    Raises:
        RetryLater: The store does not answer.
    """
    services = request.app[SERVICES]
    waited_s = services.committer.waited_s()
    never_heard = await asyncio.to_thread(services.never_heard)
    lacking = waits_for(never_heard, waited_s)
    body = {
        "ready": not lacking,
        "waits_for": lacking,
        "never_heard": list(never_heard),
        "set_aside": await services.committer.read(partial(_set_aside, services.wake_up_calls)),
        "awaited": list(await services.registry.awaited()),
        "clock": services.time.figures(),
    }
    return web.json_response(body, status=503 if lacking else 200)


def _set_aside(followed: Container[str], work: UnitOfWork) -> dict[str, list[str]]:
    aside = work.session.sources.aside()
    return {
        source: [row.id for row in rows[:_NAMED]]
        for source, rows in aside.items()
        if source in followed
    }


async def metrics(request: web.Request) -> Answer:
    """Return the figures as Prometheus reads them.

    Raises:
        SignIn: It is not the token of the figures.
    """
    services = request.app[SERVICES]
    token = bearer(request.headers.get("Authorization"))
    if not hmac.compare_digest(token_hash(token), services.metrics_hash):
        raise SignIn("This is not the token in metrics.token of the data folder.")
    present = await asyncio.to_thread(_present_figures, services)
    return web.Response(body=services.metrics.text(present), headers={"Content-Type": METRICS_TYPE})


def _present_figures(services: Services) -> PresentFigures:
    ready = not waits_for(services.never_heard(), services.committer.waited_s())
    with services.store.reading() as session:
        return PresentFigures(
            shown=session.totals.shown(),
            conflicts=session.totals.conflicts(),
            lanes=services.lanes.present(),
            owed=session.outbox.backlog(),
            as_of=session.sources.as_of(),
            aside={source: len(rows) for source, rows in session.sources.aside().items()},
            verified=bool(services.time.figures()["verified"]),
            ready=ready,
            now=services.clock.now(),
        )


ENDPOINTS = (
    Endpoint(
        "GET",
        "/healthz",
        healthz,
        "The process answers.",
        roles=DOORS,
        totals=True,
        result=table(["ok"], ok=FLAG),
    ),
    Endpoint(
        "GET",
        "/readyz",
        readyz,
        "200 while claims are answered, once every upstream was heard out; else 503, with what "
        "it waits for, by name.",
        roles=DOORS,
        totals=True,
        result=ANY_OBJECT,
    ),
    Endpoint(
        "GET",
        "/metrics",
        metrics,
        "Figures for Prometheus, with the token in metrics.token of the data folder.",
        roles=Open.OWN_KEY,
        media="text/plain",
    ),
)
