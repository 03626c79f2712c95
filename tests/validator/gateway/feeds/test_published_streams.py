import asyncio
from dataclasses import replace
from threading import Event, Thread

from doubles.evening import ELSEWHERE, TOMORROW, TONIGHT
from doubles.gateway.committer_with_devices import FEED, RING, Venue, cancelled, listing, token
from validator.clock import Clock, Instant
from validator.feed import Delta, Heartbeat, Snapshot, StreamHead, follow, hear, missed, open_frame
from validator.gateway.ledger.committer import Committed
from validator.gateway.sources.followed_source import SourceLedger
from validator.model import (
    CodeId,
    DeviceId,
    Direction,
    Kind,
    Listing,
    Revocation,
    RevocationKind,
    Serial,
    TicketId,
    Use,
)
from validator.wire.messages import Position
from validator.wire.rows import read_listing, read_revocation, read_use

NOWHERE = (0, 0, 0)


class Follower:
    """A lane's copy of one stream."""

    def __init__(self, venue: Venue, stream: str) -> None:
        self.venue, self.stream = venue, stream
        self.held = StreamHead.empty(stream)
        self.rows: dict[bytes, bytes] = {}
        self.kinds: list[str] = []

    @property
    def position(self) -> Position:
        cursor = self.held.cursor
        place = (*cursor.epoch, cursor.sequence) if cursor else NOWHERE
        return Position(self.stream, *place)

    def catch_up(self) -> "Follower":
        for sealed in self.venue.backlog.frames_since(self.position):
            self.take(sealed)
        return self

    def take(self, sealed: bytes) -> None:
        frame = open_frame(sealed, FEED.public)
        assert isinstance(frame, Delta | Snapshot)
        self.kinds.append(type(frame).__name__)
        accepted = follow(self.held, frame)
        if accepted is None:
            return
        if accepted.replaces:
            self.rows.clear()
        for key, value in accepted.rows:
            if value is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = value
        self.held = accepted.head


def uses(follower: Follower) -> list[Use]:
    return [read_use(key, value) for key, value in sorted(follower.rows.items())]


def revoked(venue: Venue, scope: int) -> list[Revocation]:
    rows = Follower(venue, f"cancellations.{scope}").catch_up().rows
    return [read_revocation(key, value) for key, value in rows.items()]


async def test_uses_are_cut_from_the_journal_and_an_undo_removes_them(venue: Venue) -> None:
    lane = venue.lane()
    follower = Follower(venue, f"uses.{TONIGHT}").catch_up()
    shown = lane.admits_alone(lane.scan(token(1)))
    lane.admits_alone(lane.scan(token(2)))
    await lane.upload()
    await venue.uses_publisher.cut()
    assert [use.ticket for use in uses(follower.catch_up())] == ["5.1", "5.2"]
    lane.names(Kind.UNDO, shown.id)
    await lane.upload()
    await venue.uses_publisher.cut()
    assert [use.ticket for use in uses(follower.catch_up())] == ["5.2"]
    assert follower.kinds == ["Snapshot", "Delta", "Delta"]


async def test_a_claim_is_never_on_the_stream(venue: Venue) -> None:
    lane = venue.lane()
    await lane.claim(lane.scan(token(1)))
    await venue.uses_publisher.cut()
    assert uses(Follower(venue, f"uses.{TONIGHT}").catch_up()) == []


async def test_an_entry_that_was_undone_before_the_cut_is_never_published(venue: Venue) -> None:
    lane = venue.lane()
    shown = lane.admits_alone(lane.scan(token(1)))
    lane.names(Kind.UNDO, shown.id)
    await lane.upload()
    await venue.uses_publisher.cut()
    assert not [stream for stream, _ in venue.frames if stream.startswith("uses")]


async def test_each_event_is_published_once_across_a_restart(venue: Venue) -> None:
    lane = venue.lane()
    follower = Follower(venue, f"uses.{TONIGHT}").catch_up()
    lane.admits_alone(lane.scan(token(1)))
    await lane.upload()
    await venue.uses_publisher.cut()
    lane.admits_alone(lane.scan(token(2)))
    await lane.upload()
    await venue.restart()
    await venue.uses_publisher.cut()
    await venue.uses_publisher.cut()
    assert len(uses(follower.catch_up())) == 2
    assert follower.kinds == ["Snapshot", "Delta", "Delta"]


async def test_the_running_publisher_publishes_by_itself(venue: Venue) -> None:
    lane = venue.lane()
    arrived = asyncio.Event()

    class Listener:
        def committed(self, what: Committed) -> None:
            if what.frames:
                arrived.set()

    venue.committer.listen(Listener())
    running = asyncio.create_task(venue.uses_publisher.run())
    lane.admits_alone(lane.scan(token(1)))
    await lane.upload()
    await asyncio.wait_for(arrived.wait(), 30)
    running.cancel()
    assert len(uses(Follower(venue, f"uses.{TONIGHT}").catch_up())) == 1


