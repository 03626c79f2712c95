"""What every store of the gateway must do; a second one joins in `doubles.store.store_rows`."""

import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from doubles.evening import NOW, TONIGHT
from doubles.gateway.committer_with_devices import cancelled, listing
from doubles.store.store_rows import LANE, TICKET, check_in, claim, event, id_of, publish, use
from validator.clock import MINUTE_MS, Instant
from validator.errors import FixConfig, FixRequest, RetryLater
from validator.feed import Epoch
from validator.gateway.ledger.verification import verify_journals
from validator.gateway.store.claims import ClaimState
from validator.gateway.store.devices import DeviceRecord
from validator.gateway.store.journal import DeviceRow
from validator.gateway.store.port import Store
from validator.gateway.store.sqlite import SqliteStore
from validator.gateway.store.users import UserRecord
from validator.model import Decision, DeviceId, Kind, Revocation, RevocationKind, Serial, TicketId
from validator.ports import Outcome, SetAside
from validator.wire.journal import GENESIS


def test_an_ordinal_of_a_ticket_is_given_once(store: Store) -> None:
    with store.transaction() as session:
        assert session.claims.insert(claim(1, 1))
        assert not session.claims.insert(claim(2, 1))
        assert session.claims.insert(claim(2, 2))
        assert session.claims.insert(claim(3, 1, TicketId("5.2")))
    with store.reading() as session:
        assert [row.claim.id for row in session.claims.of_ticket(TICKET)] == [id_of(1), id_of(2)]


def test_a_released_ordinal_is_never_given_again(store: Store) -> None:
    with store.transaction() as session:
        session.claims.insert(claim(1, 1))
        session.claims.release(id_of(1))
        assert not session.claims.insert(claim(2, 1))
        assert session.claims.of_ticket(TICKET)[0].state is ClaimState.RELEASED


def test_an_ordinal_is_passed_on_only_while_it_is_open_and_nobody_came_after(
    store: Store,
) -> None:
    with store.transaction() as session:
        session.claims.insert(claim(1, 1))
        assert session.claims.pass_on(id_of(1), claim(2, 1), top=1)
        assert not session.claims.pass_on(id_of(1), claim(3, 1), top=1)
        session.claims.insert(claim(4, 2))
        assert not session.claims.pass_on(id_of(2), claim(5, 1), top=1)
        assert session.claims.pass_on(id_of(2), claim(5, 1), top=2)
        gone = session.claims.find(id_of(1))
        assert gone is not None
        assert gone.state is ClaimState.RELEASED


def test_a_claim_is_settled_where_its_row_says_or_lost(store: Store) -> None:
    with store.transaction() as session:
        session.claims.insert(claim(1, 1))
        session.claims.insert(claim(2, 2))
        assert not session.claims.settle(claim(1, 2))
        assert session.claims.settle(claim(1, 3))
        assert [row.claim.ordinal for row in session.claims.of_ticket(TICKET)] == [2, 3]
        assert [row.claim.id for row in session.claims.open()] == [id_of(2)]


def test_a_spent_id_stays_spent(store: Store) -> None:
    with store.transaction() as session:
        session.claims.spend(id_of(1), LANE)
        session.claims.spend(id_of(1), LANE)
        assert session.claims.spent(id_of(1), LANE)
        assert not session.claims.spent(id_of(1), DeviceId("lane-9"))
        assert not session.answers.unheard(id_of(1))
        assert session.claims.find(id_of(1)) is None
        session.claims.insert(claim(2, 1))
        session.claims.spend(id_of(2), LANE)
        assert [row.claim.id for row in session.claims.open()] == [id_of(2)]


def test_what_raises_is_undone(store: Store) -> None:
    with suppress(ZeroDivisionError), store.transaction() as session:
        session.journal.append(event(1))
        raise ZeroDivisionError
    with store.reading() as session:
        assert session.journal.find(id_of(1)) is None


def test_a_savepoint_undoes_its_own_part_only(store: Store) -> None:
    with store.transaction() as session:
        session.journal.append(event(1))
        with suppress(ZeroDivisionError), session.savepoint():
            session.journal.append(event(2))
            with session.savepoint():
                session.journal.append(event(3))
            raise ZeroDivisionError
        session.journal.append(event(4))
    with store.reading() as session:
        stored = [(row.sequence, row.check_in.id) for row in session.journal.after(0, 9)]
    assert stored == [(1, id_of(1)), (2, id_of(4))]


def test_a_value_that_does_not_fit_is_the_items_fault(store: Store) -> None:
    with store.transaction() as session:
        session.journal.append(event(1))
        with pytest.raises(FixRequest), session.savepoint():
            session.journal.append(event(1))
        with pytest.raises(FixRequest), session.savepoint():
            session.uses.put(use(1, at=1 << 70))
    with store.reading() as session:
        assert len(session.journal.after(0, 9)) == 1


