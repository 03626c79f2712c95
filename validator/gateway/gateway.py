"""The gateway put together: store, committer, streams, box office, routes."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from aiohttp import web

from validator import boxoffice
from validator.clock import Clock
from validator.errors import FixConfig
from validator.gateway.app import create_app
from validator.gateway.auth import token_hash
from validator.gateway.authority import local_names, open_authority
from validator.gateway.committer import Committer
from validator.gateway.config import Address, Config
from validator.gateway.counter import add_counter
from validator.gateway.counts import counts
from validator.gateway.counts_stream import CountsStream
from validator.gateway.datafolder import (
    AUTHORITY,
    STORE,
    Lock,
    open_secrets,
    refuse_to_replace,
)
from validator.gateway.followed import Followed
from validator.gateway.hooks.hook import Hook
from validator.gateway.keyfile import private_folder
from validator.gateway.lanes import Lanes
from validator.gateway.metrics import Metrics
from validator.gateway.missing import Missing
from validator.gateway.parts import Parts, Waking
from validator.gateway.plan import CATALOGUE
from validator.gateway.publisher import Publisher
from validator.gateway.registry import Registry
from validator.gateway.retention import Retention
from validator.gateway.sessions import Sessions
from validator.gateway.store.sqlite.store import SqliteStore
from validator.gateway.timekeeping import Timekeeping, floor_of
from validator.gateway.writer import tell
from validator.keys import KeyRing
from validator.upstreams.boxoffice import BoxOfficeUpstream
from validator.upstreams.boxoffice_rows import SOURCE
from validator.upstreams.kinds import FOLDER, Connection, Surroundings

BOXOFFICE_PATH = "/boxoffice"

_SHUTDOWN_S = 5.0


def bind(address: Address, key: str, handed: Sequence[socket.socket] = ()) -> socket.socket:
    """Take a listener's address.

    Args:
        address: Port 0 = any free one.
        key: Name in the configuration.
        handed: Listening sockets that systemd holds; the one of this port is taken.

    Raises:
        FixConfig: It is in use, or not of this machine.
    """
    for listener in handed:
        if listener.family != socket.AF_UNIX and address_of(listener).port == address.port:
            return listener
    if handed:
        ports = ", ".join(str(listener.getsockname()) for listener in handed)
        raise FixConfig(
            f"systemd listens on {ports}, but `{key}` is {address}. Let ListenStream= of "
            "entrance-gateway.socket and the configuration name the same ports."
        )
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    try:
        return socket.create_server((address.host, address.port), family=family, backlog=512)
    except OSError as error:
        taken = " Is a gateway running already? Else" if error.errno == errno.EADDRINUSE else ""
        raise FixConfig(
            f"Can't listen on {address} ({os.strerror(error.errno or 0)}).{taken or ' So'} set "
            f"`{key}` to another address in the configuration."
        ) from error


def address_of(listener: socket.socket) -> Address:
    """Return where a listener waits."""
    host, port = listener.getsockname()[:2]
    return Address(host, port)


class Gateway:
    """All parts of the gateway, without the loops that drive them.

    Args:
        config: What to serve.
        clock: Of this machine.
        entropy: Random bytes.
        plain: The loopback listener; closed with the gateway, also if it can't be put together.
        credentials: Folder of the secrets that systemd hands over; None = it does not.

    Attributes:
        parts: What the routes work with.
        office: The embedded box office.
        followed: Ticketing systems, the box office first.
        hooks: Receivers of webhooks.
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
    ) -> None:
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
            authority = open_authority(
                config.data / AUTHORITY, config.name, clock.now(), local_names()
            )
            self.office = boxoffice.BoxOffice.open(config.data, clock, entropy)
            opened.callback(self.office.close)
            committer = Committer(self._store, clock, entropy, secrets.feed, secrets.code_key)
            self.hooks = tuple(
                Hook(named.name, named.settings(), config.name, committer, clock)
                for named in config.hooks
            )
            ring = KeyRing({}, secrets.code_key)
            box_office = BoxOfficeUpstream(
                f"http://{self.plain}{BOXOFFICE_PATH}", secrets.boxoffice_key, ring
            )
            others = _open_upstreams(config, ring, clock, entropy)
            self._opened = opened.pop_all()
        self.followed = tuple(
            Followed.of(upstream, committer, clock, config.poll_s)
            for upstream in (box_office, *others)
        )
        publisher = Publisher(committer)
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
        wake = boxoffice.webhook(
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
        self._opened.close()

    async def _serve(
        self, app: web.Application, listener: socket.socket, secure: bool = False
    ) -> None:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN_S)
        await runner.setup()
        self._runners.append(runner)
        context = self.parts.authority.context() if secure else None
        await web.SockSite(runner, listener, ssl_context=context).start()

    def _frames(self, stream: str, frames: Sequence[bytes]) -> None:
        tell(self.parts.metrics.published, stream, len(frames))
        tell(self.parts.missing.moved, stream)
        tell(self.parts.lanes.publish, stream, frames)
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
        alarms += [
            {"source": "hooks", "what": what} for hook in self.hooks for what in hook.alarms()
        ]
        return {
            "venue": parts.config.name,
            **figures,
            "alarms": alarms,
            "clock": parts.time.figures(),
        }

    def _never_heard(self) -> tuple[str, ...]:
        with self._store.reading() as session:
            heard = session.upstreams.as_of()
        return tuple(source for source in self.parts.upstreams if source not in heard)


def _open_upstreams(
    config: Config, ring: KeyRing, clock: Clock, entropy: Callable[[int], bytes]
) -> list[Connection]:
    if not config.upstreams:
        return []
    folder = private_folder(config.data / FOLDER)
    return [
        named.open(
            Surroundings(named.source, folder / f"{named.source}.sqlite", ring, clock, entropy)
        )
        for named in config.upstreams
    ]
