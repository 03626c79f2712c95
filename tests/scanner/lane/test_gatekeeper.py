"""A turnstile opens only for whom the lane admits, and only who went through is counted."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from device.errors import DeviceError
from doubles.gateway.committer_with_devices import token
from doubles.lane.counting_door import GROUP, CountingDoor, people
from doubles.lane.failing_parts import Mistake
from scanner.lane.gatekeeper import UNCOUNTED, Gatekeeper
from validator.model import Fault, Kind, UseState


class Arms:
    """A turnstile through which so many people go, one after the other."""

    def __init__(self, people: int, broken: bool = False) -> None:
        self.left, self.opened, self.broken = people, 0, broken
        self.waits: asyncio.Event | None = None
        self.mistake: Exception | None = None

    async def let_one(self, wait_s: float) -> bool:
        self.opened += 1
        if self.waits is not None and self.left == 0:
            await self.waits.wait()
        if self.mistake is not None:
            raise self.mistake
        if self.broken:
            raise DeviceError("The board is gone. Plug it in.")
        self.left -= 1
        return self.left >= 0

    def close(self) -> None: ...


def raised(error: Exception) -> None:
    """No mistake of ours is expected."""
    raise error


@pytest.fixture
def door(tmp_path: Path) -> Iterator[CountingDoor]:
    made = CountingDoor(tmp_path)
    yield made
    made.cache.close()


async def test_who_went_through_is_counted_and_the_rest_of_the_group_may_come_back(
    door: CountingDoor,
) -> None:
    keeper = Gatekeeper(door.lane, arms := Arms(people=3), pytest.fail, raised)
    keeper.follow(await door.scan(GROUP))
    await keeper.settled()
    assert arms.opened == 4
    assert people(door) == [(3, UseState.DONE)]


async def test_a_whole_group_goes_through_however_long_it_takes(door: CountingDoor) -> None:
    arms = Arms(people=4)
    keeper = Gatekeeper(door.lane, arms, pytest.fail, raised)
    shown = await door.scan(GROUP)
    door.after(29)
    assert door.lane.passing(shown.id)
    door.after(29)
    door.lane.expire()
    keeper.follow(shown)
    await keeper.settled()
    assert people(door) == [(4, UseState.DONE)]


async def test_nobody_went_through_so_the_entry_is_given_up_at_once(door: CountingDoor) -> None:
    keeper = Gatekeeper(door.lane, Arms(people=0), pytest.fail, raised)
    keeper.follow(await door.scan(GROUP))
    await keeper.settled()
    assert [event.kind for event in door.events] == [Kind.HOLD, Kind.RELEASE]
    assert people(door) == []


async def test_an_entry_that_was_given_up_meanwhile_opens_nothing(door: CountingDoor) -> None:
    keeper = Gatekeeper(door.lane, arms := Arms(people=4), pytest.fail, raised)
    shown = await door.scan(GROUP)
    door.after(30)
    door.lane.expire()
    keeper.follow(shown)
    await keeper.settled()
    assert arms.opened == 0


async def test_a_refused_ticket_and_a_fault_open_nothing(door: CountingDoor) -> None:
    keeper = Gatekeeper(door.lane, arms := Arms(people=4), pytest.fail, raised)
    keeper.follow(await door.scan(token(1)[:-9] + "AAAAAAAA."))
    keeper.follow(Fault("The disk is full.", "Free space."))
    keeper.follow(None)
    await keeper.settled()
    assert arms.opened == 0


async def test_a_turnstile_that_breaks_is_a_fault_and_its_guest_may_come_back(
    door: CountingDoor,
) -> None:
    keeper = Gatekeeper(door.lane, arms := Arms(people=4, broken=True), pytest.fail, raised)
    keeper.follow(await door.scan(GROUP))
    await keeper.settled()
    assert people(door) == []
    arms.broken = False
    keeper.follow(await door.scan(GROUP))
    await keeper.settled()
    assert people(door) == [(4, UseState.DONE)]


async def test_a_mistake_of_ours_at_the_turnstile_is_told_and_its_guest_may_come_back(
    door: CountingDoor,
) -> None:
    told: list[Exception] = []
    keeper = Gatekeeper(door.lane, arms := Arms(people=4), pytest.fail, told.append)
    arms.mistake = Mistake()
    keeper.follow(await door.scan(GROUP))
    await keeper.settled()
    assert told == [arms.mistake]
    assert people(door) == []


async def test_a_lane_that_is_stopped_counts_who_is_through_already(door: CountingDoor) -> None:
    arms = Arms(people=1)
    keeper = Gatekeeper(door.lane, arms, pytest.fail, raised)
    shown = await door.scan(GROUP)
    arms.left, arms.waits = 1, asyncio.Event()
    keeper.follow(shown)
    while arms.opened < 2:  # noqa: ASYNC110 - its turn comes with the loop's next
        await asyncio.sleep(0)
    entry = next(task for task in asyncio.all_tasks() if task is not asyncio.current_task())
    entry.cancel()
    await keeper.settled()
    assert people(door) == [(1, UseState.DONE)]


async def test_a_gate_that_counts_passages_without_a_turnstile_is_told_once(
    door: CountingDoor,
) -> None:
    told: list[str] = []
    keeper = Gatekeeper(door.lane, None, told.append, raised)
    keeper.follow(await door.scan(token(1)))
    keeper.follow(await door.scan(token(2)))
    assert told == [UNCOUNTED]
