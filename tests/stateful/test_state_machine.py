"""An evening in any weather: real lanes, stores and committer against a few plain dicts.

Lanes lose the wire, claims come late, twice or never, answers and acknowledgements get lost,
lanes and gateway lose their power at any moment; guests are held, sent away, overruled, go out.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

import pytest
from hypothesis import Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from doubles.lane.crashing import Moment
from stateful import ledger
from stateful.door import Weather
from stateful.house import GATES, TEXTS
from stateful.liar import Lie
from stateful.promises import Promises
from validator.admission import Shown
from validator.model import CheckInId, Decision, Direction, Fault, TicketId
from validator.wire.messages import ClaimRequest, decode

DOORS = st.sampled_from(sorted(GATES))
TICKETS = st.sampled_from(sorted(TEXTS))
WALKERS = st.sampled_from(sorted(set(TEXTS) - {"9.3"}))
PEOPLE = st.one_of(st.none(), st.integers(1, 4))


@dataclass(frozen=True)
class Guest:
    """Somebody with a ticket, and what happens to their claim and to the lane's power."""

    ticket: TicketId
    people: int | None = None
    weather: Weather = Weather.FAIR
    dying: Moment | None = None
    after_s: int = 2


GUESTS = st.builds(
    Guest,
    TICKETS,
    PEOPLE,
    st.sampled_from([Weather.FAIR, *Weather]),
    st.sampled_from([None, None, None, None, *Moment]),
    st.sampled_from([2, 2, 7]),
)


