"""One lane: on disk before the light, a fault instead of a refusal, nothing held in vain."""

from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from doubles.clock.hand_clock import HandClock
from doubles.evening import DEVICE, TONIGHT
from doubles.gateway.committer_with_devices import listing, signing_catalogue, token
from doubles.gateway.feed_source import CODE_KEY, FEED_KEY, FeedSource
from offline_cache.cache import Cache
from offline_cache.errors import CacheError
from offline_cache.file.database import Store
from offline_cache.identity.identity import Identity
from offline_cache.knowledge.ages import Ages
from scanner.lane.lane import Lane
from validator.admission import Shown
from validator.feed.names import TICKETS, stream_of
from validator.keys import KeyRing
from validator.model import (
    Assignment,
    Assurance,
    Catalogue,
    CheckIn,
    CheckInId,
    Decision,
    Entry,
    Facts,
    Fault,
    Gate,
    Listing,
    Next,
    Reading,
    Reason,
    TicketId,
    Verdict,
)
from validator.wire.messages import ClaimRequest, JournalRow
from validator.wire.rows import entry_row, listing_row

GRANTED = Verdict(Decision.ADMIT, Reason.OK, Next.LET_IN, Assurance.CONFIRMED, count=1)
REFUSED = Verdict(Decision.REFUSE, Reason.ALREADY_USED, Next.OTHER_TICKET, Assurance.CONFIRMED)
ALONE = None
BARCODE = "4006381333931"


@dataclass
class Disk:
    """A device's cache, which may refuse to take what it is given."""

    cache: Cache
    trail: list[str]
    full: bool = False

    @property
    def catalogue(self) -> Catalogue:
        return self.cache.catalogue

    @property
    def boot(self) -> int:
        return self.cache.boot

    @property
    def held(self) -> tuple[CheckIn, ...]:
        return self.cache.held

    @property
    def ring(self) -> KeyRing:
        return self.cache.ring

    def facts(self, reading: Reading, gate: Gate, now: object) -> Facts:
        return self.cache.facts(reading, gate, now)  # type: ignore[arg-type]

    def append(self, check_in: CheckIn) -> JournalRow:
        if self.full:
            raise CacheError("The device's disk is full: free some space.")
        row = self.cache.append(check_in)
        self.trail.append("append")
        return row

    def lit(self, id: CheckInId) -> None:
        self.trail.append("lit")
        self.cache.lit(id)

    def owed(
        self, limit: int = 500, names: Collection[TicketId] | None = None
    ) -> tuple[JournalRow, ...]:
        return self.cache.owed(limit, names)


@dataclass
class Gateway:
    """Answers every claim alike."""

    trail: list[str]
    answer: Verdict | None = ALONE
    connected: bool = True
    offset_ms: int | None = 0
    asked: list[ClaimRequest] = field(default_factory=list)
    back: list[CheckInId] = field(default_factory=list)

    async def claim(self, request: ClaimRequest) -> Verdict | None:
        self.asked.append(request)
        self.trail.append("claim")
        return self.answer

    def give_back(self, id: CheckInId) -> None:
        self.back.append(id)

    def wake(self) -> None:
        self.trail.append("wake")


@dataclass
class Screen:
    """Remembers what it showed."""

    trail: list[str]
    shown: list[Shown | Fault] = field(default_factory=list)

    def show(self, shown: Shown | Fault, elapsed_ms: float) -> None:
        self.trail.append("show")
        self.shown.append(shown)


@dataclass
class Door:
    """A lane with all that it works with."""

    lane: Lane
    store: Store
    disk: Disk
    gateway: Gateway
    screen: Screen
    hand: HandClock
    source: FeedSource
    trail: list[str]

    def hear(self, *entries: Entry) -> None:
        self.disk.cache.knowledge.apply(self.source.delta("catalogue", *map(entry_row, entries)))

    def assigned(self) -> None:
        self.hear(Assignment(DEVICE, "a"))

    def listed(self, *rows: Listing) -> None:
        """Let the device hear of a few tickets of tonight."""
        stream = stream_of(TICKETS, TONIGHT)
        self.disk.cache.knowledge.apply(self.source.snapshot(stream))
        self.disk.cache.knowledge.apply(self.source.delta(stream, *map(listing_row, rows)))

    @contextmanager
    def looked_up(self) -> Iterator[list[str]]:
        """Give what is read from the disk meanwhile, each statement with its values."""
        asked: list[str] = []
        with self.store.reading() as db:
            db.set_trace_callback(lambda text: asked.append(text) if "SELECT" in text else None)
        yield asked
        with self.store.reading() as db:
            db.set_trace_callback(None)


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    hand, source = HandClock(), FeedSource()
    identity = Identity(DEVICE, "secret", "localhost:8443", "PEM", FEED_KEY.public, CODE_KEY)
    store = Store.open(tmp_path / "cache.sqlite")
    cache = Cache(store, Ages(hand.clock, "boot-1"), identity)
    cache.knowledge.apply(source.snapshot("catalogue"))
    trail: list[str] = []
    disk, gateway, screen = Disk(cache, trail), Gateway(trail), Screen(trail)
    numbers = iter(range(1, 1_000))
    lane = Lane(
        DEVICE, disk, gateway, screen, hand.clock, lambda size: next(numbers).to_bytes(size, "big")
    )
    made = Door(lane, store, disk, gateway, screen, hand, source, trail)
    evening = signing_catalogue()
    made.hear(
        *evening.performances.values(),
        *evening.tariffs.values(),
        *evening.gates.values(),
        *evening.sources.values(),
        *evening.keys.values(),
    )
    yield made
    cache.close()


