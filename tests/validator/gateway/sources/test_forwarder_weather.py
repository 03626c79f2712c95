"""The way back in any weather: none lost, none twice, each ticket's check-ins in their order."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from enum import Enum, auto

from hypothesis import given, settings
from hypothesis import strategies as st

from doubles.boxoffice.box import TONIGHT, check_in
from doubles.clock.hand_clock import HandClock
from doubles.clock.rests import running
from doubles.upstreams.fake_upstream import FakeUpstream
from validator.errors import FixRequest, NotAllowed, RetryLater, WireError
from validator.gateway.host.retry_loop import BackOff
from validator.gateway.sources.forwarder import Forwarder
from validator.model import CheckInId, Serial
from validator.ports import Outcome, Report


class Mood(Enum):
    """How the ticketing system, or the gateway's disk, takes one delivery."""

    FINE = auto()
    DOWN = auto()
    ASKS_TO_WAIT = auto()
    SHUT = auto()
    HALF = auto()
    ANSWER_LOST = auto()
    NONSENSE = auto()
    OTHERS = auto()
    DISK = auto()
    KILLED = auto()


class Weather(FakeUpstream):
    """A ticketing system with moods; in the end it is fine."""

    def __init__(self, moods: Sequence[Mood]) -> None:
        super().__init__()
        self.moods = list(moods)
        self.mood = Mood.FINE

    async def report(self, reports: Sequence[Report]) -> Sequence[Outcome]:
        self.mood = self.moods.pop(0) if self.moods else Mood.FINE
        match self.mood:
            case Mood.DOWN:
                raise RetryLater("down")
            case Mood.ASKS_TO_WAIT:
                raise RetryLater("slowly", after_s=17)
            case Mood.SHUT:
                raise NotAllowed("wrong key")
            case Mood.HALF:
                await super().report(reports[: len(reports) // 2])
                raise RetryLater("half of it")
            case Mood.NONSENSE:
                raise WireError("no JSON")
        outcomes = await super().report(reports)
        if self.mood is Mood.ANSWER_LOST:
            raise RetryLater("what was the answer?")
        if self.mood is Mood.OTHERS:
            return [Outcome(CheckInId("another"), True), *outcomes[1:]]
        return outcomes


class Disk:
    """The durable outbox; a killed gateway finds it as it was."""

    def __init__(self, upstream: Weather, rows: Sequence[Report]) -> None:
        self.upstream = upstream
        self.reports = tuple(rows)
        self.places = {report.check_in.id: place for place, report in enumerate(rows)}
        self.rows = {report.check_in.id: report for report in rows}
        self.settled: list[CheckInId] = []
        self.over = asyncio.Event()

    async def owed(
        self, source: str, limit: int, since: CheckInId | None = None
    ) -> tuple[Report, ...]:
        rows = self.reports if since is None else self.reports[self.places[since] :]
        return tuple(row for row in rows if row.check_in.id in self.rows)[:limit]

    async def settle(self, source: str, outcomes: Sequence[Outcome]) -> None:
        if self.upstream.mood is Mood.DISK:
            raise FixRequest("the disk")
        if self.upstream.mood is Mood.KILLED:
            self.over.set()
            await asyncio.Event().wait()
        for outcome in outcomes:
            assert outcome.accepted
            del self.rows[outcome.id]
            self.settled.append(outcome.id)
        if not self.rows:
            self.over.set()


async def deliver(upstream: Weather, disk: Disk, hand: HandClock) -> None:
    """Run forwarders, one after the other's death, until nothing is owed."""

    async def sleep(seconds: float) -> None:
        hand.go(int(seconds * 1000))
        await asyncio.sleep(0)

    while disk.rows:
        disk.over.clear()
        forwarder = Forwarder(upstream, disk, hand.clock, BackOff(sleep, lambda: 0.5))
        async with running(forwarder.run()):
            await disk.over.wait()


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(
    turns=st.lists(st.integers(0, 4), min_size=1, max_size=25),
    moods=st.lists(st.sampled_from(Mood), max_size=40),
)
def test_whatever_fails_all_arrive_once_and_in_their_order(
    turns: list[int], moods: list[Mood]
) -> None:
    upstream, hand = Weather(moods), HandClock()
    tickets = [upstream.sell(Serial(TONIGHT, number)) for number in range(1, 6)]
    reports = [check_in(number, tickets[turn]) for number, turn in enumerate(turns, 1)]

    async def evening() -> Disk:
        disk = Disk(upstream, reports)
        async with asyncio.timeout(30):
            await deliver(upstream, disk, hand)
        return disk

    disk = asyncio.run(evening())
    assert sorted(disk.settled) == sorted(report.check_in.id for report in reports)
    assert sorted(upstream.kept) == sorted(disk.settled)
    arrived: dict[object, list[CheckInId]] = defaultdict(list)
    for report in upstream.kept.values():
        arrived[report.check_in.ticket].append(report.check_in.id)
    for ticket, ids in arrived.items():
        owed = [each.check_in.id for each in reports if each.check_in.ticket == ticket]
        assert ids == owed
