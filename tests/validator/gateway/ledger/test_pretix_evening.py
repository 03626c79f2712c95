"""An evening sold by a pretix, judged by the gateway and by a lane that is alone, alike."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from doubles.clock.hand_clock import HandClock
from doubles.gateway.committer_with_devices import CODE_KEY, Lane, Venue
from doubles.store.device_cache import identity, settled
from doubles.upstreams.pretix_shop import Shop, pretix_shop
from offline_cache.cache import Cache
from simulators.pretix_desk import ADULT, DOOR, VIP, WORKSHOP, check_in_list, product
from validator.admission import check_in_of
from validator.gateway.sources.followed_source import SourceLedger
from validator.judge import judge
from validator.model import CheckIn, DeviceId, Gate, Reason, Verdict
from validator.ports import Report
from validator.token import read

LESSON = 3


class Evening:
    """A pretix, the gateway that follows it, and a lane's cache."""

    def __init__(self, shop: Shop, venue: Venue, cache: Cache) -> None:
        self.shop, self.desk, self.venue, self.cache = shop, shop.desk, venue, cache

    async def sync(self) -> None:
        """Follow pretix, and let the lane hear of it."""
        await SourceLedger(self.venue.committer).apply("pretix", await self.shop.news())
        await self.venue.uses_publisher.cut()
        for position in self.cache.knowledge.positions({stream for stream, _ in self.venue.frames}):
            for frame in self.venue.backlog.frames_since(position):
                self.cache.knowledge.apply(frame)
                settled(self.cache)
        self.cache.knowledge.apply(self.venue.heartbeats.heartbeat())

    def lane(self, list_: int) -> Lane:
        """Return a lane at a check-in list."""
        return Lane(self.venue, DeviceId("lane-3"), self.gate(list_))

    def gate(self, list_: int) -> Gate:
        """Return a check-in list's gate."""
        return self.cache.catalogue.gates[f"pretix-{list_}"]

    def alone(self, secret: str, list_: int) -> Verdict:
        """Return what the lane says without the gateway."""
        reading, gate = read(secret, self.cache.ring), self.gate(list_)
        now = self.venue.hand.clock.now()
        return judge(self.cache.facts(reading, gate, now), reading, gate, now)

    async def lets_in_alone(self, secret: str, list_: int) -> CheckIn:
        """Let a guest in without the gateway, and deliver that afterwards."""
        lane, reading = self.lane(list_), read(secret, self.cache.ring)
        verdict = self.alone(secret, list_)
        assert verdict.passes
        event = check_in_of(lane.scan(secret), lane.gate, lane.device, 0, reading, verdict)
        lane.append(event)
        await lane.upload()
        return event

    async def asked(self, secret: str, list_: int) -> Verdict:
        """Return what the gateway says; it reserves the entry."""
        lane = self.lane(list_)
        return await lane.claim(lane.scan(secret))


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Evening]:
    async with pretix_shop(folder) as shop:
        shop.desk.items.append(product(WORKSHOP, "Workshop"))
        lesson = {"all_products": False, "limit_products": [WORKSHOP], "addon_match": True}
        shop.desk.lists.append(check_in_list(LESSON, "Workshop", **lesson))
        venue = await Venue(folder / "gateway.sqlite").start()
        own = replace(identity(), code_key=CODE_KEY)
        cache = Cache.open(folder / "cache.sqlite", HandClock().clock, own, "boot-1")
        yield Evening(shop, venue, cache)
        cache.close()
        await venue.stop()


@pytest.fixture
async def evening(tmp_path: Path) -> AsyncIterator[Evening]:
    async with opened(tmp_path) as made:
        yield made


async def test_an_add_on_stands_for_its_ticket_where_its_list_says_so(evening: Evening) -> None:
    first, lesson = evening.desk.sell(ADULT, WORKSHOP)
    await evening.sync()
    code = str(first["secret"])
    assert evening.alone(code, DOOR).ticket.id == f"pretix:{first['id']}"  # type: ignore[union-attr]
    assert evening.alone(code, LESSON).ticket.id == f"pretix:{lesson['id']}"  # type: ignore[union-attr]
    verdict = await evening.lane(LESSON).admits(code)
    assert verdict.passes
    again = await evening.asked(str(lesson["secret"]), LESSON)
    assert again.reason is Reason.ALREADY_USED
    assert (await evening.asked(code, DOOR)).passes


async def test_an_add_on_let_in_alone_is_filed_as_the_add_on(evening: Evening) -> None:
    first, lesson = evening.desk.sell(ADULT, WORKSHOP)
    await evening.sync()
    event = await evening.lets_in_alone(str(first["secret"]), LESSON)
    again = await evening.asked(str(lesson["secret"]), LESSON)
    assert again.reason is Reason.ALREADY_USED
    outcomes = await evening.shop.upstream.report([Report(event, None)])
    assert outcomes[0].accepted
    assert evening.desk.nonces(lesson["id"]) == [event.id]


async def test_a_blocked_add_on_does_not_stand_in(evening: Evening) -> None:
    first, lesson = evening.desk.sell(ADULT, WORKSHOP)
    evening.desk.block(lesson["id"])
    await evening.sync()
    assert evening.alone(str(first["secret"]), LESSON).reason is Reason.BLOCKED
    assert (await evening.asked(str(first["secret"]), LESSON)).reason is Reason.BLOCKED


async def test_a_changed_tickets_new_code_works_and_stays_used(evening: Evening) -> None:
    used, fresh = evening.desk.sell()[0], evening.desk.sell()[0]
    old = [str(row["secret"]) for row in (used, fresh)]
    evening.desk.check_in(used["id"])
    await evening.sync()
    new = [evening.desk.change_code(row["id"]) for row in (used, fresh)]
    await evening.sync()
    for code in old:
        assert evening.alone(code, DOOR).reason is Reason.EXCHANGED
        assert (await evening.asked(code, DOOR)).reason is Reason.EXCHANGED
    assert evening.alone(new[0], DOOR).reason is Reason.ALREADY_USED
    assert (await evening.asked(new[0], DOOR)).reason is Reason.ALREADY_USED
    assert evening.alone(new[1], DOOR).passes
    assert (await evening.asked(new[1], DOOR)).passes


async def test_a_code_revoked_before_anybody_heard_of_it_is_refused_as_such(
    evening: Evening,
) -> None:
    (row,) = evening.desk.sell()
    old = str(row["secret"])
    evening.desk.change_code(row["id"])
    await evening.sync()
    assert evening.alone(old, DOOR).reason is Reason.EXCHANGED
    assert (await evening.asked(old, DOOR)).reason is Reason.EXCHANGED


async def test_an_entry_with_another_device_counts_at_that_list_only(evening: Evening) -> None:
    (row,) = evening.desk.sell()
    evening.desk.check_in(row["id"], VIP)
    await evening.sync()
    code = str(row["secret"])
    assert evening.alone(code, VIP).reason is Reason.ALREADY_USED
    assert evening.alone(code, DOOR).passes


async def test_an_entry_elsewhere_makes_a_conflict_of_one_that_was_let_in_alone(
    evening: Evening,
) -> None:
    (row,) = evening.desk.sell()
    await evening.sync()
    evening.desk.check_in(row["id"], DOOR)
    evening.venue.hand.go(60_000)
    await evening.lets_in_alone(str(row["secret"]), DOOR)
    await evening.sync()
    assert len(evening.venue.told) == 1
