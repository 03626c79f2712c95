"""A message that a receiver never takes: set aside, and nothing else waits or comes twice."""

from __future__ import annotations

import asyncio
import base64
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from doubles.clock.rests import Rests, running
from doubles.gateway.committer_with_devices import Venue, cancelled, token
from validator.gateway.hooks.settings import TYPES, HookSettings
from validator.gateway.hooks.webhook import Webhook
from validator.gateway.host.retry_loop import BackOff
from validator.gateway.ledger.claims import answer_check_in
from validator.model import DeviceId

KEY = "whsec_" + base64.b64encode(bytes(range(32))).decode()
IDLE_S = 2.0


@dataclass
class Receiver:
    """Somebody else's server.

    Attributes:
        status: What it answers to those that it does not take; None = it hangs up.
        bad: Ids that it never takes.
        takes: So many messages more, then none; None = all.
        after: `Retry-After` of such an answer.
        posts: Ids as they came.
        taken: Ids that it took.
    """

    status: int | None = 404
    bad: set[str] = field(default_factory=set)
    takes: int | None = None
    after: str = ""
    posts: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.StreamResponse:
        await request.read()
        id = request.headers["webhook-id"]
        self.posts.append(id)
        if id not in self.bad and self.takes != 0:
            self.takes = None if self.takes is None else self.takes - 1
            self.taken.append(id)
            return web.Response()
        if self.status is None:
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        return web.Response(
            status=self.status, headers={"Retry-After": self.after} if self.after else {}
        )


@dataclass
class Telling:
    """A hook with everything around it in the test's hands."""

    venue: Venue
    url: str
    receiver: Receiver
    rests: Rests = field(default_factory=Rests)
    events: tuple[str, ...] = TYPES

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Webhook]:
        """Tell; the hook has come to its first rest when the block begins."""
        settings = HookSettings(self.url, KEY, self.events)
        back_off = BackOff(self.rests.sleep, self.rests.jitter, most_s=600.0)
        clock = self.venue.hand.clock
        hook = Webhook("crm", settings, "Town hall", self.venue.committer, clock, back_off)
        async with running(hook.run()):
            self.first_s = await self.rests.next()
            yield hook

    async def rest(self, times: int = 1) -> float:
        """End the present rest, and so many in all; return the length of the next one."""
        seconds = 0.0
        for _ in range(times):
            self.rests.end()
            seconds = await self.rests.next()
        return seconds

    async def idle(self) -> None:
        """Go on until there is nothing to tell."""
        rests = 0
        while await self.rest() != IDLE_S:
            rests += 1
            assert rests < 500, "it never comes to rest"

    async def entries(self, count: int) -> list[str]:
        """Let so many guests in."""
        lane, ids = self.venue.lane(), list[str]()
        for _ in range(count):
            scan = lane.scan(token(self._serial()))
            await answer_check_in(self.venue.committer, DeviceId("api:1"), scan, "a")
            ids.append(scan.id)
        return ids

    _sold: int = 0

    def _serial(self) -> int:
        self._sold += 1
        return self._sold


@pytest.fixture
async def telling(tmp_path: Path) -> AsyncIterator[Telling]:
    venue, receiver = await Venue(tmp_path / "gateway.sqlite").start(), Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.take)
    async with TestServer(app) as server:
        yield Telling(venue, str(server.make_url("/hook")), receiver)
    await venue.stop()


@pytest.mark.parametrize("status", [404, 409, 410, 500, None])
async def test_a_message_that_is_never_taken_holds_nothing_up_and_nothing_else_comes_twice(
    telling: Telling, status: int | None
) -> None:
    receiver = telling.receiver
    receiver.status = status
    async with telling.running() as hook:
        ids = await telling.entries(60)
        receiver.bad = {ids[0]}
        await telling.idle()
        assert Counter(receiver.posts) == Counter(ids)
        assert Counter(receiver.taken) == Counter(ids[1:])
        (told,) = hook.alarms()
        assert ids[0] in told


async def test_what_was_set_aside_is_tried_ever_more_seldom_until_it_is_taken(
    telling: Telling,
) -> None:
    receiver = telling.receiver
    async with telling.running() as hook:
        (bad, *_) = await telling.entries(3)
        receiver.bad = {bad}
        await telling.idle()
        for tries, seconds in enumerate((2, 4, 8), 1):
            telling.venue.hand.go(seconds * 1000 - 1)
            await telling.rest()
            assert receiver.posts.count(bad) == tries
            telling.venue.hand.go(1)
            await telling.rest()
            assert receiver.posts.count(bad) == tries + 1
        receiver.bad.clear()
        telling.venue.hand.go(16_000)
        await telling.rest()
        assert receiver.taken.count(bad) == 1
        assert hook.alarms() == ()
        telling.venue.hand.go(3_600_000)
        await telling.rest()
    assert max(Counter(receiver.taken).values()) == 1


