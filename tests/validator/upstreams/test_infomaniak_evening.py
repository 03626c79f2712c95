"""Days of check-ins and cancellations at sixty requests a minute, with all that can go wrong."""

from __future__ import annotations

import asyncio
import faulthandler
import heapq
import itertools
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from doubles.boxoffice.box import NOON, entropy
from doubles.clock.hand_clock import HandClock
from doubles.gateway.committer_with_devices import FEED
from doubles.upstreams.infomaniak_system import RING, SOURCE, ticket_id
from simulators.infomaniak import Fault, Simulator, most_in_a_minute
from simulators.infomaniak_shop import Shop, ShopTicket
from validator.clock import Instant
from validator.gateway.host.feed_keys import FeedKeys
from validator.gateway.host.retry_loop import BackOff
from validator.gateway.ledger.claims import answer_check_in
from validator.gateway.ledger.committer import Committer
from validator.gateway.ledger.mass_guard import approve
from validator.gateway.ledger.unit_of_work import UnitOfWork
from validator.gateway.sources.followed_source import SourceLedger
from validator.gateway.sources.forwarder import Forwarder
from validator.gateway.sources.poller import Poller
from validator.gateway.store.sqlite import SqliteStore
from validator.model import (
    DeviceId,
    Direction,
    Gate,
    Reason,
    Reentry,
    Scan,
    StalePolicy,
    TicketId,
    Verdict,
    uuid7,
)
from validator.upstreams.infomaniak import InfomaniakUpstream, Settings