def test_readers_see_what_is_committed_and_change_nothing(store: Store) -> None:
    with store.transaction() as writing:
        writing.journal.append(event(1))
        with store.reading() as session:
            assert session.journal.find(id_of(1)) is None
    with store.reading() as session:
        assert session.journal.find(id_of(1)) is not None
    with pytest.raises(RetryLater), store.reading() as session:
        session.journal.append(event(2))


def test_many_threads_read_at_once(store: Store) -> None:
    with store.transaction() as session:
        session.uses.put(use(1))
    together, seen = threading.Barrier(4, timeout=30), []

    def look() -> None:
        with store.reading() as session:
            together.wait()
            seen.append(len(session.uses.of_ticket(TICKET)))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [1, 1, 1, 1]


def test_what_events_mean_for_the_uses_is_told_in_their_order(store: Store) -> None:
    refused = replace(check_in(3), decision=Decision.REFUSE, count=0)
    withdrawn = replace(check_in(4), kind=Kind.UNDO, of=id_of(2), decision=Decision.REFUSE)
    unheard = replace(check_in(5), kind=Kind.UNDO, of=id_of(9))
    with store.transaction() as session:
        for shown in (check_in(1), check_in(2), refused, withdrawn, unheard):
            session.journal.append(replace(event(1), check_in=shown))
        session.uses.put(use(1))
        session.uses.put(use(3))
        told = [(each.sequence, each.id, each.use) for each in session.uses.passages(0, 9)]
        assert told == [
            (1, id_of(1), use(1).use),
            (2, id_of(2), None),
            (3, None, None),
            (4, id_of(2), None),
            (5, None, None),
        ]
        about = session.uses.passages(3, 1)[0]
        assert (about.ticket, about.performance, about.gate, about.at) == (
            TICKET,
            TONIGHT,
            "a",
            NOW,
        )


def test_the_journal_keeps_what_it_was_given_and_its_chain_holds(store: Store) -> None:
    with store.transaction() as session:
        for number in range(1, 4):
            session.journal.append(event(number))
        undo = replace(check_in(4), kind=Kind.UNDO, of=id_of(2))
        session.journal.append(replace(event(4), check_in=undo))
        (whole,) = verify_journals(session, b"")
        assert (whole.rows, whole.broken) == (4, None)
        assert session.journal.find(id_of(2)) == replace(event(2), sequence=2)
        assert [row.check_in for row in session.journal.naming(id_of(2))] == [undo]
        assert [row.sequence for row in session.journal.after(1, 2)] == [2, 3]
        assert len(session.totals.ticket_events(TICKET, 10)) == 4
        assert session.totals.shown()[0].times == 3


def test_uses_come_in_order_of_time_and_id(store: Store) -> None:
    with store.transaction() as session:
        session.uses.put(use(2, at=5))
        session.uses.put(use(3))
        session.uses.put(use(1, at=5))
        session.uses.put(use(3, count=2))
        assert [row.id for row in session.uses.of_ticket(TICKET)] == [id_of(3), id_of(1), id_of(2)]
        assert session.uses.find(id_of(3)) == use(3, count=2)
        assert [tally.people for tally in session.uses.tallies()] == [4]
        moved = session.uses.rekey(b"s1", TICKET, TicketId("5.9"))
        assert {row.ticket for row in moved} == {"5.9"}
        session.uses.remove(id_of(3))
        assert len(session.uses.of_ticket(TicketId("5.9"))) == 2


def test_a_devices_chain_has_one_head(store: Store) -> None:
    row = DeviceRow(LANE, 1, b"1" * 32, GENESIS, True, id_of(1), True)
    with store.transaction() as session:
        assert session.device_rows.head(LANE) == (0, GENESIS)
        session.device_rows.keep(row)
        session.device_rows.keep(replace(row, hash=b"2" * 32, chained=False, body=b"?"))
        assert session.device_rows.head(LANE) == (1, b"1" * 32)
        assert session.device_rows.find(LANE, 1, b"1" * 32) == row
        assert session.device_rows.find(LANE, 2, b"1" * 32) is None


def test_a_newer_store_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "gateway.sqlite"
    made = SqliteStore(path)
    with made.transaction() as session:
        session.connection.execute("PRAGMA user_version = 99")
    made.close()
    with pytest.raises(FixConfig):
        SqliteStore(path)


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "gateway.sqlite"
    SqliteStore(path).close()
    assert path.stat().st_mode & 0o077 == 0


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


def test_rows_that_can_not_be_read_are_kept_by_source_until_they_can(store: Store) -> None:
    odd, worse = SetAside("ticket 7.1", "no seat"), SetAside("ticket 7.2", "no tariff")
    with store.transaction() as session:
        session.sources.put_aside("box", [worse, odd], Instant(1))
        session.sources.put_aside("shop", [odd], Instant(1))
    with store.reading() as session:
        assert session.sources.aside() == {"box": (odd, worse), "shop": (odd,)}
    with store.transaction() as session:
        session.sources.put_aside("box", [replace(odd, why="no row")], Instant(2))
        session.sources.put_aside("shop", [], Instant(2))
    with store.reading() as session:
        assert session.sources.aside() == {"box": (SetAside("ticket 7.1", "no row"),)}


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