async def test_who_is_a_little_behind_gets_deltas_and_who_is_lost_a_snapshot(
    venue: Venue,
) -> None:
    follower = Follower(venue, "catalogue").catch_up()
    assert follower.kinds == ["Snapshot"]
    before = follower.position
    for serial in range(1, 4):
        await venue.apply(listings=(listing(serial),))
    tickets = Follower(venue, f"tickets.{TONIGHT}").catch_up()
    assert len(tickets.rows) == 3
    await venue.apply(listings=(listing(4),))
    tickets.catch_up()
    assert tickets.kinds == ["Snapshot", "Delta"]
    foreign = replace(tickets.position, random=1 << 40)
    ahead = replace(tickets.position, sequence=99)
    for lost in (foreign, ahead, replace(before, stream=tickets.stream, counter=9)):
        first = open_frame(venue.backlog.frames_since(lost)[0], FEED.public)
        assert isinstance(first, Snapshot)


async def test_a_stream_without_rows_is_an_empty_snapshot_that_deltas_continue(
    venue: Venue,
) -> None:
    follower = Follower(venue, f"cancellations.{TOMORROW}").catch_up()
    assert (follower.kinds, follower.rows) == (["Snapshot"], {})
    await venue.apply(revocations=(replace(cancelled(1), target=Serial(TOMORROW, 1)),))
    assert len(follower.catch_up().rows) == 1


async def test_frames_sent_out_are_those_that_are_kept(venue: Venue) -> None:
    follower = Follower(venue, f"tickets.{TONIGHT}").catch_up()
    start = follower.position
    await venue.apply(listings=(listing(1),))
    await venue.apply(listings=(listing(2),))
    live = [frame for stream, frame in venue.frames if stream == follower.stream]
    assert venue.backlog.frames_since(start) == live


async def test_a_snapshot_is_built_once_for_all_who_ask(venue: Venue) -> None:
    nowhere = Position("catalogue", *NOWHERE)
    first = venue.backlog.frames_since(nowhere)
    gate = venue.lane().gate
    await venue.committer.write(lambda work: work.put_entries([replace(gate, id="b")]))
    second = venue.backlog.frames_since(nowhere)
    assert second[0] == first[0]
    assert len(second) == 2


async def test_a_heartbeat_names_every_head_and_the_age_of_each_source(venue: Venue) -> None:
    await venue.apply(listings=(listing(1),))
    first = open_frame(venue.heartbeats.heartbeat(), FEED.public)
    second = open_frame(venue.heartbeats.heartbeat(), FEED.public)
    assert isinstance(first, Heartbeat)
    assert isinstance(second, Heartbeat)
    assert first.as_of == {"box": venue.hand.clock.now()}
    assert first.sequences[f"tickets.{TONIGHT}"] == 1
    assert hear(first, second) is second
    follower = Follower(venue, f"tickets.{TONIGHT}").catch_up()
    assert not missed(follower.held, second)


async def test_heartbeats_that_are_asked_for_at_once_reach_every_lane_in_their_order(
    venue: Venue,
) -> None:
    sent: list[bytes] = []

    async def ask() -> None:
        for _ in range(50):
            await venue.heartbeats.beat(sent.append)

    async def publish() -> None:
        for serial in range(1, 20):
            await venue.apply(listings=(listing(serial),))

    await asyncio.gather(*(ask() for _ in range(8)), publish())
    assert len(sent) == 400
    last: Heartbeat | None = None
    for sealed in sent:
        frame = open_frame(sealed, FEED.public)
        assert isinstance(frame, Heartbeat)
        last = hear(last, frame)
        assert last is frame


async def test_a_heartbeat_that_is_being_stamped_is_not_overtaken_by_one_that_knows_more(
    venue: Venue,
) -> None:
    await venue.apply(listings=(listing(1),))
    loop, stamping = asyncio.get_running_loop(), Event()
    beats: list[bytes] = []
    other = Thread(target=lambda: beats.append(venue.heartbeats.heartbeat()))

    def wall_ns() -> int:
        if not stamping.is_set():
            stamping.set()
            news = venue.apply(listings=(listing(2),))
            asyncio.run_coroutine_threadsafe(news, loop).result(30)
            other.start()
            # All the time that it needs, if nothing holds it up.
            other.join(0.5)
        return venue.hand.wall_ms * 1_000_000

    venue.committer.clock = Clock(wall_ns, lambda: venue.hand.boot_ms * 1_000_000)
    beats.append(await asyncio.to_thread(venue.heartbeats.heartbeat))
    await asyncio.to_thread(other.join)
    frames = [open_frame(beat, FEED.public) for beat in beats]
    first, second = sorted((f for f in frames if isinstance(f, Heartbeat)), key=lambda f: f.now)
    assert hear(first, second) is second


