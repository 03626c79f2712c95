"""Sixty requests a minute, by the other side's clock, whatever the network does."""

from __future__ import annotations

import asyncio
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doubles.clock.hand_clock import HandClock
from simulators.infomaniak import Logged, most_in_a_minute
from validator.upstreams.infomaniak.rate_limit import POLLING, ApiRateLimit


class Line:
    """Requests under way on a clock that only waiting moves."""

    def __init__(self, busy_s: float = 0.0) -> None:
        self.hand = HandClock()
        self.rate_limit = ApiRateLimit(self.hand.clock, self.sleep, busy_s)
        self.began_s = self.hand.clock.boot_s()

    async def sleep(self, seconds: float) -> None:
        self.hand.go(math.ceil(seconds * 1000))

    @property
    def now_s(self) -> float:
        return self.hand.clock.boot_s() - self.began_s


async def test_a_third_polls_and_two_thirds_hand_check_ins_over() -> None:
    line = Line()
    for _ in range(POLLING):
        async with line.rate_limit.polling:
            pass
    for _ in range(60 - POLLING):
        async with line.rate_limit.check_ins:
            pass
    assert line.now_s == 0
    async with line.rate_limit.polling:
        assert line.now_s == 60


async def test_what_one_part_leaves_the_other_does_not_get() -> None:
    line = Line()
    for _ in range(60 - POLLING):
        async with line.rate_limit.check_ins:
            pass
    async with line.rate_limit.check_ins:
        assert line.now_s == 60


async def test_five_thousand_check_ins_drain_in_125_minutes_and_a_pass_takes_six() -> None:
    line = Line()
    for _ in range(5_000):
        async with line.rate_limit.check_ins:
            pass
    assert line.now_s == 124 * 60
    began_s = line.now_s
    for _ in range(120):
        async with line.rate_limit.polling:
            pass
    assert line.now_s - began_s == 5 * 60


async def test_another_run_of_the_program_has_used_its_minute() -> None:
    line = Line(busy_s=60.0)
    async with line.rate_limit.polling:
        assert line.now_s == 60


async def test_a_pause_holds_for_both_parts() -> None:
    line = Line()
    line.rate_limit.pause(30)
    async with line.rate_limit.polling:
        assert line.now_s == 30
    async with line.rate_limit.check_ins:
        pass


async def test_a_request_that_failed_has_used_its_slot() -> None:
    line = Line()
    for _ in range(POLLING):
        with pytest.raises(OSError, match="lost"):
            async with line.rate_limit.polling:
                raise OSError("lost")
    async with line.rate_limit.polling:
        assert line.now_s == 60


async def test_a_wait_that_is_cancelled_lets_the_next_one_in() -> None:
    line = Line()
    waits = asyncio.Event()

    async def for_ever(seconds: float) -> None:
        waits.set()
        await asyncio.Event().wait()

    rate_limit = ApiRateLimit(line.hand.clock, for_ever, busy_s=60.0)

    async def request() -> None:
        async with rate_limit.polling:
            pass

    waiting = asyncio.create_task(request())
    await waits.wait()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    line.hand.go(60_000)
    await request()


@given(
    st.lists(
        st.tuples(st.booleans(), st.floats(0, 30), st.floats(0, 1), st.floats(0, 5)), max_size=400
    )
)
def test_no_minute_of_the_other_side_holds_more_than_sixty(
    requests: list[tuple[bool, float, float, float]],
) -> None:
    line = Line()
    log: list[Logged] = []

    async def run() -> None:
        for polling, latency_s, arrives, rest_s in requests:
            share = line.rate_limit.polling if polling else line.rate_limit.check_ins
            async with share:
                # It arrives at some time between being sent and being answered.
                log.append(Logged(line.now_s + latency_s * arrives, "GET", "", 200))
                await line.sleep(latency_s)
            await line.sleep(rest_s)

    asyncio.run(run())
    assert most_in_a_minute(log) <= 60
