"""A rush of guests while lanes and gateway are killed; and what must hold after it."""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

from journeys.venue.lane import LaneProcess
from journeys.venue.venue import Venue
from offline_cache.file.database import Store
from validator.gateway.host.data_folder import open_secrets
from validator.gateway.ledger.verification import verify_journals
from validator.gateway.store.sqlite import SqliteStore
from validator.wire.journal import row_hash

PASSES = ("admit", "check")

LONGEST_PAUSE_S = 0.05
"""Until a kill that may hit any moment of a scan."""

LONGEST_GAP_S = 0.2
"""Between two guests."""

GATEWAYS_SHARE = 0.4
"""Of the kills."""


class Rush:
    """Guests come in random order, each to any lane, and stay until they were shown something.

    Args:
        venue: Open.
        lanes: Started.
        codes: Of the tickets.
        seed: Of everything that is random.
    """

    def __init__(
        self, venue: Venue, lanes: Sequence[LaneProcess], codes: Sequence[str], seed: int
    ) -> None:
        self._venue = venue
        self._lanes = lanes
        self._codes = codes
        self._random = random.Random(seed)
        self._scanning = {lane.device: asyncio.Lock() for lane in lanes}
        self._over = False

    async def run(self, kills: int) -> None:
        """Kill that many processes, one or two at a time, then let the guests end."""
        queues = [asyncio.create_task(self._queue(lane)) for lane in self._lanes]
        done = 0
        while done < kills:
            await asyncio.gather(*(self._served(lane) for lane in self._lanes))
            await asyncio.sleep(self._random.uniform(0, LONGEST_PAUSE_S))
            victims = self._victims()[: kills - done]
            await asyncio.gather(*(self._kill(victim) for victim in victims))
            done += len(victims)
        await asyncio.gather(*(self._served(lane) for lane in self._lanes))
        self._over = True
        await asyncio.gather(*queues)

    def _victims(self) -> list[LaneProcess | None]:
        """Draw who dies next; None is the gateway."""
        lanes: list[LaneProcess | None] = list(self._lanes)
        self._random.shuffle(lanes)
        if self._random.random() >= GATEWAYS_SHARE:
            return lanes[:1]
        return [None, *lanes[: self._random.randint(0, 1)]]

    async def _kill(self, victim: LaneProcess | None) -> None:
        if victim is None:
            await self._venue.kill()
            await self._venue.open()
            return
        await victim.kill()
        async with self._scanning[victim.device]:
            await victim.start(wait_s=1.0)

    async def _served(self, lane: LaneProcess) -> None:
        """Wait until a lane has shown another verdict."""
        await lane.heard(len(lane.lines), event="scan")

    async def _queue(self, lane: LaneProcess) -> None:
        while not self._over:
            await asyncio.sleep(self._random.uniform(0, LONGEST_GAP_S))
            code = self._random.choice(self._codes)
            shown = False
            while not shown:
                # When the lane dies, the guest is still there when it is back.
                with suppress(AssertionError, ConnectionError):
                    async with self._scanning[lane.device]:
                        await lane.scan(code)
                        shown = True


async def assert_nothing_lost(venue: Venue, lanes: Sequence[LaneProcess]) -> Counter[str]:
    """Hold the lanes' lines against the gateway's journal; return how it went.

    Args:
        venue: Its gateway is up; it is shut here.
        lanes: Ended, with everything delivered.
    """
    await venue.delivered(lanes)
    green = [line for lane in lanes for line in lane.scans if line["decision"] in PASSES]
    ids = {line["id"] for line in green}
    confirmed = {(line["id"], line["ticket"]) for line in green if line["assurance"] == "confirmed"}
    twice = [ticket for ticket, times in Counter(t for _, t in confirmed).items() if times > 1]
    assert not twice, "confirmed twice"
    counts = await venue.counts()
    assert await venue.entered() == sum(counts["decisions"][name] for name in PASSES) == len(ids)
    await venue.forwarded()
    await venue.shut()
    store = SqliteStore(venue.data / "gateway.sqlite")
    with store.reading() as session:
        key = open_secrets(venue.data, os.urandom).feed.public
        assert {found.broken for found in verify_journals(session, key)} == {None}
    store.close()
    for lane in lanes:
        cache = Store.open(lane.state / "cache.sqlite")
        with cache.reading() as db:
            rows = db.execute(
                "SELECT previous, hash, body FROM journal ORDER BY sequence"
            ).fetchall()
        cache.close()
        last = bytes(32)
        for previous, hash, body in rows:
            assert previous == last
            assert row_hash(previous, body) == hash
            last = hash
    return Counter(line["assurance"] for line in green) + Counter(
        resumed=sum(line["resumed"] for line in green), conflicts=counts["conflicts"]
    )
