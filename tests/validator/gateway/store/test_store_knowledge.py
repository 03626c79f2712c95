"""What every store of the gateway must know; a second one joins in `doubles.store.store_rows`."""

from dataclasses import replace

from doubles.evening import NOW, TONIGHT
from doubles.gateway.committer_with_devices import cancelled, listing
from doubles.store.store_rows import LANE, TICKET, event, id_of, publish
from validator.clock import MINUTE_MS, Instant
from validator.feed import Epoch
from validator.gateway.store.devices import DeviceRecord
from validator.gateway.store.port import Store
from validator.gateway.store.users import UserRecord
from validator.model import Revocation, RevocationKind, Serial
from validator.ports import Outcome


def test_a_row_is_known_as_it_was_at_the_time(store: Store) -> None:
    key = Serial(TONIGHT, 1)
    before, after = listing(1), listing(1, seat="G 1")
    with store.transaction() as session:
        assert session.listings.put(before, Instant(100)) is None
        assert session.listings.put(before, Instant(150)) == before
        assert session.listings.put(after, Instant(200)) == before
        assert session.listings.of_keys((key,)) == (after,)
        assert session.listings.of_number("N-1") == (after,)
        assert session.listings.of_ticket(TICKET) == (after,)
        assert session.listings.scopes("box") == (TONIGHT,)
        assert session.listings.drop(key, Instant(300)) == after
        assert session.listings.of_keys((key,)) == ()
        known = [session.listings.known((key,), Instant(at)) for at in (50, 100, 199, 200, 300)]
    assert known == [(before,), (before,), (before,), (after,), ()]


def test_a_revocation_is_known_as_it_was_at_the_time(store: Store) -> None:
    key = Serial(TONIGHT, 1)
    first = replace(cancelled(1), since=Instant(100))
    other = Revocation(key, RevocationKind.BLOCKED, Instant(150))
    with store.transaction() as session:
        assert session.revocations.put(first, "box") == first
        assert session.revocations.put(replace(first, since=Instant(120)), "box") == first
        session.revocations.put(other, "box")
        assert session.revocations.active((key, TICKET)) == (first, other)
        assert session.revocations.lift(key, Instant(200)) == (first, other)
        assert session.revocations.active((key,)) == ()
        known = [len(session.revocations.known((key,), Instant(at))) for at in (99, 100, 150, 200)]
        session.revocations.put(replace(first, since=Instant(200)), "box")
        assert len(session.revocations.known((key,), Instant(250))) == 1
    assert known == [0, 1, 2, 0]


def test_streams_are_gap_free_and_their_rows_are_the_sum_of_their_frames(store: Store) -> None:
    with store.transaction() as session:
        assert session.streams.epoch() is None
        session.streams.enter(Epoch(1, (1 << 64) - 1))
        publish(session, "uses.5", {b"a": b"1", b"b": b"2"})
        publish(session, "uses.5", {b"a": None, b"b": b"2", b"c": b"3"})
    with store.reading() as session:
        assert session.streams.epoch() == Epoch(1, (1 << 64) - 1)
        assert session.streams.rows("uses.5") == ((b"b", b"2"), (b"c", b"3"))
        (held,) = session.streams.positions()
        assert held == session.streams.head("uses.5")
        assert held.cursor is not None
        assert held.cursor.sequence == 2
        frames = session.streams.frames("uses.5", 0, 10)
        assert frames is not None
        assert len(frames) == 2
        assert session.streams.frames("uses.5", 1, 10) == frames[1:]
        assert session.streams.frames("uses.5", 0, 1) is None
        unchanged = session.streams.changed("uses.5", [(b"b", b"2"), (b"z", None)])
        assert unchanged == ()


def test_a_new_epoch_starts_every_stream_again(store: Store) -> None:
    with store.transaction() as session:
        session.streams.enter(Epoch(1, 5))
        publish(session, "uses.5", {b"a": b"1"})
        session.streams.move_cut(7)
        session.streams.enter(Epoch(2, 6))
        cursor = session.streams.head("uses.5").cursor
        assert cursor is not None
        assert (cursor.epoch, cursor.sequence) == (Epoch(2, 6), 0)
        assert session.streams.rows("uses.5") == ((b"a", b"1"),)
        assert session.streams.frames("uses.5", 0, 9) == ()
        assert session.streams.cut() == 7