async def test_a_lane_without_a_gate_shows_a_fault_and_writes_nothing(door: Door) -> None:
    shown = await door.lane.take(token(1))
    assert isinstance(shown, Fault)
    assert door.trail == ["show"]
    assert door.disk.cache.backlog() == 0


async def test_the_check_in_is_on_disk_before_the_light_and_marked_after_it(door: Door) -> None:
    door.assigned()
    shown = await door.lane.take(token(1))
    assert isinstance(shown, Shown)
    assert shown.verdict.passes
    assert door.trail == ["claim", "append", "show", "lit", "wake"]
    assert door.disk.cache.backlog() == 1


async def test_a_refusal_is_on_disk_before_the_light_too(door: Door) -> None:
    door.assigned()
    await door.lane.take("no ticket at all")
    assert door.trail[-4:] == ["append", "show", "lit", "wake"]


async def test_a_disk_that_refuses_is_a_fault_and_lights_no_green(door: Door) -> None:
    door.assigned()
    door.gateway.answer = GRANTED
    door.disk.full = True
    shown = await door.lane.take(token(1))
    assert isinstance(shown, Fault)
    assert door.screen.shown == [shown]
    assert door.trail == ["claim", "show"]


async def test_a_claim_that_could_not_be_written_down_is_given_back(door: Door) -> None:
    door.assigned()
    door.gateway.answer = GRANTED
    door.disk.full = True
    await door.lane.take(token(1))
    assert door.gateway.back == [door.gateway.asked[0].scan.id]


async def test_where_nothing_was_claimed_nothing_is_given_back(door: Door) -> None:
    door.assigned()
    door.disk.full = True
    shown = await door.lane.take("E1:not a ticket.")
    assert isinstance(shown, Fault)
    assert (door.gateway.asked, door.gateway.back) == ([], [])


async def test_the_guest_of_a_full_disk_enters_once_there_is_room(door: Door) -> None:
    door.assigned()
    door.disk.full = True
    await door.lane.take(token(1))
    door.disk.full = False
    shown = await door.lane.take(token(1))
    assert isinstance(shown, Shown)
    assert shown.verdict.passes


async def test_the_gateways_refusal_counts_more_than_the_lanes_green(door: Door) -> None:
    door.assigned()
    door.gateway.answer = REFUSED
    shown = await door.lane.take(token(1))
    assert isinstance(shown, Shown)
    assert shown.verdict == REFUSED


async def test_a_lane_alone_refuses_the_second_time_and_gives_the_claim_back(door: Door) -> None:
    door.assigned()
    await door.lane.take(token(1))
    await door.lane.take(token(2))
    door.hand.go(10_000)
    shown = await door.lane.take(token(1))
    assert isinstance(shown, Shown)
    assert shown.verdict.reason is Reason.ALREADY_USED
    assert door.gateway.back == [shown.id]


async def test_a_claim_carries_what_is_owed_about_its_ticket_and_the_boot(door: Door) -> None:
    door.assigned()
    await door.lane.take(token(1))
    await door.lane.take(token(2))
    door.hand.go(10_000)
    await door.lane.take(token(1))
    last = door.gateway.asked[-1]
    assert [row.sequence for row in last.owed] == [1, 2], "not listed: it may be any ticket"
    assert last.boot == door.disk.cache.boot


@pytest.mark.parametrize("text", [token(1), BARCODE, "N-1"], ids=["token", "barcode", "number"])
async def test_a_claimed_scan_looks_its_ticket_up_once(door: Door, text: str) -> None:
    door.assigned()
    ticket = listing(1)
    door.listed(ticket, replace(ticket, key=door.disk.ring.code_id(BARCODE)))
    door.gateway.answer = GRANTED
    owing = await door.lane.take(token(1))
    assert isinstance(owing, Shown)
    door.hand.go(10_000)
    with door.looked_up() as asked:
        symbology = "ean13" if text == BARCODE else None
        await door.lane.take(text, symbology, number=text.startswith("N-"))
    assert [row.sequence for row in door.gateway.asked[-1].owed] == [1]
    assert sum("FROM tickets" in question for question in asked) == 2, "its row, its other codes"
    assert [question for question, times in Counter(asked).items() if times > 1] == []
