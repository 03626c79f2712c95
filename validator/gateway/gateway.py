"""The gateway put together: store, committer, streams, box office, routes."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from aiohttp import web

from validator import boxoffice
from validator.clock import Clock
from validator.gateway.api.app import create_app
from validator.gateway.api.counter import add_counter
from validator.gateway.config import Config
from validator.gateway.feeds.backlog import Missing
from validator.gateway.feeds.lanes import Lanes
from validator.gateway.feeds.publisher import Publisher
from validator.gateway.figures.counts import counts
from validator.gateway.figures.live_counts import CountsStream
from validator.gateway.figures.metrics import Metrics
from validator.gateway.figures.readiness import Check, Readiness
from validator.gateway.hooks.webhook import Hook
from validator.gateway.host.data_folder import (
    AUTHORITY,
    STORE,
    Lock,
    Secrets,
    open_secrets,
    refuse_to_replace,
)
from validator.gateway.host.listeners import address_of
from validator.gateway.host.timekeeping import Timekeeping, floor_of
from validator.gateway.ledger.catalogue_cache import CATALOGUE
from validator.gateway.ledger.committer import Committer
from validator.gateway.services import Parts, Waking
from validator.gateway.sources.source import Followed
from validator.gateway.store.sqlite.store import SqliteStore
from validator.gateway.trust.auth import token_hash
from validator.gateway.trust.authority import local_names, open_authority
from validator.gateway.trust.name_erasure import Retention
from validator.gateway.trust.registry import Registry
from validator.gateway.trust.sessions import Sessions
from validator.keys import KeyRing
from validator.upstreams.boxoffice import BoxOfficeUpstream
from validator.upstreams.boxoffice_rows import SOURCE
from validator.upstreams.kinds import FOLDER, Connection, Surroundings

BOXOFFICE_PATH = "/boxoffice"

_SHUTDOWN_S = 5.0


class Gateway:
    """All parts of the gateway, made by `open_gateway`, without the loops that drive them.

    Attributes:
        parts: What the routes work with.
        office: The embedded box office.
        followed: Ticketing systems, the box office first.
        hooks: Receivers of webhooks.
        secrets: Of the data folder.
        plain: Where the loopback listener waits.
    """

    def __init__(
        self,
        config: Config,
        clock: Clock,
        entropy: Callable[[int], bytes],
        plain: socket.socket,
        credentials: Path | None = None,
    ) -> None:
        self.plain = address_of(plain)
        self._listener = plain
        self._lock = Lock(config.data)
        try:
            refuse_to_replace(config.data)
            self.secrets: Secrets = open_secrets(config.data, entropy, credentials)
            self._store = SqliteStore(config.data / STORE)
            time = Timekeeping(clock, floor_of(self._store))
            clock = time.clock
            authority = open_authority(
                config.data / AUTHORITY, config.name, clock.now(), local_names()
            )
            self.office = boxoffice.BoxOffice.open(config.data, clock, entropy)
        except BaseException:
            self._lock.close()
            raise
        secrets = self.secrets
        committer = Committer(self._store, clock, entropy, secrets.feed, secrets.code_key)
        publisher = Publisher(committer)
        ring = KeyRing({}, secrets.code_key)
        box_office = BoxOfficeUpstream(
            f"http://{self.plain}{BOXOFFICE_PATH}", secrets.boxoffice_key, ring
        )
        others = _open_upstreams(config, ring, clock, entropy)
        self.followed = tuple(
            Followed.of(upstream, committer, clock, config.poll_s)
            for upstream in (box_office, *others)
        )
        self.hooks = tuple(
            Hook(named.name, named.settings(), config.name, committer, clock)
            for named in config.hooks
        )
        self.parts = Parts(
            config=config,
            clock=clock,
            time=time,
            entropy=entropy,
            store=self._store,
            committer=committer,
            publisher=publisher,
            missing=Missing(publisher),
            registry=Registry(committer, entropy),
            retention=Retention(committer, self.office, entropy, config.retention_days),
            authority=authority,
            lanes=Lanes(self._lanes_changed),
            counts=CountsStream(self._figures),
            feed_key=secrets.feed.public,
            code_key=secrets.code_key,
            local_hash=token_hash(secrets.admin_token),
            upstreams={
                each.upstream.source: Waking(
                    token_hash(secrets.wake_key(each.upstream.source)), each.poller.wake
                )
                for each in self.followed
            },
            never_heard=self._never_heard,
            readiness=Readiness((Check("sources", self._unheard),)),
            metrics=Metrics(),
            metrics_hash=token_hash(secrets.metrics_token),
        )
        self.catalogue_changed = asyncio.Event()
        self._runners: list[web.AppRunner] = []

    async def start(self, tls: socket.socket | None = None) -> None:
        """Take work and requests.

        Args:
            tls: Listener for devices; None = only this machine is served.
        """
        parts, committer = self.parts, self.parts.committer
        committer.on_frames = self._frames
        committer.on_commit = parts.metrics.committed
        committer.on_conflict = parts.lanes.tell
        committer.on_journal = self._journal_moved
        await committer.start()
        app = create_app(parts, loopback=True)
        sessions = Sessions(parts.clock.boot_s, parts.entropy)
        add_counter(app, parts, self.office, sessions)
        key = self.secrets.boxoffice_key
        wake = boxoffice.wake_by_post(
            f"http://{self.plain}/api/v1/upstreams/{SOURCE}/wake", self.secrets.wake_key(SOURCE)
        )
        app.add_subapp(BOXOFFICE_PATH, boxoffice.create_app(self.office, key, wake))
        await self._serve(app, self._listener)
        if tls is not None:
            network = create_app(parts, loopback=False)
            add_counter(network, parts, self.office, sessions)
            await self._serve(network, tls, secure=True)
        self._lock.say(f"http://{self.plain}")

    async def stop(self) -> None:
        """Finish what was begun, then let go of everything."""
        self.parts.lanes.end()
        await self.parts.counts.end()
        for runner in self._runners:
            await runner.cleanup()
        await self.parts.committer.stop()
        for each in self.followed:
            await each.upstream.close()
        self.office.close()
        self._store.close()
        self._listener.close()
        self._lock.close()

    async def _serve(
        self, app: web.Application, listener: socket.socket, secure: bool = False
    ) -> None:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN_S)
        await runner.setup()
        self._runners.append(runner)
        context = self.parts.authority.context() if secure else None
        await web.SockSite(runner, listener, ssl_context=context).start()

    def _frames(self, stream: str, frames: Sequence[bytes]) -> None:
        self.parts.metrics.published(stream, len(frames))
        self.parts.missing.moved(stream)
        self.parts.lanes.publish(stream, frames)
        self.parts.counts.changed()
        if stream == CATALOGUE:
            self.catalogue_changed.set()

    def _journal_moved(self) -> None:
        for each in self.followed:
            each.forwarder.wake()
        for hook in self.hooks:
            hook.wake()

    def _lanes_changed(self) -> None:
        present = self.parts.lanes.present()
        self.parts.committer.hear(frozenset(lane.device for lane in present))
        self.parts.counts.changed()

    async def _figures(self) -> dict[str, Any]:
        parts, lanes = self.parts, self.parts.lanes.present()
        figures = await asyncio.to_thread(counts, self._store, parts.clock.now(), len(lanes))
        for gate in figures["gates"]:
            gate["lanes"] = sum(lane.gate == gate["id"] for lane in lanes)
        alarms = [
            {"source": each.upstream.source, "what": what}
            for each in self.followed
            for what in each.alarms()
        ]
        alarms += [{"source": "hooks", "what": hook.trouble} for hook in self.hooks if hook.trouble]
        return {
            "venue": parts.config.name,
            **figures,
            "alarms": alarms,
            "clock": parts.time.figures(),
        }

    def _unheard(self) -> str:
        unheard = self._never_heard()
        return f"No complete pass yet of {', '.join(unheard)}." if unheard else ""

    def _never_heard(self) -> tuple[str, ...]:
        with self._store.reading() as session:
            heard = session.upstreams.as_of()
        return tuple(source for source in self.parts.upstreams if source not in heard)


def _open_upstreams(
    config: Config, ring: KeyRing, clock: Clock, entropy: Callable[[int], bytes]
) -> list[Connection]:
    if not config.upstreams:
        return []
    folder = config.data / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    return [
        named.open(
            Surroundings(named.source, folder / f"{named.source}.sqlite", ring, clock, entropy)
        )
        for named in config.upstreams
    ]
