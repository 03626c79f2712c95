"""After the light: who went through, who did not, who was sent away, who was overruled."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from doubles.gateway.committer_with_devices import token
from doubles.lane.counting_door import GROUP, CountingDoor, people
from scanner.lane.lane import NOT_ENTERED, NOT_HELD, NOT_REFUSED
from validator.admission import Shown
from validator.model import Decision, Kind, Reason, UseState


@pytest.fixture
def door(tmp_path: Path) -> Iterator[CountingDoor]:
    made = CountingDoor(tmp_path)
    yield made
    made.cache.close()


async def test_at_a_turnstile_a_green_waits_for_the_passage_and_counts_meanwhile(
    door: CountingDoor,
) -> None:
    shown = await door.scan(GROUP)
    assert shown.held
    assert [event.kind for event in door.events] == [Kind.HOLD]
    assert people(door) == [(4, UseState.HELD)]
    assert (await door.scan(GROUP)).verdict.reason is Reason.ALREADY_USED


async def test_only_who_went_through_is_counted(door: CountingDoor) -> None:
    shown = await door.scan(GROUP)
    assert door.lane.confirm(shown.id, 3) is None
    assert people(door) == [(3, UseState.DONE)]
    assert door.lane.confirm(shown.id) is NOT_HELD
    assert door.lane.release(shown.id) is NOT_HELD
    assert (await door.scan(GROUP)).verdict.count == 1


async def test_a_guest_who_turns_round_is_not_counted_and_may_come_back(door: CountingDoor) -> None:
    shown = await door.scan(GROUP)
    assert door.lane.release(shown.id) is None
    assert people(door) == []
    assert (await door.scan(GROUP)).verdict.passes


async def test_after_thirty_seconds_the_lane_gives_the_entry_up(door: CountingDoor) -> None:
    shown = await door.scan(GROUP)
    door.after(29)
    door.lane.expire()
    assert people(door) == [(4, UseState.HELD)]
    door.after(1)
    door.lane.expire()
    assert people(door) == []
    assert (door.events[-1].kind, door.events[-1].of) == (Kind.RELEASE, shown.id)


async def test_a_guest_at_a_turnstile_that_lost_power_is_shown_the_same_green_once(
    door: CountingDoor,
) -> None:
    shown = await door.scan(GROUP)
    door.restart()
    again = await door.scan(GROUP)
    assert (again.id, again.held, again.verdict.resumed) == (shown.id, True, True)
    assert door.lane.confirm(shown.id) is None
    assert people(door) == [(4, UseState.DONE)]


async def test_an_entry_held_before_a_crash_is_given_up_when_nobody_comes(
    door: CountingDoor,
) -> None:
    await door.scan(GROUP)
    door.restart()
    door.lane.expire()
    assert people(door) == [(4, UseState.HELD)]
    door.after(30)
    door.lane.expire()
    assert people(door) == []
    assert (await door.scan(GROUP)).verdict.passes


async def test_a_guest_who_is_sent_away_may_come_back_once_undone_not_twice(
    door: CountingDoor,
) -> None:
    shown = await door.scan(GROUP)
    door.lane.confirm(shown.id)
    assert door.lane.undo(shown.id) is None
    assert door.lane.undo(shown.id) is NOT_ENTERED
    assert people(door) == []
    assert (await door.scan(GROUP)).verdict.passes


async def test_a_refusal_is_overruled_once_and_the_entry_names_it(door: CountingDoor) -> None:
    first = await door.scan(GROUP)
    door.lane.confirm(first.id)
    refused = await door.scan(GROUP)
    assert door.lane.override(first.id) is NOT_REFUSED
    shown = door.lane.override(refused.id, 2)
    assert isinstance(shown, Shown)
    assert (shown.verdict.decision, shown.verdict.count, shown.held) == (Decision.ADMIT, 2, True)
    entry = door.events[-1]
    assert (entry.override_by, entry.of, entry.kind) == (True, refused.id, Kind.HOLD)
    assert door.lane.override(refused.id) is NOT_REFUSED
    assert door.lane.undo(shown.id) is None
    assert people(door) == [(4, UseState.DONE)]


async def test_what_follows_an_entry_is_owed_with_its_ticket(door: CountingDoor) -> None:
    shown = await door.scan(GROUP)
    door.lane.release(shown.id)
    await door.scan(token(2))
    assert [event.ticket for event in door.events] == ["5.1", "5.1", "5.2"]