async def test_what_does_not_change_makes_no_frame(venue: Venue) -> None:
    await venue.apply(listings=(listing(1),), revocations=(cancelled(1),))
    sent = len(venue.frames)
    venue.hand.go(60_000)
    await venue.apply(listings=(listing(1),), revocations=(cancelled(1),))
    assert len(venue.frames) == sent


async def test_an_unfinished_pass_makes_no_source_fresher(venue: Venue) -> None:
    before = venue.hand.clock.now()
    venue.hand.go(90_000)
    await venue.apply(listings=(listing(1),), as_of=None, cursor="2")
    frame = open_frame(venue.heartbeats.heartbeat(), FEED.public)
    assert isinstance(frame, Heartbeat)
    assert frame.as_of == {"box": before}
    assert await SourceLedger(venue.committer).cursor("box") == "2"


async def test_a_large_change_moves_the_cursor_with_its_last_part(venue: Venue) -> None:
    serials = range(1, 3_601)
    await venue.apply(listings=tuple(map(listing, serials)), cursor="9")
    follower = Follower(venue, f"tickets.{TONIGHT}").catch_up()
    assert len(follower.rows) == len(serials)
    assert await SourceLedger(venue.committer).cursor("box") == "9"


async def test_a_cancellation_is_dated_by_the_gateway_and_goes_to_its_scope(venue: Venue) -> None:
    venue.hand.go(1_000)
    await venue.apply(revocations=(cancelled(1),))
    assert revoked(venue, TONIGHT) == [replace(cancelled(1), since=venue.hand.clock.now())]
    assert revoked(venue, TOMORROW) == []


async def test_a_cancelled_ticket_goes_where_its_row_is_listed(venue: Venue) -> None:
    row = listing(1)
    ticket = replace(row.ticket, id=TicketId("box:77"), scope=TOMORROW)
    code = CodeId(RING.code_id("77"))
    await venue.apply(listings=(Listing(code, ticket),))
    by_ticket = Revocation(TicketId("box:77"), RevocationKind.CANCELLED, Instant(0))
    by_code = Revocation(code, RevocationKind.BLOCKED, Instant(0))
    await venue.apply(revocations=(by_ticket, by_code))
    assert {row.kind for row in revoked(venue, TOMORROW)} == {by_ticket.kind, by_code.kind}
    assert revoked(venue, TONIGHT) == []


async def test_a_cancellation_of_an_unknown_code_goes_to_every_scope_of_its_source(
    venue: Venue,
) -> None:
    code = CodeId(RING.code_id("77"))
    await venue.apply(revocations=(Revocation(code, RevocationKind.CANCELLED, Instant(0)),))
    assert all(revoked(venue, scope) for scope in (TONIGHT, TOMORROW, ELSEWHERE))
    await venue.apply(lifted=(code,))
    assert not any(revoked(venue, scope) for scope in (TONIGHT, TOMORROW, ELSEWHERE))


async def test_a_row_listed_after_its_cancellation_brings_it_to_its_scope(venue: Venue) -> None:
    ticket = replace(listing(1).ticket, id=TicketId("5.1"), scope=12)
    await venue.apply(revocations=(cancelled(1),))
    await venue.apply(listings=(Listing(Serial(TONIGHT, 1), ticket),))
    assert len(revoked(venue, 12)) == 1


async def test_a_row_that_changes_its_performance_leaves_the_old_one(venue: Venue) -> None:
    row = listing(1)
    await venue.apply(listings=(row,))
    moved = Listing(row.key, replace(row.ticket, scope=TOMORROW))
    await venue.apply(listings=(moved,))
    assert Follower(venue, f"tickets.{TONIGHT}").catch_up().rows == {}
    rows = Follower(venue, f"tickets.{TOMORROW}").catch_up().rows
    assert [read_listing(*item) for item in rows.items()] == [moved]
    await venue.apply(dropped=(row.key,))
    assert Follower(venue, f"tickets.{TOMORROW}").catch_up().rows == {}


async def test_merged_and_foreign_uses_are_published_at_once(venue: Venue) -> None:
    lane = venue.lane()
    await lane.admits(token(2))
    await venue.uses_publisher.cut()
    follower = Follower(venue, f"uses.{TONIGHT}").catch_up()
    elsewhere = Use(
        venue.id(),
        TicketId("5.8"),
        TONIGHT,
        Direction.ENTRY,
        1,
        venue.hand.clock.now(),
        "x",
        DeviceId("box"),
    )
    await venue.apply(listings=(listing(2, ticket=1),), uses=(elsewhere,))
    assert {use.ticket for use in uses(follower.catch_up())} == {"5.1", "5.8"}
