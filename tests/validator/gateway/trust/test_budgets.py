"""What one device may use: more has to be earned first, and who does not stop is let go."""

from __future__ import annotations

import pytest

from validator.gateway.trust.budgets import BULK, KEPT, PATIENCE_S, TALK, Budget, Budgets
from validator.gateway.trust.rate_limit import TooOften
from validator.model import DeviceId

LIAR, HONEST = DeviceId("liar"), DeviceId("honest")


class Time:
    """Seconds that pass when somebody sleeps."""

    def __init__(self) -> None:
        self.now_s = 1_000.0
        self.slept_s: list[float] = []

    def __call__(self) -> float:
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)
        self.now_s += seconds


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def budgets(time: Time) -> Budgets:
    return Budgets(time, time.sleep)


@pytest.fixture
def budget(budgets: Budgets) -> Budget:
    return budgets.of(LIAR)


async def test_a_scanner_never_waits(time: Time, budget: Budget) -> None:
    """Ten hours of two guests a second, each with a claim, a row and its receipts."""
    for _ in range(20 * 3600):
        for _ in range(10):
            assert await budget.talk(1)
        await budget.bring(2, 1_000)
        time.now_s += 0.5
    assert not time.slept_s


async def test_a_lane_that_was_alone_for_an_evening_hands_everything_over_at_once(
    time: Time, budget: Budget
) -> None:
    for _ in range(40):
        assert await budget.talk(1 + 250_000 / 4_096)
        await budget.bring(500, 500 * 600)
    assert not time.slept_s


async def test_a_flood_comes_as_quickly_as_it_is_earned_and_then_not_at_all(
    time: Time, budget: Budget
) -> None:
    since_s, count = time.now_s, 0
    while await budget.talk(1):
        count += 1
        assert count <= TALK.most + TALK.rate * (time.now_s - since_s) + 1
    assert PATIENCE_S < time.now_s - since_s < PATIENCE_S + 5


async def test_who_pauses_is_not_let_go(time: Time, budget: Budget) -> None:
    for _ in range(20):
        for _ in range(int(TALK.most + 10 * TALK.rate)):
            assert await budget.talk(1)
        time.now_s += 1


async def test_rows_and_bytes_wait_until_those_before_are_earned(
    time: Time, budget: Budget
) -> None:
    await budget.bring(BULK.most + 10 * BULK.rate)
    assert not time.slept_s
    await budget.bring(1)
    assert time.slept_s == [pytest.approx(10)]
    time.now_s += 3_600
    await budget.bring(0, int(KEPT.most + 20 * KEPT.rate))
    await budget.bring(0, 1)
    assert time.slept_s[1:] == [pytest.approx(20)]


async def test_over_all_its_connections_a_device_has_one_budget_and_others_have_theirs(
    time: Time, budgets: Budgets
) -> None:
    with pytest.raises(TooOften):
        while True:
            await budgets.of(LIAR).ask(100)
    slept_s = len(time.slept_s)
    await budgets.of(HONEST).ask()
    assert (len(time.slept_s), budgets.overspent()) == (slept_s, (LIAR,))
    time.now_s += 60
    await budgets.of(LIAR).ask()
    assert budgets.overspent() == ()