class Evening(Promises):
    """What may happen."""

    @rule(name=DOORS, guests=st.lists(GUESTS, min_size=1, max_size=4))
    def queue(self, name: str, guests: list[Guest]) -> None:
        """Guests come to a gate, one after the other."""
        for guest in guests:
            self._take(name, guest, Direction.ENTRY)

    @rule(ticket=TICKETS, names=st.permutations(sorted(GATES)), guest=GUESTS)
    def copies(self, ticket: TicketId, names: list[str], guest: Guest) -> None:
        """Copies of one ticket come to all gates."""
        for name in names:
            self._take(name, replace(guest, ticket=ticket), Direction.ENTRY)

    @rule(ticket=WALKERS, people=PEOPLE)
    def leave(self, ticket: TicketId, people: int | None) -> None:
        """A guest goes out into the garden."""
        self._take("lane-3", Guest(ticket, people), Direction.EXIT)

    @rule(name=DOORS, which=st.integers(0, 9), twice=st.booleans())
    def late_claim(self, name: str, which: int, twice: bool) -> None:
        """A claim arrives that nobody waits for any more."""
        late = self.doors[name].wire.late
        if late:
            data = late[which % len(late)] if twice else late.pop(which % len(late))
            self.runner.run(self.house.serve(self.doors[name].device, data))

    @rule(names=st.permutations(sorted(GATES)), people=st.integers(1, 2), left=st.booleans())
    def lane_dies_with_a_claim_on_its_way(self, names: list[str], people: int, left: bool) -> None:
        """A part of a group comes, the lane dies, the group comes; then the first claim arrives."""
        group = TicketId("5.2")
        dying = Guest(group, people, Weather.LATE, Moment.AFTER_CLAIM)
        self._take(names[0], dying, Direction.ENTRY)
        self._take(names[0], Guest(group), Direction.ENTRY)
        if left:
            self.late_claim(names[0], -1, twice=False)
        self._take(names[1], Guest(group), Direction.ENTRY)

    @rule(name=DOORS, ticket=TICKETS)
    def answer_is_lost(self, name: str, ticket: TicketId) -> None:
        """A lane dies before the answer to its claim: its guest, never lit, is let in after all."""
        self.runner.run(self.doors[name].connect())
        unused = self._unused(ticket)
        self._take(name, Guest(ticket, 1, Weather.UNANSWERED, Moment.AFTER_CLAIM), Direction.ENTRY)
        shown = self._take(name, Guest(ticket), Direction.ENTRY)
        assert not unused or (isinstance(shown, Shown) and shown.verdict.passes), shown

    @rule(ticket=TICKETS, people=PEOPLE, fewer=PEOPLE)
    def go_through(self, ticket: TicketId, people: int | None, fewer: int | None) -> None:
        """Guests come to the turnstile and go through, not always all of them."""
        self._take("lane-2", Guest(ticket, people), Direction.ENTRY)
        self.passage(-1, fewer, through=True)

    @rule(name=DOORS, most=st.integers(1, 8), heard=st.booleans())
    def upload(self, name: str, most: int, heard: bool) -> None:
        """A lane delivers what it owes."""
        if self.doors[name].wire.connected:
            self.runner.run(self.doors[name].upload(most, heard))

    @rule(name=DOORS, skipped=st.sampled_from([0, 0, 1, 2]))
    def hear(self, name: str, skipped: int) -> None:
        """A lane hears of the others."""
        self.runner.run(self.house.uses_publisher.cut())
        if self.doors[name].wire.connected:
            self.follow(name, skipped)

    @rule(name=DOORS, up=st.booleans())
    def cable(self, name: str, up: bool) -> None:
        """A cable is pulled or plugged."""
        if up:
            self.runner.run(self.doors[name].connect())
        else:
            self.doors[name].wire.connected = False

    @rule(which=st.integers(0, 5), people=PEOPLE, through=st.booleans())
    def passage(self, which: int, people: int | None, through: bool) -> None:
        """The turnstile tells what became of a guest."""
        door = self.doors["lane-2"]
        held = [use for use in ledger.uses(self.written("lane-2")).values() if use.held]
        if held:
            use = held[which % len(held)]
            if through:
                least = min(people or use.count, use.count)
                assert door.lane.confirm(use.event.id, least) is None
            else:
                assert door.lane.release(use.event.id) is None

    @rule()
    def time_out(self) -> None:
        """Nobody comes through for half a minute."""
        self.hand.go(31_000)
        for door in self.doors.values():
            door.lane.expire()
        held = [use for use in ledger.uses(self.written("lane-2")).values() if use.held]
        assert held == []

    @rule(name=DOORS)
    def send_away(self, name: str) -> None:
        """The guest who was let in last is sent away."""
        self.hand.go(1_000)
        entries = [shown for shown in self.doors[name].shown if shown.verdict.passes]
        standing = ledger.uses(self.written(name))
        use = standing.get(entries[-1].id) if entries else None
        if use is not None and use.event.direction is Direction.ENTRY:
            self.doors[name].lane.undo(use.event.id)

    @rule(name=DOORS, people=st.integers(1, 2))
    def overrule(self, name: str, people: int) -> None:
        """A supervisor lets in against the last refusal."""
        self.hand.go(1_000)
        refused = [s for s in self.doors[name].shown if s.verdict.decision is Decision.REFUSE]
        if refused and refused[-1].verdict.code is not None:
            self.doors[name].lane.override(refused[-1].id, people)

    @rule(ticket=TICKETS)
    def cancel(self, ticket: str) -> None:
        """The box office cancels a ticket."""
        self.hand.go(1_000)
        if ticket not in self.cancelled:
            self.cancelled[ticket] = self.hand.clock.now()
            self.runner.run(self.house.cancel(ticket))

    @rule(name=DOORS)
    def lane_dies(self, name: str) -> None:
        """A lane loses its power between two guests."""
        self.doors[name].crash()
        self.runner.run(self.doors[name].connect())

    @rule()
    def gateway_dies(self) -> None:
        """The gateway loses its power."""
        self.hand.go(1_000)
        self.runner.run(self.house.crash())

    @rule(most=st.integers(1, 5), heard=st.booleans())
    def forward(self, most: int, heard: bool) -> None:
        """The box office is told; its answer may be lost."""
        self.runner.run(self.house.forward(most, heard))

    @rule(
        what=st.lists(st.sampled_from(Lie), min_size=1, max_size=3),
        which=st.integers(0, 9),
        ticket=TICKETS,
        people=st.integers(1, 2),
    )
    def a_device_lies(self, what: list[Lie], which: int, ticket: TicketId, people: int) -> None:
        """A device says things of an id that it has heard of, one of the latest."""
        known = [event.id for name in GATES for event in self.written(name)]
        known += [self._claimed(data) for door in self.doors.values() for data in door.wire.late]
        known = sorted(set(known), reverse=True)
        for lie in what if known else ():
            self.hand.go(7_000)
            id = known[which % len(known)]
            self.runner.run(self.liar.lies(lie, id, ticket, people))

    def _claimed(self, data: bytes) -> CheckInId:
        message = decode(data)
        assert isinstance(message, ClaimRequest)
        return message.scan.id

    def _unused(self, ticket: TicketId) -> bool:
        """Tell whether nobody has a reason to refuse a ticket."""
        with self.house.store.reading() as session:
            taken = session.uses.of_ticket(ticket) or session.claims.of_ticket(ticket)
        written = [event for name in GATES for event in self.written(name)]
        passed = any(event.passes and ledger.ticket_of(event) == ticket for event in written)
        return not (taken or passed or ticket in self.cancelled)

    def _take(self, name: str, guest: Guest, direction: Direction) -> Shown | Fault | None:
        self.hand.go(guest.after_s * 1_000)
        door, ticket = self.doors[name], guest.ticket
        door.wire.weather, door.dying = guest.weather, guest.dying
        symbology = "ean13" if ticket == "box:77" else None
        shown = self.runner.run(
            door.take(TEXTS[ticket], symbology=symbology, count=guest.people, direction=direction)
        )
        door.dying = None
        self.runner.run(door.give_back())
        if isinstance(shown, Shown) and shown.verdict.passes and direction is Direction.ENTRY:
            assert ticket not in self.known[name], "a cancelled ticket has passed"
        return shown


class Night(Evening):
    """The same, seeded."""


@pytest.mark.slow
def test_in_any_weather_the_evening_adds_up() -> None:
    bounded = settings(
        max_examples=20,
        stateful_step_count=30,
        derandomize=True,
        database=None,
        phases=(Phase.generate, Phase.shrink),
    )
    run_state_machine_as_test(Evening, settings=bounded)


@pytest.mark.soak
def test_in_any_weather_the_longest_evenings_add_up(pytestconfig: pytest.Config) -> None:
    if pytestconfig.getoption("--hypothesis-seed") is None:
        number = secrets.randbits(32)
        print(f"The same evenings again: pytest --hypothesis-seed={number}")
        seed(number)(Night)
    long = settings(max_examples=1_000, stateful_step_count=80, print_blob=True, database=None)
    run_state_machine_as_test(Night, settings=long)
