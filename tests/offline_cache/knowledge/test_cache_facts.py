"""What a device knows of a scan: rows, cancellations, earlier uses under every name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from doubles.evening import DEVICE, GATE, NOW, TOMORROW, TONIGHT, listed, opaque, token, use
from doubles.gateway.feed_source import FeedSource, evening_rows
from doubles.store.device_cache import check_in, identity, opened
from offline_cache.cache import Cache
from validator.errors import TokenError
from validator.model import (
    CheckInId,
    DeviceId,
    Facts,
    Kind,
    Listing,
    Numbered,
    Opaque,
    Reading,
    Ref,
    Revocation,
    RevocationKind,
    TicketId,
    UseState,
    namesake,
)
from validator.wire.messages import Acknowledged
from validator.wire.rows import listing_row, revocation_key, revocation_row, use_row

CANCELLATIONS, TICKETS, USES = f"cancellations.{TONIGHT}", f"tickets.{TONIGHT}", f"uses.{TONIGHT}"


@pytest.fixture
def feed() -> FeedSource:
    return FeedSource()


@pytest.fixture
def cache(tmp_path: Path, feed: FeedSource) -> Iterator[Cache]:
    cache = opened(tmp_path)
    feed.delta("catalogue", *evening_rows())
    for stream in ("catalogue", CANCELLATIONS, TICKETS, USES, f"cancellations.{TOMORROW}"):
        cache.knowledge.apply(feed.snapshot(stream))
    yield cache
    cache.close()


def facts(cache: Cache, reading: Reading) -> Facts:
    return cache.facts(reading, GATE, NOW)


def cancel(feed: FeedSource, target: Ref, stream: str = CANCELLATIONS) -> bytes:
    return feed.delta(stream, revocation_row(Revocation(target, RevocationKind.CANCELLED, NOW)))


def lift(feed: FeedSource, target: Ref, stream: str = CANCELLATIONS) -> bytes:
    return feed.delta(stream, (revocation_key(target, RevocationKind.CANCELLED), None))


def test_an_unlisted_token_stands_for_itself(cache: Cache) -> None:
    known = facts(cache, token())
    assert (known.tickets, known.revocations, known.uses) == ((), (), ())
    assert known.catalogue.gates["a"] == GATE


def test_a_malformed_code_still_gets_the_plan(cache: Cache) -> None:
    assert facts(cache, TokenError("malformed", "no token")).catalogue.performances


@pytest.mark.parametrize("reading", [token(), opaque(), Numbered("1043-2-K7QM")])
def test_a_listed_ticket_is_found(cache: Cache, feed: FeedSource, reading: Reading) -> None:
    key = reading.code if isinstance(reading, Opaque) else token().serial
    ticket = listed(token(), number="1043-2-k7qm")
    cache.knowledge.apply(feed.delta(TICKETS, listing_row(Listing(key, ticket))))
    assert facts(cache, reading).tickets == (ticket,)


def test_a_code_that_two_streams_give_to_two_tickets_is_told_as_both(
    cache: Cache, feed: FeedSource
) -> None:
    code = opaque()
    for stream, name in ((TICKETS, "box:1"), (f"tickets.{TOMORROW}", "box:2")):
        feed.delta(stream, listing_row(Listing(code.code, listed(code, id=TicketId(name)))))
        cache.knowledge.apply(feed.snapshot(stream))
    assert {ticket.id for ticket in facts(cache, code).tickets} == {"box:1", "box:2"}


def test_one_ticket_in_two_streams_is_not_ambiguous(cache: Cache, feed: FeedSource) -> None:
    code = opaque()
    for stream in (TICKETS, f"tickets.{TOMORROW}"):
        feed.delta(stream, listing_row(Listing(code.code, listed(code))))
        cache.knowledge.apply(feed.snapshot(stream))
    assert len(facts(cache, code).tickets) == 1


@pytest.mark.parametrize("target", [token().code, token().serial, token().serial.ticket()])
def test_a_cancellation_of_code_serial_or_ticket_is_found_and_lifted(
    cache: Cache, feed: FeedSource, target: Ref
) -> None:
    cache.knowledge.apply(cancel(feed, target))
    assert [found.target for found in facts(cache, token()).revocations] == [target]
    assert facts(cache, token(2)).revocations == ()
    cache.knowledge.apply(lift(feed, target))
    assert facts(cache, token()).revocations == ()


def test_a_cancellation_lifted_in_one_stream_still_stands_in_the_other(
    cache: Cache, feed: FeedSource
) -> None:
    other = f"cancellations.{TOMORROW}"
    cache.knowledge.apply(cancel(feed, token().serial))
    cache.knowledge.apply(cancel(feed, token().serial, other))
    cache.knowledge.apply(lift(feed, token().serial, other))
    assert len(facts(cache, token()).revocations) == 1


def test_a_snapshot_of_cancellations_replaces_them(cache: Cache, feed: FeedSource) -> None:
    cache.knowledge.apply(cancel(feed, token(1).serial))
    lift(feed, token(1).serial)
    cancel(feed, token(2).serial)
    cache.knowledge.apply(feed.snapshot(CANCELLATIONS))
    assert facts(cache, token(1)).revocations == ()
    assert len(facts(cache, token(2)).revocations) == 1


def test_a_cancelled_ticket_is_found_by_its_number_too(cache: Cache, feed: FeedSource) -> None:
    cache.knowledge.apply(
        feed.delta(TICKETS, listing_row(Listing(token().serial, listed(token()))))
    )
    cache.knowledge.apply(cancel(feed, token().serial))
    assert len(facts(cache, Numbered("1043-2-K7QM")).revocations) == 1


def test_an_exchanged_code_does_not_refuse_the_number_while_a_new_code_is_good(
    cache: Cache, feed: FeedSource
) -> None:
    ticket = listed(token(1))
    rows = [listing_row(Listing(token(n).serial, ticket)) for n in (1, 2)]
    cache.knowledge.apply(feed.delta(TICKETS, *rows))
    cache.knowledge.apply(cancel(feed, token(1).serial))
    assert facts(cache, Numbered("1043-2-K7QM")).revocations == ()
    assert len(facts(cache, token(1)).revocations) == 1


def test_uses_of_other_lanes_come_in_order_and_leave_when_undone(
    cache: Cache, feed: FeedSource
) -> None:
    early, late = use(token(), 20), use(token(), 10)
    cache.knowledge.apply(feed.delta(USES, use_row(late), use_row(early)))
    assert facts(cache, token()).uses == (early, late)
    cache.knowledge.apply(feed.delta(USES, (early.id.encode(), None)))
    assert facts(cache, token()).uses == (late,)


def test_an_own_check_in_and_its_stream_row_are_one_use(cache: Cache, feed: FeedSource) -> None:
    row = check_in(1, token())
    cache.append(row)
    (own,) = facts(cache, token()).uses
    cache.knowledge.apply(feed.delta(USES, use_row(replace(own, count=1))))
    assert facts(cache, token()).uses == (own,)


def test_an_own_check_in_whose_id_another_device_used_first_is_one_use_all_the_same(
    cache: Cache, feed: FeedSource
) -> None:
    mine = check_in(1, token())
    cache.append(mine)
    theirs = replace(use(token(2)), id=mine.id, device=DeviceId("liar"))
    ours = replace(use(token()), id=namesake(DEVICE, mine.id), device=DEVICE, at=mine.at)
    cache.knowledge.apply(feed.delta(USES, use_row(theirs), use_row(ours)))
    assert len(facts(cache, token()).uses) == 1
    assert [each.device for each in facts(cache, token(2)).uses] == ["liar"]
    *_, people = cache.occupancy.inside((TONIGHT,))
    assert people == 2
    cache.knowledge.apply(feed.delta(USES, (mine.id.encode(), None)))
    assert len(facts(cache, token()).uses) == 1, "the other's undo takes nothing of ours away"
    assert facts(cache, token(2)).uses == ()
    cache.append(check_in(2, token(), kind=Kind.UNDO, of=mine.id))
    assert facts(cache, token()).uses == ()


def test_peer_fault_6_a_ticket_stays_used_after_its_check_in_was_uploaded(
    cache: Cache, feed: FeedSource
) -> None:
    row = cache.append(check_in(1, token()))
    cache.acknowledge(Acknowledged(row.sequence, ()))
    assert cache.backlog() == 0
    assert len(facts(cache, token()).uses) == 1
    cache.knowledge.apply(feed.delta(USES, use_row(use(token(9)))))
    feed.delta(USES, use_row(use(token(8))))
    cache.knowledge.apply(feed.snapshot(USES))
    assert len(facts(cache, token()).uses) == 1, "a snapshot cut before our upload takes nothing"


def test_a_refusal_and_a_repeat_use_nothing(cache: Cache) -> None:
    cache.append(check_in(1, token(), decision="refuse", count=0))
    cache.append(check_in(2, token(), decision="repeat", count=0))
    assert facts(cache, token()).uses == ()


def test_undo_gives_the_ticket_back_though_the_stream_still_has_it(
    cache: Cache, feed: FeedSource
) -> None:
    shown = check_in(1, token())
    cache.append(shown)
    (own,) = facts(cache, token()).uses
    cache.knowledge.apply(feed.delta(USES, use_row(own)))
    cache.append(check_in(2, token(), kind=Kind.UNDO, of=shown.id, count=0))
    assert facts(cache, token()).uses == ()


def test_undo_of_another_lanes_check_in_counts_at_once(cache: Cache, feed: FeedSource) -> None:
    elsewhere = use(token())
    cache.append(check_in(2, token(), kind=Kind.UNDO, of=elsewhere.id, count=0))
    cache.knowledge.apply(feed.delta(USES, use_row(elsewhere)))
    assert facts(cache, token()).uses == ()


def test_an_undo_elsewhere_takes_the_own_use_away(cache: Cache, feed: FeedSource) -> None:
    cache.append(check_in(1, token()))
    (own,) = facts(cache, token()).uses
    cache.knowledge.apply(feed.delta(USES, use_row(own)))
    cache.knowledge.apply(feed.delta(USES, (own.id.encode(), None)))
    assert facts(cache, token()).uses == ()


def test_a_hold_is_entered_confirmed_with_its_count_or_released(
    cache: Cache, feed: FeedSource
) -> None:
    first = check_in(1, token(1), kind=Kind.HOLD, count=3)
    cache.append(first)
    (held,) = facts(cache, token(1)).uses
    assert (held.state, held.count) == (UseState.HELD, 3)
    cache.knowledge.apply(feed.delta(USES, use_row(held)))
    cache.append(check_in(2, token(1), kind=Kind.CONFIRM, of=first.id, count=2))
    (done,) = facts(cache, token(1)).uses
    assert (done.state, done.count) == (UseState.DONE, 2), "fresher than the stream's row"
    second = check_in(3, token(2), kind=Kind.HOLD)
    cache.append(second)
    cache.append(check_in(4, token(2), kind=Kind.RELEASE, of=second.id, count=0))
    assert facts(cache, token(2)).uses == ()


def test_a_reissued_code_merges_with_the_first_when_its_row_comes(
    cache: Cache, feed: FeedSource
) -> None:
    first, again = token(1), token(2)
    cache.append(check_in(1, again))
    assert facts(cache, first).uses == ()
    ticket = listed(first)
    rows = [listing_row(Listing(reading.serial, ticket)) for reading in (first, again)]
    cache.knowledge.apply(feed.delta(TICKETS, *rows))
    assert len(facts(cache, first).uses) == len(facts(cache, again).uses) == 1
    assert len(facts(cache, Numbered("1043-2-K7QM")).uses) == 1
    assert len(cache.owed(names=facts(cache, again).names)) == 1, "a claim for it carries that row"


def test_owed_rows_of_one_ticket_only(cache: Cache, feed: FeedSource) -> None:
    cache.knowledge.apply(
        feed.delta(TICKETS, listing_row(Listing(token(2).serial, listed(token(2)))))
    )
    cache.append(check_in(1, token(1)))
    wanted = cache.append(check_in(2, token(2)))
    undone = cache.append(check_in(3, token(2), kind=Kind.UNDO, of=check_in(2, token(2)).id))
    assert cache.owed(names=facts(cache, token(2)).names) == (wanted, undone)
    assert cache.owed(1, facts(cache, token(2)).names) == (wanted,)


def test_a_code_that_the_gateway_let_in_before_its_row_came_is_used(
    cache: Cache, feed: FeedSource
) -> None:
    again, first = token(2), token(1).serial.ticket()
    cache.append(check_in(1, again, ticket=first))
    assert len(facts(cache, again).uses) == 1
    cache.knowledge.apply(
        feed.delta(USES, use_row(replace(use(token(4)), ticket=first, code=token(5).code)))
    )
    assert len(facts(cache, token(5)).uses) == 2, "let in elsewhere, its row not here yet"


def test_the_last_scan_is_told_and_an_undone_one_did_not_pass(cache: Cache) -> None:
    assert facts(cache, token()).last is None
    cache.append(check_in(1, token()))
    last = facts(cache, token()).last
    assert last is not None
    assert (last.code, last.passed) == (token().code, True)
    cache.append(check_in(2, token(), decision="repeat", count=0))
    assert facts(cache, token()).last == last, "a repeat can be repeated"
    cache.append(check_in(3, token(), kind=Kind.UNDO, of=CheckInId(check_in(1, token()).id)))
    undone = facts(cache, token()).last
    assert undone is not None
    assert not undone.passed
    cache.append(check_in(4, token(3), decision="refuse", count=0))
    last = facts(cache, token()).last
    assert last is not None
    assert (last.code, last.passed) == (token(3).code, False)


def test_a_row_that_can_not_be_read_does_not_block_the_others(
    cache: Cache, feed: FeedSource
) -> None:
    good = listing_row(Listing(token().serial, listed(token())))
    cache.knowledge.apply(feed.delta(TICKETS, (b"s" + bytes(8), b"\xc1"), good))
    cache.knowledge.apply(feed.delta(CANCELLATIONS, (b"zzz", b"\x90"), (b"c", None)))
    cache.knowledge.apply(feed.delta("catalogue", (b"turnstile:1", b"\x90")))
    cache.knowledge.apply(feed.delta(USES, (b"no-id", b"\x90")))
    assert cache.knowledge.unread == 4
    assert facts(cache, token()).tickets


def test_streams_follow_the_gate_and_the_passes_that_open_its_performances(cache: Cache) -> None:
    scopes = (TONIGHT, 9)
    kinds = ("cancellations", "tickets", "uses")
    assert cache.knowledge.place.streams == (
        "catalogue",
        *(f"{kind}.{n}" for n in scopes for kind in kinds),
    )
    assert cache.knowledge.place.gate == GATE
    assert not cache.knowledge.place.revoked
    assert cache.device == DEVICE == identity().device


def test_knowledge_is_of_unknown_age_until_heard(cache: Cache) -> None:
    assert facts(cache, token()).ages_s == ()
