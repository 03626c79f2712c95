"""The gateway put together: store, committer, streams, box office, routes."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

from aiohttp import web

from validator import boxoffice
from validator.clock import Clock
from validator.gateway.api.app import create_app
from validator.gateway.api.counter import add_counter
from validator.gateway.config import Config
from validator.gateway.feeds.backlog import Backlog
from validator.gateway.feeds.feed_key_change import FeedKeyChange
from validator.gateway.feeds.heartbeats import Heartbeats
from validator.gateway.feeds.lanes import Lanes
from validator.gateway.feeds.uses_publisher import UsesPublisher
from validator.gateway.figures.counts import counts
from validator.gateway.figures.live_counts import LiveCounts
from validator.gateway.figures.metrics import Metrics
from validator.gateway.hooks.webhook import Webhook
from validator.gateway.host.data_folder import (
    AUTHORITY,
    STORE,
    Lock,
    open_secrets,
    refuse_to_replace,
)
from validator.gateway.host.doors import Bounds, Door, Shares, Visitor, file_limit, shared_out
from validator.gateway.host.listeners import address_of
from validator.gateway.host.private_files import private_folder
from validator.gateway.host.timekeeping import Timekeeping, floor_of
from validator.gateway.ledger.committer import Committer
from validator.gateway.services import SEARCHES_A_MINUTE, Services, WakeUpCall
from validator.gateway.sources.followed_source import FollowedSource, aside_sentence
from validator.gateway.store.sqlite.store import SqliteStore
from validator.gateway.trust.auth import token_hash
from validator.gateway.trust.authority import local_names, open_authority
from validator.gateway.trust.budgets import Budgets
from validator.gateway.trust.caller_cache import CallerCache
from validator.gateway.trust.connections import HttpConnection
from validator.gateway.trust.issuer_keys import IssuerKeys
from validator.gateway.trust.name_erasure import Retention
from validator.gateway.trust.open_requests import OpenRequests
from validator.gateway.trust.rate_limit import RateLimit
from validator.gateway.trust.registry import Registry
from validator.gateway.trust.sessions import Sessions
from validator.keys import KeyRing
from validator.upstreams.boxoffice import BoxOfficeUpstream
from validator.upstreams.boxoffice_rows import SOURCE
from validator.upstreams.kinds import FOLDER, Connection, UpstreamContext

BOXOFFICE_PATH = "/boxoffice"

_SHUTDOWN_S = 5.0
_ANY = ("0.0.0.0", "::")


class Gateway:
    """All parts of the gateway, without the loops that drive them.

    Args:
        config: What to serve.
        clock: Of this machine.
        entropy: Random bytes.
        plain: The loopback listener; closed with the gateway, also if it can't be put together.
        credentials: Folder of the secrets that systemd hands over; None = it does not.
        shares: How many each listener holds, for how long; None = as this process's files allow.

    Attributes:
        services: What the routes work with.
        office: The embedded box office.
        sources: Ticketing systems, the box office first.
        hooks: Receivers of webhooks.
        uses_publisher: Publishes who went through.
        secrets: Of the data folder.
        plain: Where the loopback listener waits.

    Raises:
        FixConfig: It can't be put together; nothing stays open.
    """

    def __init__(
        self,
        config: Config,
        clock: Clock,
        entropy: Callable[[int], bytes],
        plain: socket.socket,
        credentials: Path | None = None,
        shares: Shares | None = None,
    ) -> None:
        self._shares = shares or shared_out(file_limit())
        self.plain = address_of(plain)
        self._listener = plain
        with ExitStack() as opened:
            opened.callback(plain.close)
            self._lock = Lock(config.data)
            opened.callback(self._lock.close)
            refuse_to_replace(config.data)
            self.secrets = secrets = open_secrets(config.data, entropy, credentials)
            self._store = SqliteStore(config.data / STORE)
            opened.callback(self._store.close)
            time = Timekeeping(clock, floor_of(self._store))
            clock = time.clock
            host = config.tls.host
            authority = open_authority(
                config.data / AUTHORITY,
                config.name,
                clock.now(),
                local_names,
                () if host in _ANY else (host,),
            )
            self.office = boxoffice.BoxOffice.open(config.data, clock, entropy)
            opened.callback(self.office.close)
            live, metrics = LiveCounts(self._figures), Metrics()
            lanes = Lanes(live.changed)
            committer = Committer(
                self._store,
                clock,
                entropy,
                secrets.feed,
                secrets.code_key,
                linked=lanes.linked,
                timed=metrics.timed,
            )
            self.hooks = tuple(
                Webhook(configured.name, configured.settings(), config.name, committer, clock)
                for configured in config.hooks
            )
            ring = KeyRing({}, secrets.code_key)
            box_office = BoxOfficeUpstream(
                f"http://{self.plain}{BOXOFFICE_PATH}", secrets.boxoffice_key, ring
            )
            others = _open_upstreams(config, ring, clock, entropy)
            self._opened = opened.pop_all()
        callers = CallerCache(self._store, token_hash(secrets.admin_token))
        open_requests = OpenRequests(self._store, callers)
        backlog = Backlog(self._store, secrets.feed)
        self.uses_publisher = UsesPublisher(committer)
        self.sources = tuple(
            FollowedSource.of(upstream, committer, clock, config.poll_s)
            for upstream in (box_office, *others)
        )
        self.services = Services(
            config=config,
            clock=clock,
            time=time,
            entropy=entropy,
            store=self._store,
            committer=committer,
            backlog=backlog,
            heartbeats=Heartbeats(committer),
            registry=Registry(committer, entropy),
            retention=Retention(committer, self.office, entropy, config.retention_days),
            authority=authority,
            issuer_keys=IssuerKeys(committer, self.office),
            lanes=lanes,
            counts=live,
            feed=secrets.feed,
            feed_key_change=FeedKeyChange(secrets.feed, lanes, backlog, entropy),
            code_key=secrets.code_key,
            callers=callers,
            budgets=Budgets(monotonic),
            open_requests=open_requests,
            wake_up_calls={
                each.upstream.source: WakeUpCall(
                    token_hash(secrets.wake_key(each.upstream.source)), each.poller.wake
                )
                for each in self.sources
            },
            never_heard=self._never_heard,
            enrolments=RateLimit("wrong codes", clock.boot_s, 6, 150),
            sign_ins=RateLimit("wrong tokens", clock.boot_s, 60, 600),
            searches=RateLimit("searches", clock.boot_s, SEARCHES_A_MINUTE),
            metrics=metrics,
            metrics_hash=token_hash(secrets.metrics_token),
        )
        committer.listen(
            metrics,
            backlog,
            open_requests,
            lanes,
            live,
            self.uses_publisher,
            *(each.forwarder for each in self.sources),
            *self.hooks,
        )
        self._sessions = Sessions(clock.boot_s, entropy)
        self._runners: list[web.AppRunner] = []
        self._doors: list[Door] = []

    async def start(self, tls: socket.socket | None = None) -> None:
        """Take work and requests.

        Args:
            tls: Listener for devices; None = only this machine is served.
        """
        await self.services.committer.start()
        await self._serve(self.application(loopback=True), self._listener, self._shares.plain)
        if tls is not None:
            network, context = self.application(loopback=False), self.services.authority.context()
            await self._serve(network, tls, self._shares.tls, context)
        self._lock.say(f"http://{self.plain}")

    def application(self, loopback: bool) -> web.Application:
        """Make all that one listener serves.

        Args:
            loopback: The one that only this machine reaches; it has the box office for programs.
        """
        app = create_app(self.services, loopback)
        add_counter(app, self.services, self.office, self._sessions)
        if loopback:
            wake = boxoffice.wake_by_post(
                f"http://{self.plain}/api/v1/upstreams/{SOURCE}/wake",
                self.secrets.wake_key(SOURCE),
            )
            key = self.secrets.boxoffice_key
            app.add_subapp(BOXOFFICE_PATH, boxoffice.create_app(self.office, key, wake))
        return app

    async def stop(self) -> None:
        """Finish what was begun, then let go of everything."""
        self.services.lanes.end()
        await self.services.counts.end()
        for door in self._doors:
            await door.close()
        for runner in self._runners:
            await runner.cleanup()
        await self.services.committer.stop()
        for each in self.sources:
            await each.upstream.close()
        self._opened.close()

    async def _serve(
        self,
        app: web.Application,
        listener: socket.socket,
        bounds: Bounds,
        context: ssl.SSLContext | None = None,
    ) -> None:
        runner = web.AppRunner(app, shutdown_timeout=_SHUTDOWN_S)
        await runner.setup()
        self._runners.append(runner)
        door = Door(listener, partial(_connection, runner, bounds), bounds, context)
        self._doors.append(door)
        door.open()

    async def _figures(self) -> dict[str, Any]:
        services, lanes = self.services, self.services.lanes.present()
        figures = await services.committer.read(partial(counts, connected=len(lanes)))
        for gate in figures["gates"]:
            gate["lanes"] = sum(lane.gate == gate["id"] for lane in lanes)
        alarms = [
            {"source": each.upstream.source, "what": what}
            for each in self.sources
            for what in each.alarms()
        ]
        aside = await services.committer.read(lambda work: work.session.sources.aside())
        alarms += [
            {"source": source, "what": aside_sentence(rows)}
            for source, rows in aside.items()
            if source in services.wake_up_calls
        ]
        alarms += [
            {"source": device, "what": "It asks for more than a scanner does, and is slowed."}
            for device in services.budgets.overspent()
        ]
        alarms += [
            {"source": "hooks", "what": what} for hook in self.hooks for what in hook.alarms()
        ]
        return {
            "venue": services.config.name,
            **figures,
            "alarms": alarms,
            "clock": services.time.figures(),
        }

    def _never_heard(self) -> tuple[str, ...]:
        with self._store.reading() as session:
            # Lanes can work with what is known but for rows that can't be read.
            heard = session.sources.as_of().keys() | session.sources.aside().keys()
        return tuple(source for source in self.services.wake_up_calls if source not in heard)


def _connection(runner: web.AppRunner, bounds: Bounds, visitor: Visitor) -> HttpConnection:
    if runner.server is None:
        raise RuntimeError("The gateway has stopped.")
    return HttpConnection(runner.server, visitor, bounds.idle_s)


def _open_upstreams(
    config: Config, ring: KeyRing, clock: Clock, entropy: Callable[[int], bytes]
) -> list[Connection]:
    if not config.upstreams:
        return []
    folder = private_folder(config.data / FOLDER)
    return [
        configured.open(
            UpstreamContext(
                configured.source, folder / f"{configured.source}.sqlite", ring, clock, entropy
            )
        )
        for configured in config.upstreams
    ]