def test_an_age_that_a_wrong_clock_wrote_into_the_future_is_put_right(store: Store) -> None:
    with store.transaction() as session:
        session.sources.move("box", "1", Instant(MINUTE_MS + 501))
        session.sources.move("box", "2", Instant(500))
        assert session.sources.as_of() == {"box": 500}


def test_the_age_of_a_source_never_goes_back(store: Store) -> None:
    with store.transaction() as session:
        assert session.sources.cursor("box") == ""
        session.sources.move("box", "1", None)
        assert session.sources.as_of() == {}
        session.sources.move("box", "2", Instant(500))
        session.sources.move("box", "3", Instant(400))
        session.sources.move("box", "4", None)
        assert session.sources.as_of() == {"box": 500}
        assert session.sources.cursor("box") == "4"


def test_the_outbox_owes_each_check_in_once_until_it_is_answered(store: Store) -> None:
    with store.transaction() as session:
        for number in (1, 2, 3):
            session.journal.append(event(number))
            session.outbox.put("box", id_of(number), "N-1")
        session.outbox.put("box", id_of(1), "N-1")
        session.journal.append(event(4))
        session.outbox.follow(id_of(2), id_of(4))
        assert [report.check_in.id for report in session.outbox.owed("box", 2)] == [
            id_of(1),
            id_of(2),
        ]
        session.outbox.settle(
            "box", [Outcome(id_of(1), True), Outcome(id_of(2), False, "gone for good")]
        )
        owed = session.outbox.owed("box", 9)
        assert [(report.check_in.id, report.number) for report in owed] == [
            (id_of(3), "N-1"),
            (id_of(4), "N-1"),
        ]
        assert session.outbox.owed("box", 9, id_of(3)) == owed
        assert session.outbox.owed("box", 9, id_of(4)) == owed[1:]
        assert session.outbox.owed("box", 9, id_of(2)) == owed, "from its place on, answered or not"
        assert session.outbox.backlog() == {"box": 2}
        assert session.outbox.refused() == {"box": 1}


def test_what_was_refused_for_good_is_listed_with_its_answer_and_owed_again(store: Store) -> None:
    with store.transaction() as session:
        for number, source in ((1, "box"), (2, "box"), (3, "shop")):
            session.journal.append(event(number))
            session.outbox.put(source, id_of(number), f"N-{number}")
            session.outbox.settle(source, [Outcome(id_of(number), False, "gone")])
        session.outbox.put("shop", id_of(1), "N-1")
        assert session.outbox.undelivered(False, 0, 9)[0].report.check_in.id == id_of(1)
        first, second = session.outbox.undelivered(True, 0, 2)
        assert (first.source, first.report.number, first.answer) == ("box", "N-1", "gone")
        (third,) = session.outbox.undelivered(True, second.seq, 2)
        assert third.report.check_in.id == id_of(3)
        assert session.outbox.retry("nobody", None) == 0
        assert session.outbox.retry("box", id_of(3)) == 0
        assert session.outbox.retry("box", id_of(1)) == 1
        assert [report.check_in.id for report in session.outbox.owed("box", 9)] == [id_of(1)]
        assert session.outbox.retry(None, None) == 2
        assert session.outbox.undelivered(True, 0, 9) == ()
        assert session.outbox.retry(None, None) == 0


def test_a_secret_enrols_one_device_and_not_after_its_time(store: Store) -> None:
    with store.transaction() as session:
        session.devices.invite(b"one", "a", Instant(100))
        session.devices.invite(b"two", "a", Instant(100))
        assert session.devices.accept(b"one", Instant(50)) == "a"
        assert session.devices.accept(b"one", Instant(60)) is None
        assert session.devices.accept(b"two", Instant(100)) is None
        assert session.devices.accept(b"three", Instant(50)) is None


def test_devices_and_users_are_found_by_their_tokens_hash(store: Store) -> None:
    device = DeviceRecord(LANE, "Main", "a", b"d" * 32, NOW)
    user = UserRecord("ann", "supervisor", b"u" * 32)
    with store.transaction() as session:
        session.devices.put(device)
        session.devices.put(replace(device, gate="b", revoked=True))
        session.users.put(user)
        assert session.devices.of_token(b"d" * 32) == replace(device, gate="b", revoked=True)
        assert session.devices.all() == (session.devices.find(LANE),)
        assert session.devices.of_token(b"x" * 32) is None
        assert session.users.of_token(b"u" * 32) == user
        session.users.remove("ann")
        assert session.users.all() == ()
