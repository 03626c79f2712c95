"""Random weather: claims late, twice or lost, crashes, cuts, undo; promises of docs/claims.md."""

import asyncio
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doubles.evening import TONIGHT
from doubles.gateway.committer_with_devices import FEED, Lane, Venue, token
from validator.errors import FixRequest
from validator.gateway.ledger.claims import answer_claim, give_back
from validator.gateway.ledger.uploads import take_upload
from validator.gateway.ledger.verification import verify_journals
from validator.model import CheckIn, Kind, Scan, Serial, Verdict
from validator.wire.messages import ClaimRequest, JournalRow

STEPS = (
    "scan",
    "deliver",
    "deliver again",
    "decide",
    "alone",
    "crash",
    "upload",
    "owed",
    "undo",
    "give back",
    "restart",
)


@dataclass
class Door:
    """A lane with its messages on the way."""

    lane: Lane
    boot: int = 1
    scan: Scan | None = None
    answer: Verdict | None = None
    sent: list[ClaimRequest] = field(default_factory=list)
    admitted: list[tuple[CheckIn, bool]] = field(default_factory=list)
    undone: set[str] = field(default_factory=set)


class Storm:
    """One ticket, two doors."""

    def __init__(self, venue: Venue, admits: int) -> None:
        self.venue, self.text, self.admits = venue, token(1, admits=admits), admits
        self.doors = [Door(venue.lane("lane-1")), Door(venue.lane("lane-2"))]

    async def step(self, what: str, door: Door, people: int) -> None:
        lane, committer = door.lane, self.venue.committer
        self.venue.hand.go(1_000)
        if what == "scan" and door.scan is None:
            door.scan = lane.scan(self.text, min(people, self.admits))
            request = ClaimRequest(
                door.scan, lane.gate.id, lane.gate.direction, tuple(lane.rows), door.boot
            )
            door.sent.append(request)
        elif what.startswith("deliver") and door.sent:
            request = door.sent[0]
            if what == "deliver":
                door.sent.pop(0)
            with suppress(FixRequest):
                verdict = await answer_claim(committer, lane.device, request)
                if door.scan is not None and request.scan.id == door.scan.id:
                    door.answer = verdict
        elif what == "decide" and door.scan is not None and door.answer is not None:
            shown = lane.shows(door.scan, door.answer)
            if door.answer.passes:
                door.admitted.append((shown, True))
            door.scan = door.answer = None
        elif what == "alone" and door.scan is not None and door.answer is None:
            door.admitted.append((lane.admits_alone(door.scan, door.scan.count or 1), False))
            door.scan = None
        elif what == "crash":
            door.scan = door.answer = None
            door.boot += 1
        elif what == "upload":
            await self.deliver_journal(door, lane.rows)
        elif what == "owed" and lane.rows:
            await self.deliver_journal(door, lane.rows[: len(lane.rows) // 2 + 1])
        elif what == "undo" and door.admitted:
            last = door.admitted[-1][0]
            if last.id not in door.undone:
                lane.names(Kind.UNDO, last.id)
                door.undone.add(last.id)
        elif what == "give back" and door.scan is not None and door.answer is None:
            job = partial(give_back, device=lane.device, id=door.scan.id)
            await committer.quick(job)
            door.scan = None
        elif what == "restart":
            await self.venue.restart()

    async def deliver_journal(self, door: Door, rows: list[JournalRow]) -> None:
        answer = await take_upload(self.venue.committer, door.lane.device, rows)
        assert answer.sequence >= len(rows)
        assert all(outcome.accepted for outcome in answer.outcomes)

    def check(self) -> None:
        standing = [
            (shown, sure)
            for door in self.doors
            for shown, sure in door.admitted
            if shown.id not in door.undone
        ]
        assert sum(shown.count for shown, sure in standing if sure) <= self.admits
        with self.venue.store.reading() as session:
            rows = session.claims.of_ticket(Serial(TONIGHT, 1).ticket())
            uses = session.uses.of_ticket(Serial(TONIGHT, 1).ticket())
            opens = [row.claim.device for row in session.claims.open()]
            assert not any(found.broken for found in verify_journals(session, FEED.public))
        assert len({row.claim.id for row in rows}) == len(rows)
        assert len(set(opens)) == len(opens)
        assert {use.id for use in uses} <= {shown.id for shown, _ in standing} | {
            shown.id for door in self.doors for shown, _ in door.admitted
        }

    async def settle(self) -> None:
        """Let everything arrive; then the uses are what the lanes let in."""
        for door in self.doors:
            await self.deliver_journal(door, door.lane.rows)
        for door in self.doors:
            for request in door.sent:
                with suppress(FixRequest):
                    await answer_claim(self.venue.committer, door.lane.device, request)
        expected = {
            shown.id: shown.count
            for door in self.doors
            for shown, _ in door.admitted
            if shown.id not in door.undone
        }
        with self.venue.store.reading() as session:
            uses = session.uses.of_ticket(Serial(TONIGHT, 1).ticket())
            conflicts = session.totals.conflicts()
        assert {use.id: use.count for use in uses} == expected
        assert (conflicts > 0) == (sum(expected.values()) > self.admits)


@pytest.mark.slow
@settings(max_examples=60)
@given(
    st.integers(1, 3),
    st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 1), st.integers(1, 3)), max_size=40),
)
def test_in_any_weather_no_guest_is_lost_and_no_ticket_is_confirmed_twice(
    admits: int, steps: list[tuple[str, int, int]]
) -> None:
    async def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            venue = await Venue(Path(folder) / "gateway.sqlite").start()
            storm = Storm(venue, admits)
            for what, door, people in steps:
                await storm.step(what, storm.doors[door], people)
                storm.check()
            await storm.settle()
            storm.check()
            await venue.stop()

    asyncio.run(run())