class MovedTime(HandClock):
    """A clock with its own `sleep`.

    Args:
        actors: Loops that wait by `sleep` and by nothing else. While one of them works (or waits
            for a disk or a socket), time stands still.
    """

    def __init__(self, actors: int) -> None:
        super().__init__()
        self._actors = actors
        self._count = itertools.count()
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []

    async def sleep(self, seconds: float) -> None:
        """Wait; the clock goes on to the first of all sleepers once every actor sleeps."""
        until = self.boot_ms + max(1, -int(-seconds * 1000 // 1))
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (until, next(self._count), future)
        heapq.heappush(self._sleepers, entry)
        self._move()
        try:
            await future
        finally:
            if entry in self._sleepers:
                self._sleepers.remove(entry)
                heapq.heapify(self._sleepers)

    def _move(self) -> None:
        if len(self._sleepers) < self._actors:
            return
        until, _, future = heapq.heappop(self._sleepers)
        self.go(max(0, until - self.boot_ms))
        if not future.done():
            future.set_result(None)


DATES = (501, 502, 503, 504)
IN = Gate("in", "In", DATES, reentry=Reentry.AFTER_EXIT, stale=StalePolicy.ALLOW)
OUT = Gate("out", "Out", DATES, Direction.EXIT, stale=StalePolicy.ALLOW)
DEVICE = DeviceId("api:lane")
HOUR_S = 3600.0
ACTORS = 3


@dataclass(frozen=True, slots=True)
class Scale:
    """How much happens.

    Args:
        tickets: Sold.
        check_ins: Entries and exits.
        one_by_one: Cancellations here and there.
        at_once: Cancellations of one performance in one moment.
        hours: That it takes, but for the outage.
        outage_h: Hours for which the shop does not answer.
    """

    tickets: int
    check_ins: int
    one_by_one: int
    at_once: int
    hours: float
    outage_h: float


class Evening:
    """The simulator, the adapter, the real poller, forwarder and store.

    Attributes:
        expected: End points that the shop is to have seen, by ticket.
        cancelled: Tickets that the shop cancelled.
        foreign: Tickets that the shop's own scanners let in.
    """

    def __init__(self, folder: Path, scale: Scale, seed: int) -> None:
        self.scale = scale
        self.time = MovedTime(ACTORS)
        self.shop = Shop(NOON, dates=DATES, apart_h=0, lasts_h=90)
        self.simulator = Simulator(self.shop, self.time.clock, self.time.sleep)
        self.store = SqliteStore(folder / "gateway.sqlite")
        self.committer = Committer(
            self.store, self.time.clock, entropy("gateway"), FeedKeys(FEED), RING.code_key
        )
        self.expected: dict[str, list[str]] = {}
        self.cancelled: list[ShopTicket] = []
        self.foreign: list[ShopTicket] = []
        self._folder = folder
        self._random = random.Random(seed)
        self._entropy = entropy("scans")
        self._tickets: list[ShopTicket] = []
        self._guest: ShopTicket

    def sell(self) -> None:
        """Sell all tickets, the same number of each performance."""
        for date in DATES:
            self._tickets += self.shop.sell(self.scale.tickets // len(DATES), date)
        self._random.shuffle(self._tickets)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Let poller and forwarder run."""
        await self.committer.start()
        await self.committer.write(lambda work: work.put_entries([IN, OUT]))
        server = TestServer(self.simulator.app())
        async with server:
            settings = Settings(
                self.simulator.shop_key,
                self.simulator.counter_key,
                self.simulator.password,
                url=str(server.make_url("/api/shop")),
            )
            self.upstream = InfomaniakUpstream(
                SOURCE,
                settings,
                self._folder / "shop.sqlite",
                RING,
                self.time.clock,
                entropy("ledger"),
                self.time.sleep,
            )
            clock, ledger = self.time.clock, SourceLedger(self.committer)
            back_offs = [BackOff(self.time.sleep, self._random.random) for _ in range(2)]
            self.poller = Poller(self.upstream, ledger, clock, 60.0, back_offs[0])
            self.forwarder = Forwarder(self.upstream, ledger, clock, back_offs[1])
            tasks = [asyncio.create_task(loop.run()) for loop in (self.poller, self.forwarder)]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
                    with suppress(asyncio.CancelledError):
                        await task
                await self.upstream.close()
        await self.committer.stop()
        self.store.close()

    def trouble(self) -> None:
        """Let one request in ten fail, in every way, and lists shrink while they are read."""
        kinds = (Fault.BUSY, Fault.BROKEN, Fault.DROPPED, Fault.LOST, Fault.SLOW, Fault.GARBLED)

        def fault(_: web.Request) -> Fault:
            return self._random.choice(kinds) if self._random.random() < 0.1 else Fault.NONE

        hidden: list[ShopTicket] = []

        def move() -> None:
            for ticket in hidden:
                ticket.shown = True
            hidden.clear()
            if self._random.random() < 0.2:
                hidden.extend(self._random.sample(self._tickets, 15))
            for ticket in hidden:
                ticket.shown = False

        self.simulator.fault, self.simulator.before_page = fault, move

    def calm(self) -> None:
        """Let nothing fail any more."""
        self.simulator.fault = lambda _: Fault.NONE
        self.simulator.before_page = lambda: None
        for ticket in self._tickets:
            ticket.shown = True

    async def scan(self, ticket: ShopTicket, gate: Gate) -> Verdict:
        """Show a ticket at a gate."""
        now = self.time.clock.now()
        scan = Scan(uuid7(now, self._entropy(10)), ticket.qr, now)
        return await answer_check_in(self.committer, DEVICE, scan, gate.id)

    async def guests(self, count: int, hours: float) -> None:
        """Let guests come (and some leave and come back) in so many hours."""
        pause_s = hours * HOUR_S / count
        for place in range(count):
            ticket, gate, what = self._next_guest(place)
            verdict = await self.scan(ticket, gate)
            assert verdict.passes, verdict
            self.expected.setdefault(ticket.key, []).append(what)
            await self.time.sleep(pause_s * (0.5 + self._random.random()))

    def cancel(self, count: int, date: int = 0) -> None:
        """Cancel tickets in the shop, some of which vanish from its list."""
        for place, ticket in enumerate(self._free(count, date)):
            ticket.status = "cancelled"
            ticket.shown = bool(date) or place % 4 > 0
            self.cancelled.append(ticket)

    def scan_there(self, count: int) -> None:
        """Let guests in with the shop's own scanners."""
        for ticket in self._free(count, 0):
            assert self.shop.scanned(ticket, "scan", self.time.clock.now()) is None
            self.foreign.append(ticket)
            self.expected[ticket.key] = ["scan"]

    async def heard(self) -> None:
        """Wait for a complete look that began now or later."""
        now = self.time.clock.now()
        while await self.committer.read(_as_of) < now:
            await self.time.sleep(30)

    async def drained(self) -> None:
        """Wait until nothing is owed."""
        while await self.committer.read(lambda work: work.session.outbox.backlog()):
            await self.time.sleep(60)

    async def approve(self) -> int:
        """Let a supervisor approve everything that is held."""
        approved = 0
        for held in await self.committer.read(lambda work: work.session.held_cancellations.all()):
            approved += held.count
            while await self.committer.write(
                partial(approve, source=held.source, scope=held.scope)
            ):
                pass
        return approved

    async def refused(self) -> set[str]:
        """Return the tickets that the gateway refuses as cancelled."""
        ids = tuple(ticket_id(ticket) for ticket in self.shop.tickets.values())
        parts = [ids[start : start + 500] for start in range(0, len(ids), 500)]
        refused: set[str] = set()
        for part in parts:
            job = partial(_active, part)
            refused |= await self.committer.read(job)
        return refused

    def used_elsewhere(self) -> list[str]:
        """Return the tickets of entries that came in as made with other scanners."""
        with self.store.reading() as session:
            rows = session.connection.execute("SELECT ticket FROM uses WHERE origin = ?", (SOURCE,))
            return sorted(ticket.partition(":")[2] for (ticket,) in rows)

    def _next_guest(self, place: int) -> tuple[ShopTicket, Gate, str]:
        """Every tenth guest leaves, and comes back as the next but one."""
        if place % 10 == 8:
            return self._guest, OUT, "scan-out"
        if place % 10 == 9:
            return self._guest, IN, "scan-in"
        (self._guest,) = self._free(1, 0)
        return self._guest, IN, "scan"

    def _free(self, count: int, date: int) -> list[ShopTicket]:
        """Take tickets with which nothing has happened yet."""
        free = [ticket for ticket in self._tickets if date in (0, ticket.date)][:count]
        taken = {ticket.key for ticket in free}
        self._tickets = [ticket for ticket in self._tickets if ticket.key not in taken]
        return free


def _active(ids: tuple[TicketId, ...], work: UnitOfWork) -> set[str]:
    found = work.session.revocations.active(ids)
    return {row.target.partition(":")[2] for row in found if isinstance(row.target, str)}


def _as_of(work: UnitOfWork) -> Instant:
    return work.session.sources.as_of().get(SOURCE, Instant(0))


LONGEST_S = 1_200

SMALL = Scale(tickets=240, check_ins=80, one_by_one=24, at_once=25, hours=0.6, outage_h=3)
WHOLE = Scale(tickets=8_000, check_ins=5_000, one_by_one=380, at_once=120, hours=4, outage_h=24)


@pytest.mark.slow
@pytest.mark.parametrize(
    "scale", [SMALL, pytest.param(WHOLE, marks=pytest.mark.full)], ids=["small", "whole"]
)
async def test_none_is_lost_none_twice_and_nobody_is_cancelled_by_mistake(
    tmp_path: Path, scale: Scale
) -> None:
    # The suite's patience with a test that hangs is too short for a day's outage.
    faulthandler.dump_traceback_later(LONGEST_S, exit=True, file=2)
    evening = Evening(tmp_path, scale, seed=7)
    evening.sell()
    async with evening.running():
        await evening.heard()
        evening.trouble()
        part, few = scale.check_ins // 4, scale.one_by_one // 4
        for _ in range(2):
            evening.cancel(few)
            await evening.guests(part, scale.hours / 4)
        evening.scan_there(10)

        evening.simulator.down = True
        await evening.guests(part, scale.outage_h - 1)
        evening.cancel(few)
        await evening.time.sleep(3600)
        evening.simulator.down = False

        evening.simulator.blind = True
        await evening.time.sleep(1800)
        evening.simulator.blind = False
        evening.cancel(scale.one_by_one - 3 * few)
        evening.cancel(scale.at_once, DATES[0])
        await evening.guests(scale.check_ins - 3 * part, scale.hours / 2)

        evening.calm()
        await evening.drained()
        for _ in range(2):
            await evening.heard()
        assert await evening.approve() >= scale.at_once
        await evening.heard()

        scanned = {
            ticket.key: [what for what, _ in ticket.scans]
            for ticket in evening.shop.tickets.values()
            if ticket.scans
        }
        assert scanned == evening.expected
        assert await evening.refused() == {ticket.key for ticket in evening.cancelled}
        assert len(evening.cancelled) == scale.one_by_one + scale.at_once
        assert evening.used_elsewhere() == sorted(ticket.key for ticket in evening.foreign)
        with evening.store.reading() as session:
            assert not session.outbox.refused()
            assert not session.held_cancellations.all()
        assert (await evening.scan(evening.cancelled[-1], IN)).reason is Reason.CANCELLED
    log = evening.simulator.log
    assert most_in_a_minute(log) <= 60
    assert not any(entry.status == 429 for entry in log)
