"""The poller: follows, backs off loudly, wakes at once, and never stops."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from doubles.boxoffice.box import NOON, TONIGHT
from doubles.clock.hand_clock import HandClock
from doubles.clock.rests import Rests, running
from doubles.upstreams.fake_upstream import FakeUpstream
from validator.errors import FixRequest, NotAllowed, RetryLater, ValidatorError, WireError
from validator.gateway.host.retry_loop import BackOff
from validator.gateway.sources.poller import Poller
from validator.model import Serial
from validator.ports import Changes


class Ledger:
    """The committer's side: what was applied, and the cursor that was stored with it."""

    def __init__(self) -> None:
        self.applied: list[Changes] = []
        self.trouble: Exception | None = None

    async def cursor(self, source: str) -> str:
        assert source == "fake"
        return self.applied[-1].cursor if self.applied else ""

    async def apply(self, source: str, changes: Changes) -> None:
        assert source == "fake"
        if self.trouble:
            raise self.trouble
        self.applied.append(changes)


class Following:
    """A poller with everything around it in the test's hands."""

    def __init__(self) -> None:
        self.upstream = FakeUpstream(page=2, now=NOON)
        self.ledger = Ledger()
        self.rests = Rests()
        self.hand = HandClock()
        self.back_off = BackOff(self.rests.sleep, self.rests.jitter)
        self.poller = Poller(
            self.upstream, self.ledger, self.hand.clock, period_s=2.0, back_off=self.back_off
        )

    def sell(self, *serials: int) -> None:
        for serial in serials:
            self.upstream.sell(Serial(TONIGHT, serial))

    def running(self) -> AbstractAsyncContextManager[None]:
        return running(self.poller.run())


@pytest.fixture
def following() -> Following:
    return Following()


async def test_every_page_is_applied_before_the_next_rest(following: Following) -> None:
    following.sell(1, 2, 3, 4, 5)
    async with following.running():
        assert await following.rests.next() == 2.0
    assert [len(page.listings) for page in following.ledger.applied] == [2, 2, 1]
    assert following.upstream.asked == ["", "2", "4"]
    assert [page.as_of for page in following.ledger.applied] == [None, None, NOON]


async def test_a_pass_that_is_cut_off_is_not_complete(following: Following) -> None:
    following.sell(1, 2, 3)
    following.ledger.trouble = FixRequest("full")
    async with following.running():
        await following.rests.next()
    assert all(page.as_of is None for page in following.ledger.applied)


async def test_a_wake_up_ends_the_rest(following: Following) -> None:
    async with following.running():
        await following.rests.next()
        following.sell(1)
        following.poller.wake()
        await following.rests.next()
    assert len(following.ledger.applied[-1].listings) == 1


async def test_a_wake_up_during_a_pass_is_not_lost(following: Following) -> None:
    following.poller.wake()
    async with following.running():
        await following.rests.next()
    assert following.upstream.asked == ["", "0"]


async def test_after_its_period_it_asks_again(following: Following) -> None:
    async with following.running():
        await following.rests.next()
        following.rests.end()
        await following.rests.next()
    assert len(following.upstream.asked) == 2


@pytest.mark.parametrize("trouble", [RetryLater("down"), NotAllowed("key"), WireError("odd")])
async def test_trouble_backs_off_further_each_time_and_is_logged(
    following: Following, trouble: ValidatorError, caplog: pytest.LogCaptureFixture
) -> None:
    following.upstream.trouble = trouble
    waits: list[float] = []
    async with following.running():
        for _ in range(9):
            waits.append(await following.rests.next())
            following.rests.end()
        following.upstream.trouble = None
        await following.rests.next()
        following.rests.end()
        assert await following.rests.next() == 2.0
    assert waits == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    errors = [line for line in caplog.records if line.levelno >= logging.ERROR]
    assert len(errors) >= 9
    assert str(trouble) in errors[0].getMessage()
    assert following.poller.trouble is None


async def test_jitter_spreads_the_back_off(following: Following) -> None:
    following.rests.jitter_is = 1.0
    following.upstream.trouble = RetryLater("down")
    async with following.running():
        assert await following.rests.next() == 1.0


async def test_a_wake_up_ends_a_back_off(following: Following) -> None:
    following.upstream.trouble = RetryLater("down")
    async with following.running():
        await following.rests.next()
        following.upstream.trouble = None
        following.poller.wake()
        assert await following.rests.next() == 2.0
    assert following.ledger.applied


async def test_a_wake_up_does_not_shorten_what_the_other_side_asked_for(
    following: Following,
) -> None:
    following.upstream.trouble = RetryLater("slowly", after_s=17.0)
    async with following.running():
        assert await following.rests.next() == 17.0
        following.poller.wake()
        assert following.rests.waiting == 1
        assert len(following.upstream.asked) == 1
        following.upstream.trouble = None
        following.rests.end()
        await following.rests.next()
    assert following.ledger.applied


@pytest.mark.parametrize(
    "fault", [FixRequest("refused"), RuntimeError("code 4006381333931"), OSError("disk")]
)
async def test_a_fault_of_ours_does_not_end_the_loop(
    following: Following, fault: Exception
) -> None:
    following.sell(1)
    following.ledger.trouble = fault
    async with following.running():
        await following.rests.next()
        assert following.poller.trouble
        following.ledger.trouble = None
        following.rests.end()
        await following.rests.next()
    assert len(following.ledger.applied[0].listings) == 1


async def test_a_fault_of_ours_is_told_by_its_place_and_shows_no_code(
    following: Following, caplog: pytest.LogCaptureFixture
) -> None:
    following.ledger.trouble = RuntimeError("code 4006381333931")
    async with following.running():
        await following.rests.next()
    assert "RuntimeError, validator.gateway.sources.poller:" in caplog.text
    assert "4006381333931" not in caplog.text


async def test_the_cursor_is_asked_for_anew_after_a_failure(following: Following) -> None:
    following.sell(1, 2, 3)
    async with following.running():
        await following.rests.next()
        following.ledger.applied.clear()
        following.rests.end()
        await following.rests.next()
    assert following.upstream.asked[-2:] == ["", "2"]


def test_the_log_says_for_how_long(caplog: pytest.LogCaptureFixture) -> None:
    async def run(following: Following, step: Callable[[], None]) -> None:
        following.upstream.trouble = RetryLater("down")
        async with following.running():
            await following.rests.next()
            step()
            following.rests.end()
            await following.rests.next()

    following = Following()
    asyncio.run(run(following, lambda: following.hand.go(90_000)))
    assert "for 90 s now" in caplog.text
