"""What the routes work with, put together by the composition root."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from validator.clock import Clock
from validator.gateway.config import Config
from validator.gateway.feeds.backlog import Backlog
from validator.gateway.feeds.feed_key_change import FeedKeyChange
from validator.gateway.feeds.heartbeats import Heartbeats
from validator.gateway.feeds.lanes import Lanes
from validator.gateway.figures.live_counts import LiveCounts
from validator.gateway.figures.metrics import Metrics
from validator.gateway.host.feed_keys import FeedKeys
from validator.gateway.host.timekeeping import Timekeeping
from validator.gateway.ledger.committer import Committer
from validator.gateway.store.port import Store
from validator.gateway.trust.auth import Caller, SignIn, bearer_or_password, token_hash
from validator.gateway.trust.authority import Authority
from validator.gateway.trust.budgets import Budgets
from validator.gateway.trust.caller_cache import CallerCache
from validator.gateway.trust.issuer_keys import IssuerKeys
from validator.gateway.trust.name_erasure import Retention
from validator.gateway.trust.open_requests import OpenRequests
from validator.gateway.trust.rate_limit import RateLimit
from validator.gateway.trust.registry import Registry

SEARCHES_A_MINUTE = 30


@dataclass(frozen=True, slots=True)
class WakeUpCall:
    """How an upstream says that it has news.

    Args:
        key_hash: SHA-256 of the key that it sends as a bearer token, or as a password.
        wake: Polls at once.
    """

    key_hash: bytes
    wake: Callable[[], None]

    def check(self, header: str | None) -> None:
        """Let the upstream in.

        Args:
            header: `Authorization`.

        Raises:
            SignIn: It is not the upstream's key.
        """
        if not hmac.compare_digest(token_hash(bearer_or_password(header)), self.key_hash):
            raise SignIn("This is not the key of that upstream.")


@dataclass(frozen=True, slots=True)
class Services:
    """The running gateway, as its routes see it.

    Args:
        config: As read at the start.
        clock: The time to go by.
        time: Where it comes from, and what speaks against it.
        entropy: Random bytes.
        store: Read directly by routes that only look.
        committer: Everything that writes.
        backlog: What lanes have missed of the streams.
        heartbeats: Where the streams stand.
        registry: Devices and users.
        authority: What devices pin.
        issuer_keys: What signs tickets.
        lanes: Who is connected.
        counts: Live figures.
        feed: Seal the streams.
        feed_key_change: Has another key seal them.
        code_key: Key of the plain codes' digests, 32 bytes; enrolled devices get it.
        callers: Recognises devices and users.
        budgets: What each device may use.
        open_requests: Ends those whose caller is removed or revoked.
        wake_up_calls: Of the upstreams, by source id.
        never_heard: Names the upstreams that no complete pass was heard of yet.
        metrics: What is counted.
        metrics_hash: Hash of the token that reads it.
        retention: Erases names.
        enrolments: Limits wrong enrolment codes.
        sign_ins: Limits unknown tokens.
        searches: Limits searches, on all listeners together.
    """

    config: Config
    clock: Clock
    time: Timekeeping
    entropy: Callable[[int], bytes]
    store: Store
    committer: Committer
    backlog: Backlog
    heartbeats: Heartbeats
    registry: Registry
    authority: Authority
    issuer_keys: IssuerKeys
    lanes: Lanes
    counts: LiveCounts
    feed: FeedKeys
    feed_key_change: FeedKeyChange
    code_key: bytes = field(repr=False)
    callers: CallerCache
    budgets: Budgets
    open_requests: OpenRequests
    wake_up_calls: Mapping[str, WakeUpCall]
    never_heard: Callable[[], tuple[str, ...]]
    metrics: Metrics
    metrics_hash: bytes
    retention: Retention
    enrolments: RateLimit
    sign_ins: RateLimit
    searches: RateLimit


SERVICES = web.AppKey("services", Services)
LOOPBACK = web.AppKey("loopback", bool)

Answer = dict[str, Any] | list[Any] | web.StreamResponse
Handler = Callable[[web.Request], Awaitable[Answer]]


CALLER = web.RequestKey("caller", Caller)