async def test_what_was_set_aside_is_told_after_a_restart_and_nothing_else(
    telling: Telling,
) -> None:
    receiver, venue = telling.receiver, telling.venue
    async with telling.running():
        ids = await telling.entries(12)
        await venue.apply(revocations=(cancelled(1), cancelled(2)))
        with venue.store.reading() as session:
            last = session.revocations.last()
        receiver.bad = {ids[0], ids[11], f"cancellation-{last}"}
        await telling.idle()
        receiver.posts.clear()
    for restarts in (1, 2):
        await venue.restart()
        async with telling.running() as hook:
            await telling.idle()
            assert Counter(receiver.posts) == dict.fromkeys(receiver.bad, restarts)
            assert all(any(id in told for told in hook.alarms()) for id in receiver.bad)
    receiver.bad.clear()
    receiver.taken.clear()
    await venue.restart()
    async with telling.running() as hook:
        assert sorted(receiver.taken) == sorted({ids[0], ids[11], f"cancellation-{last}"})
        assert hook.alarms() == ()


async def test_a_restart_in_the_middle_of_a_page_tells_nothing_twice(telling: Telling) -> None:
    receiver = telling.receiver
    async with telling.running():
        receiver.takes = 19
        ids = await telling.entries(45)
        while await telling.rest() == IDLE_S:
            continue
    receiver.takes = None
    await telling.venue.restart()
    async with telling.running():
        if telling.first_s != IDLE_S:
            await telling.idle()
    assert Counter(receiver.taken) == Counter(ids)


async def test_a_receiver_that_is_down_is_not_asked_message_by_message(telling: Telling) -> None:
    receiver = telling.receiver
    receiver.takes, receiver.status = 0, 500
    async with telling.running() as hook:
        ids = await telling.entries(60)
        waits = [await telling.rest() for _ in range(4)]
        assert waits == [0.5, 1.0, 2.0, 4.0]
        assert len(receiver.posts) == 8 + 3 * 2
        hook.wake()
        await asyncio.sleep(0)
        assert telling.rests.waiting == 1
        assert "500" in str(hook.trouble)
        receiver.takes = None
        await telling.idle()
        assert (hook.trouble, hook.alarms()) == (None, ())
    assert Counter(receiver.taken) == Counter(ids)


@pytest.mark.parametrize(
    ("status", "after", "rest_s"), [(429, "7", 7), (503, "7", 7), (429, "", 0.5)]
)
async def test_a_receiver_that_asks_to_wait_is_not_told_again_what_it_has_taken(
    telling: Telling, status: int, after: str, rest_s: float
) -> None:
    receiver = telling.receiver
    receiver.takes, receiver.status, receiver.after = 5, status, after
    async with telling.running() as hook:
        ids = await telling.entries(10)
        assert await telling.rest() == rest_s
        assert len(receiver.posts) == 8
        receiver.takes = None
        await telling.idle()
        assert hook.alarms() == ()
    assert Counter(receiver.taken) == Counter(ids)


async def test_bad_messages_side_by_side_hold_nothing_up_for_ever(telling: Telling) -> None:
    receiver = telling.receiver
    async with telling.running():
        ids = await telling.entries(40)
        good = await telling.entries(40)
        receiver.bad = set(ids)
        await telling.idle()
    assert Counter(receiver.taken) == Counter(good)


async def test_what_is_not_wanted_is_passed_by_without_a_rest(telling: Telling) -> None:
    receiver = telling.receiver
    telling.events = ("exit", "refusal")
    async with telling.running():
        await telling.entries(120)
        scan = telling.venue.lane().scan("nobody's")
        await answer_check_in(telling.venue.committer, DeviceId("api:1"), scan, "a")
        assert await telling.rest() == IDLE_S
        assert receiver.taken == [scan.id]


async def test_what_was_set_aside_is_tried_again_although_no_more_can_be(
    telling: Telling,
) -> None:
    receiver = telling.receiver
    async with telling.running() as hook:
        ids = await telling.entries(420)
        receiver.bad = set(ids[::2])
        for _ in range(30):
            await telling.rest()
        assert hook.trouble
        receiver.bad = set(ids[-20::2])
        for _ in range(400):
            telling.venue.hand.go(3_600_000)
            if await telling.rest() == IDLE_S:
                break
    assert set(receiver.taken) == set(ids) - receiver.bad


async def test_when_too_many_are_set_aside_the_others_wait_and_none_is_lost(
    telling: Telling,
) -> None:
    receiver = telling.receiver
    async with telling.running() as hook:
        ids = await telling.entries(500)
        receiver.bad = set(ids[::2])
        while await telling.rest() == IDLE_S:
            continue
        assert "200 messages" in str(hook.trouble)
        assert len(hook.alarms()) < 10
        receiver.bad.clear()
        for _ in range(30):
            telling.venue.hand.go(3_600_000)
            await telling.rest()
        assert hook.alarms() == ()
    assert Counter(receiver.taken) == Counter(ids)
