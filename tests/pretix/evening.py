"""A gateway's store that follows a real pretix, and the pretix's own opinion of its tickets."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
from pretix.installation import Installation

from doubles.gateway.committer_with_devices import CODE_KEY, FEED
from validator.clock import Instant, iso
from validator.gateway.host.feed_keys import FeedKeys
from validator.gateway.ledger.catalogue_cache import CatalogueCache
from validator.gateway.ledger.claims import preview
from validator.gateway.ledger.committer import Committer
from validator.gateway.ledger.unit_of_work import UnitOfWork
from validator.gateway.sources.followed_source import SourceLedger
from validator.gateway.store.sqlite import SqliteStore
from validator.keys import KeyRing
from validator.machine_clock import machine_clock
from validator.model import (
    Assurance,
    CheckIn,
    Decision,
    DeviceId,
    Direction,
    Kind,
    Reason,
    Scan,
    Verdict,
    uuid7,
)
from validator.ports import Outcome, Report
from validator.upstreams.pretix import PretixUpstream, Settings
from validator.upstreams.pretix.memory import Memory

CLOCK = machine_clock()
SOURCE = "pretix"
RING = KeyRing({}, CODE_KEY)
BASE = "/api/v1/organizers/gate/"


@dataclass
class RealEvening:
    """What a test does with both."""

    site: Installation
    upstream: PretixUpstream
    committer: Committer
    store: SqliteStore
    http: aiohttp.ClientSession
    folder: Path

    async def sync(self) -> int:
        """Follow pretix until nothing is left; return how many tickets were new or changed."""
        changed, more = 0, True
        cursor = await SourceLedger(self.committer).cursor(SOURCE)
        while more:
            changes = await self.upstream.changes(cursor)
            await SourceLedger(self.committer).apply(SOURCE, changes)
            cursor, more = changes.cursor, changes.more
            changed += len(changes.listings)
        return changed

    async def east(self) -> None:
        """Give every check-in list a second gate, called as pretix calls our device's gate."""
        catalogue = await self.committer.read(lambda work: work.catalogue)
        gates = [
            replace(gate, id=f"east-{gate.id}", name="East")
            for gate in catalogue.gates.values()
            if gate.id.startswith(f"{SOURCE}-")
        ]
        await self.committer.write(lambda work: work.put_entries(gates))

    def judged(self, secret: str, gate: str, now: Instant) -> Verdict:
        """Return what a gate would say; admits nobody."""
        cache = CatalogueCache(CODE_KEY, frozenset)
        with self.store.reading() as session:
            work = UnitOfWork(session, cache, FeedKeys(FEED), now)
            return preview(work, Scan(uuid7(now, os.urandom(10)), secret, now), gate)

    async def simulated(self, secret: str, list_: int, now: Instant, **more: Any) -> dict[str, Any]:
        """Return what pretix would say; it stores nothing."""
        memory = Memory(self.folder / "pretix.sqlite", os.urandom)
        device = memory.device()
        memory.close()
        assert device is not None
        body = {"secret": secret, "lists": [list_], "simulate": True, "datetime": iso(now), **more}
        url = f"{self.site.url}{BASE}checkinrpc/redeem/"
        headers = {"Authorization": f"Device {device.token}"}
        async with self.http.post(url, json=body, headers=headers) as answer:
            said: dict[str, Any] = await answer.json()
            return said

    async def office(self, method: str, path: str, body: object = None) -> Any:
        """Work in pretix as its staff do."""
        headers = {"Authorization": f"Token {self.site.team}"}
        url = self.site.url + BASE + path
        async with self.http.request(method, url, json=body, headers=headers) as answer:
            assert answer.status < 300, (answer.status, await answer.text())
            return await answer.json() if answer.status != 204 else None

    async def positions(self) -> list[dict[str, Any]]:
        """Return every position, with its order's fields as `order`."""
        found: list[dict[str, Any]] = []
        path, page = "orders/?include_canceled_positions=true&page=", 1
        while True:
            answer = await self.office("GET", f"{path}{page}")
            for order in answer["results"]:
                found += [{**row, "order": order} for row in order["positions"]]
            if answer["next"] is None:
                return found
            page += 1

    async def entered(self, position: Mapping[str, Any], gate: str, **changes: Any) -> CheckIn:
        """Return the check-in of a ticket that a lane let in just now."""
        now = CLOCK.now()
        catalogue = await self.committer.read(lambda work: work.catalogue)
        verdict = self.judged(str(position["secret"]), gate, now)
        event = CheckIn(
            id=uuid7(now, os.urandom(10)),
            kind=Kind.SHOWN,
            device=DeviceId("lane-1"),
            gate=gate,
            performance=verdict.performance or catalogue.gates[gate].performances[0],
            direction=Direction.ENTRY,
            decision=Decision.ADMIT,
            reason=Reason.OK,
            assurance=Assurance.PROVISIONAL,
            count=1,
            at=now,
            code=verdict.code,
            ticket=verdict.ticket.id if verdict.ticket else None,
        )
        return replace(event, **changes)

    async def report(self, *check_ins: CheckIn) -> list[Outcome]:
        """Hand check-ins over."""
        return list(await self.upstream.report([Report(each, None) for each in check_ins]))


@asynccontextmanager
async def real_evening(site: Installation, folder: Path) -> AsyncIterator[RealEvening]:
    """Open what was opened there before: memory, device and store are on disk."""
    settings = Settings(site.url, site.setup)
    upstream = PretixUpstream(SOURCE, settings, folder / "pretix.sqlite", RING, CLOCK, os.urandom)
    store = SqliteStore(folder / "gateway.sqlite")
    committer = Committer(store, CLOCK, os.urandom, FeedKeys(FEED), CODE_KEY)
    await committer.start()
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as http:
            yield RealEvening(site, upstream, committer, store, http, folder)
    finally:
        await committer.stop()
        await upstream.close()
        store.close()
