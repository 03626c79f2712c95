"""The running daemon: both listeners, the loops that drive the gateway, and its end."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

from validator.clock import Clock
from validator.errors import ValidatorError
from validator.feed.names import CATALOGUE
from validator.gateway.config import Config
from validator.gateway.feeds.witness import sign_heads
from validator.gateway.gateway import Gateway
from validator.gateway.host.doors import Shares, raise_file_limit
from validator.gateway.host.listeners import Address, address_of, bind
from validator.gateway.host.logs import LOG, event
from validator.gateway.host.systemd import NOBODY, Systemd
from validator.gateway.ledger.committer import Committed, Committer
from validator.gateway.ledger.unit_of_work import UnitOfWork
from validator.gateway.trust.authority import Renewal
from validator.machine_clock import machine_clock
from validator.model import Catalogue, Gate

HEARTBEAT_S = 1.0
MAIN = "main"
"""Id of the gate that stands for all performances while no gate is configured."""


class Daemon:
    """A gateway that serves until `stop`; `run` is the usual way to have one.

    Args:
        config: Ports may be 0; see `plain` and `tls` for what was taken.
        clock: Of this machine.
        entropy: Random bytes.
        systemd: What it was handed, and who wants to hear that it is alive.
        shares: How many each listener holds, for how long; None = as this process's files allow.

    Attributes:
        gateway: Its parts.
        plain: Where the loopback listener waits.
        tls: Where devices connect.

    Raises:
        FixConfig: An address is in use, or the data folder can't be used.
    """

    def __init__(
        self,
        config: Config,
        clock: Clock | None = None,
        entropy: Callable[[int], bytes] = os.urandom,
        systemd: Systemd = NOBODY,
        shares: Shares | None = None,
    ) -> None:
        self._config = config
        self._systemd = systemd
        with ExitStack() as opened:
            plain = opened.enter_context(bind(config.plain, "plain", systemd.sockets))
            self._tls = opened.enter_context(bind(config.tls, "tls", systemd.sockets))
            self.gateway = Gateway(
                config, clock or machine_clock(), entropy, plain, systemd.credentials, shares
            )
            opened.pop_all()
        self.plain: Address = address_of(plain)
        self.tls: Address = address_of(self._tls)
        self._loops: list[asyncio.Task[None]] = []
        self._stopped = False

    async def start(self) -> None:
        """Serve."""
        gateway, services = self.gateway, self.gateway.services
        main_gate = None
        if not self._config.gates:
            main_gate = MainGate(services.committer)
            services.committer.listen(main_gate)
        await gateway.start(self._tls)
        if self._config.gates:
            gates = self._config.gates
            await services.committer.write(lambda work: work.put_entries(gates))
        loops = [
            gateway.uses_publisher.run(),
            services.counts.run(),
            self._beat(),
            sign_heads(services.committer, services.lanes),
            services.retention.run(),
            Renewal(services.authority, services.clock).run(),
            *(each.run() for each in gateway.sources),
            *(hook.run() for hook in gateway.hooks),
        ]
        if main_gate is not None:
            loops.append(main_gate.run())
        if self._systemd.watchdog_s is not None:
            loops.append(self._live(self._systemd.watchdog_s / 3))
        self._loops = [asyncio.create_task(loop) for loop in loops]
        event("gateway_started", plain=self.plain, tls=self.tls)

    async def failed(self) -> None:
        """Wait until a loop ends, which none should.

        Raises:
            BaseException: What it ended with.
        """
        done, _ = await asyncio.wait(self._loops, return_when=asyncio.FIRST_COMPLETED)
        for loop in done:
            loop.result()

    async def stop(self) -> None:
        """Finish what was begun and stop; once is enough."""
        if self._stopped:
            return
        self._stopped = True
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        await self.gateway.stop()
        self._tls.close()
        event("gateway_stopped")

    async def _beat(self) -> None:
        services = self.gateway.services
        while True:
            if services.time.check():
                services.counts.changed()
            if services.lanes.present():
                try:
                    await services.heartbeats.beat(services.lanes.beat)
                except ValidatorError as error:
                    event("heartbeat_failed", error=type(error).__name__)
            await asyncio.sleep(HEARTBEAT_S)

    async def _live(self, every_s: float) -> None:
        """Tell the watchdog for as long as both the event loop and the writer's thread turn."""
        while True:
            await self.gateway.services.committer.turn()
            self._systemd.say("WATCHDOG=1")
            await asyncio.sleep(every_s)


class MainGate:
    """Keeps a gate for all performances, in a venue that has configured none.

    Args:
        committer: Holds the catalogue.
    """

    def __init__(self, committer: Committer) -> None:
        self._committer = committer
        self._changed = asyncio.Event()
        self._changed.set()

    def committed(self, what: Committed) -> None:
        """Look again when the catalogue has changed."""
        if any(stream == CATALOGUE for stream, _ in what.frames):
            self._changed.set()

    async def run(self) -> None:
        """Keep the gate for ever; cancel to stop."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            gate = main_gate(await self._committer.read(lambda work: work.catalogue))
            if gate is not None:
                await self._committer.write(partial(_put, gate=gate))


def _put(work: UnitOfWork, gate: Gate) -> None:
    work.put_entries([gate])


def main_gate(catalogue: Catalogue) -> Gate | None:
    """Return the gate for a venue that has configured none; None = nothing is to be done."""
    performances = tuple(sorted(catalogue.performances))
    known = catalogue.gates.get(MAIN)
    if not performances or set(catalogue.gates) - {MAIN}:
        return None
    if known is not None and known.performances == performances:
        return None
    return Gate(MAIN, "Main entrance", performances)


async def run(
    config: Config,
    ready: asyncio.Event | Callable[[Daemon], None] | None = None,
    clock: Clock | None = None,
    entropy: Callable[[int], bytes] = os.urandom,
    systemd: Systemd = NOBODY,
) -> None:
    """Serve until SIGTERM or SIGINT.

    Args:
        config: What to serve.
        ready: Set, or called with the daemon, once both listeners answer.
        clock: None = this machine's.
        entropy: Random bytes.
        systemd: Told when the gateway is ready, lives and stops.

    Raises:
        FixConfig: An address is in use, or the data folder can't be used.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    raise_file_limit()
    daemon = Daemon(config, clock, entropy, systemd)
    try:
        await daemon.start()
        systemd.say("READY=1")
        if isinstance(ready, asyncio.Event):
            ready.set()
        elif ready is not None:
            ready(daemon)
        stopped = asyncio.create_task(stop.wait())
        failed = asyncio.create_task(daemon.failed())
        await asyncio.wait((stopped, failed), return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if failed.done():
            LOG.critical("loop_ended", exc_info=failed.exception())
            await failed
        failed.cancel()
    finally:
        systemd.say("STOPPING=1")
        await daemon.stop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
