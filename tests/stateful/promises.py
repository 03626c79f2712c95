"""What must hold after every step of an evening, and when everything has arrived."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path

from hypothesis.stateful import RuleBasedStateMachine, invariant

from doubles.clock.hand_clock import HandClock
from doubles.gateway.committer_with_devices import FEED
from doubles.store.memory_folder import memory_folder
from stateful import ledger
from stateful.door import Door
from stateful.house import ADMITS, GATES, TEXTS, House
from stateful.liar import Liar
from validator.gateway.figures.counts import counts
from validator.gateway.ledger.namesakes import known_as
from validator.gateway.ledger.verification import verify_journals
from validator.model import CheckIn, CheckInId, DeviceId, Direction, UseState
from validator.wire.journal import GENESIS, row_hash


class Promises(RuleBasedStateMachine):
    """Three lanes (at once, turnstile, garden with exits), one gateway, four tickets."""

    def __init__(self) -> None:
        super().__init__()
        # A power cut is a copy of the files, so nothing has to be synced for long.
        self.folder = Path(tempfile.mkdtemp(dir=memory_folder(1024)))
        self.runner = asyncio.Runner()
        self.hand = HandClock()
        numbers = count(1)

        def entropy(size: int) -> bytes:
            return next(numbers).to_bytes(size, "big")

        self.house = House(self.folder, self.hand, entropy)
        self.runner.run(self.house.start())
        self.runner.run(self.house.furnish())
        skews = (0, 600_000, -120_000)
        self.doors = {
            name: Door(self.house, name, self.folder, self.hand, skew, entropy)
            for name, skew in zip(GATES, skews, strict=True)
        }
        self.liar = Liar(self.house, entropy)
        self.cancelled: dict[str, int] = {}
        self.known: dict[str, set[str]] = {name: set() for name in GATES}
        for name in GATES:
            self.follow(name)

    @invariant()
    def no_ticket_is_confirmed_for_more_than_it_admits(self) -> None:
        shown = [event for name in GATES for event in self.written(name)]
        for ticket, row in ledger.by_ticket(ledger.uses(shown)).items():
            assert ledger.most_inside(ticket, row) <= ADMITS[ticket], ticket

    @invariant()
    def whatever_was_lit_is_written(self) -> None:
        for name, door in self.doors.items():
            written = {event.id: event for event in self.written(name)}
            for shown in door.shown:
                assert written[shown.id].decision is shown.verdict.decision

    @invariant()
    def the_gateway_holds_what_came_and_nothing_else(self) -> None:
        """Uses, totals, conflicts, outbox and chain follow from the events that arrived."""
        with self.house.store.reading() as session:
            events = session.journal.after(0, 100_000)
            stored = {
                use.id: (use.count, use.state is UseState.HELD)
                for ticket in TEXTS
                for use in session.uses.of_ticket(ticket)
            }
            claims = [row.claim for row in session.claims.open()]
            waiting = [each.check_in.id for each in session.outbox.owed("box", 100_000)]
            assert not any(found.broken for found in verify_journals(session, FEED.public))
            # A word may have come before its device's own check-in of that id had another name.
            arrived = [
                replace(each, of=each.of and known_as(session, each.device, each.of))
                for each in (event.check_in for event in events)
            ]
        expected = ledger.uses(arrived)
        assert stored == {id: (use.count, use.held) for id, use in expected.items()}
        assert len({(each.device, each.ticket, each.direction) for each in claims}) == len(claims)
        flagged = {event.check_in.id for event in events if event.conflict}
        assert flagged == ledger.conflicts(expected, self.cancelled)
        honest = [event for event in arrived if event.device in self.doors]
        owners = {event.id for event in honest}
        told = [id for id in self.house.forwarded if id not in waiting] + waiting
        assert [id for id in told if id in owners] == ledger.owed(honest)
        assert len(set(told)) == len(told)
        figures = self.runner.run(self.house.committer.read(partial(counts, connected=0)))
        entered = sum(
            use.count for use in expected.values() if use.event.direction is Direction.ENTRY
        )
        assert figures["performances"][0]["entered"] == entered

    @invariant()
    def nothing_that_was_acknowledged_is_missing(self) -> None:
        arrived = self.arrived()
        for name, door in self.doors.items():
            owed = {row.sequence for row in door.cache.owed(100_000)}
            for row, event in door.rows():
                assert (door.device, event.id) in arrived or row.sequence in owed, name

    @invariant()
    def what_is_said_of_anothers_check_in_is_listed(self) -> None:
        with self.house.store.reading() as session:
            attempts = session.totals.attempts()
        theirs = {id for device, id in self.arrived() if device != self.liar.device}
        if self.liar.said & theirs:
            assert self.liar.device in attempts
        assert not self.liar.said or set(attempts) <= {self.liar.device, *self.doors}
        assert self.liar.said or not attempts

    @invariant()
    def lanes_hold_what_the_gateway_held_at_their_cursor(self) -> None:
        for door in self.doors.values():
            for stream, states in self.house.streams.items():
                sequence, rows = door.held(stream)
                assert rows == states[sequence], stream

    @invariant()
    def every_journal_is_one_chain(self) -> None:
        for door in self.doors.values():
            last = GENESIS
            for number, (row, _) in enumerate(door.rows(), 1):
                assert (row.sequence, row.previous) == (number, last)
                assert row.hash == row_hash(last, row.body)
                last = row.hash

    def teardown(self) -> None:
        """Let everything arrive; then nothing is owed, and all promises hold."""
        try:
            self._settle()
        finally:
            self.runner.run(self.house.stop())
            for door in self.doors.values():
                door.cache.close()
            self.runner.close()
            shutil.rmtree(self.folder)

    def _settle(self) -> None:
        for name, door in self.doors.items():
            self.runner.run(door.connect())
            for data in door.wire.late:
                self.runner.run(self.house.serve(door.device, data))
            self.runner.run(door.upload(10_000, heard=True))
            assert door.cache.backlog() == 0, name
        self.runner.run(self.house.uses_publisher.cut())
        for name in self.doors:
            self.follow(name)
        self.runner.run(self.house.forward(100_000, heard=True))
        self.no_ticket_is_confirmed_for_more_than_it_admits()
        self.the_gateway_holds_what_came_and_nothing_else()
        self.lanes_hold_what_the_gateway_held_at_their_cursor()
        written = {(event.device, event.id) for name in GATES for event in self.written(name)}
        assert {each for each in self.arrived() if each[0] in self.doors} == written
        for door in self.doors.values():
            for stream in door.cache.knowledge.place.streams:
                last = max(self.house.streams.get(stream, {0: {}}))
                assert door.held(stream)[0] == last, stream

    def follow(self, name: str, skipped: int = 0) -> None:
        """Let a lane hear what is new."""
        # Twice: the plan tells which streams there are.
        for _ in range(2):
            self.doors[name].follow(skipped)
        if not skipped:
            self.known[name] = set(self.cancelled)

    def arrived(self) -> set[tuple[DeviceId, CheckInId]]:
        """Return the events that the gateway has: whose, and what that one calls it."""
        with self.house.store.reading() as session:
            return {
                (each.check_in.device, session.namesakes.said(each.check_in.id) or each.check_in.id)
                for each in session.journal.after(0, 100_000)
            }

    def written(self, name: str) -> list[CheckIn]:
        """Return what stands in a lane's journal."""
        return [event for _, event in self.doors[name].rows()]
