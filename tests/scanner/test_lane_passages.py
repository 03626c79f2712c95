"""After the light: who went through, who did not, who was sent away, who was overruled."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from doubles.evening import DEVICE, GATE, NOW
from doubles.feed_source import CODE_KEY, FEED_KEY, FeedSource
from doubles.hand_clock import HandClock
from doubles.venue import plan, token
from offline_cache.cache import Cache
from offline_cache.identity import Identity
from scanner.lane import NOT_ENTERED, NOT_HELD, NOT_REFUSED, Lane
from validator.admission import Shown, read_scan
from validator.model import (
    Assignment,
    CheckIn,
    CheckInId,
    CountMode,
    Decision,
    Entry,
    Fault,
    Kind,
    Reason,
    Scan,
    UseState,
    Verdict,
)
from validator.wire.codec import unpack
from validator.wire.messages import ClaimRequest
from validator.wire.rows import entry_row


class Alone:
    """A link that is down, a light that nobody looks at."""

    connected = False
    offset_ms: int | None = None

    async def claim(self, request: ClaimRequest) -> Verdict | None:
        return None

    def give_back(self, id: CheckInId) -> None: ...

    def wake(self) -> None: ...

    def show(self, shown: Shown | Fault, elapsed_ms: float) -> None: ...


class Turnstile:
    """A lane at a gate that counts who goes through; its power may fail."""

    def __init__(self, folder: Path) -> None:
        self.hand, self._folder, self._numbers = HandClock(), folder, iter(range(1, 1_000))
        self.start()
        source, evening = FeedSource(), plan()
        self.cache.apply(source.snapshot("catalogue"))
        entries: list[Entry] = [*evening.performances.values(), *evening.keys.values()]
        gate = replace(GATE, count_mode=CountMode.HOLD)
        rows = map(entry_row, (*entries, gate, Assignment(DEVICE, "a")))
        self.cache.apply(source.delta("catalogue", *rows))

    def start(self) -> None:
        identity = Identity(DEVICE, "secret", "localhost:8443", "PEM", FEED_KEY.public, CODE_KEY)
        path = self._folder / "cache.sqlite"
        self.cache = Cache.open(path, self.hand.clock, identity, "boot-1")
        entropy = lambda size: next(self._numbers).to_bytes(size, "big")  # noqa: E731
        self.lane = Lane(DEVICE, self.cache, Alone(), Alone(), self.hand.clock, entropy)

    def restart(self) -> None:
        self.cache.close()
        self.start()

    def after(self, seconds: int) -> None:
        self.hand.go(seconds * 1_000)

    async def scan(self, text: str, count: int | None = None) -> Shown:
        self.after(6)
        shown = await self.lane.take(text, count=count)
        assert isinstance(shown, Shown)
        return shown

    @property
    def events(self) -> list[CheckIn]:
        return [unpack(CheckIn, row.body) for row in self.cache.owed()]


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Turnstile]:
    made = Turnstile(tmp_path)
    yield made
    made.cache.close()


def people(door: Turnstile, text: str = token(1, admits=4)) -> list[tuple[int, UseState]]:
    reading = read_scan(Scan(CheckInId("x"), text, NOW), door.cache.ring)
    facts = door.cache.facts(reading, GATE, NOW)
    return [(use.count, use.state) for use in facts.uses]


GROUP = token(1, admits=4)


async def test_at_a_turnstile_a_green_waits_for_the_passage_and_counts_meanwhile(
    door: Turnstile,
) -> None:
    shown = await door.scan(GROUP)
    assert shown.held
    assert [event.kind for event in door.events] == [Kind.HOLD]
    assert people(door) == [(4, UseState.HELD)]
    assert (await door.scan(GROUP)).verdict.reason is Reason.ALREADY_USED


async def test_only_who_went_through_is_counted(door: Turnstile) -> None:
    shown = await door.scan(GROUP)
    assert door.lane.confirm(shown.id, 3) is None
    assert people(door) == [(3, UseState.DONE)]
    assert door.lane.confirm(shown.id) is NOT_HELD
    assert door.lane.release(shown.id) is NOT_HELD
    assert (await door.scan(GROUP)).verdict.count == 1


async def test_a_guest_who_turns_round_is_not_counted_and_may_come_back(door: Turnstile) -> None:
    shown = await door.scan(GROUP)
    assert door.lane.release(shown.id) is None
    assert people(door) == []
    assert (await door.scan(GROUP)).verdict.passes


async def test_after_thirty_seconds_the_lane_gives_the_entry_up(door: Turnstile) -> None:
    shown = await door.scan(GROUP)
    door.after(29)
    door.lane.expire()
    assert people(door) == [(4, UseState.HELD)]
    door.after(1)
    door.lane.expire()
    assert people(door) == []
    assert (door.events[-1].kind, door.events[-1].of) == (Kind.RELEASE, shown.id)


async def test_a_guest_at_a_turnstile_that_lost_power_is_shown_the_same_green_once(
    door: Turnstile,
) -> None:
    shown = await door.scan(GROUP)
    door.restart()
    again = await door.scan(GROUP)
    assert (again.id, again.held, again.verdict.resumed) == (shown.id, True, True)
    assert door.lane.confirm(shown.id) is None
    assert people(door) == [(4, UseState.DONE)]


async def test_an_entry_held_before_a_crash_is_given_up_when_nobody_comes(door: Turnstile) -> None:
    await door.scan(GROUP)
    door.restart()
    door.lane.expire()
    assert people(door) == [(4, UseState.HELD)]
    door.after(30)
    door.lane.expire()
    assert people(door) == []
    assert (await door.scan(GROUP)).verdict.passes


async def test_a_guest_who_is_sent_away_may_come_back_once_undone_not_twice(
    door: Turnstile,
) -> None:
    shown = await door.scan(GROUP)
    door.lane.confirm(shown.id)
    assert door.lane.undo(shown.id) is None
    assert door.lane.undo(shown.id) is NOT_ENTERED
    assert people(door) == []
    assert (await door.scan(GROUP)).verdict.passes


async def test_a_refusal_is_overruled_once_and_the_entry_names_it(door: Turnstile) -> None:
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


async def test_what_follows_an_entry_is_owed_with_its_ticket(door: Turnstile) -> None:
    shown = await door.scan(GROUP)
    door.lane.release(shown.id)
    await door.scan(token(2))
    assert [event.ticket for event in door.events] == ["5.1", "5.1", "5.2"]
