"""The follower's rules, one attack or accident each."""

import hashlib
from dataclasses import replace

import pytest

from validator.clock import Instant
from validator.errors import FixRequest, FrameRefused, FramesMissing
from validator.feed import (
    Accepted,
    Cursor,
    Delta,
    Epoch,
    Heartbeat,
    Row,
    Snapshot,
    StreamHead,
    begin,
    extend,
    follow,
    hear,
    missed,
    seal,
    snapshot,
)
from validator.keys import SigningKey

OLD, EPOCH, TWIN, NEW = Epoch(1, 50), Epoch(2, 9), Epoch(2, 10), Epoch(3, 1)
STREAM = "cancellations.5"


def publish(
    held: StreamHead, *values: bytes, epoch: Epoch = EPOCH
) -> tuple[list[Delta], StreamHead]:
    deltas = []
    for value in values:
        delta, held = extend(held, [(b"key", value)], epoch)
        deltas.append(delta)
    return deltas, held


BEGUN = begin(StreamHead.empty(STREAM), EPOCH)
(ONE, TWO, THREE, FOUR), AFTER_FOUR = publish(BEGUN, b"1", b"2", b"3", b"4")
_, AFTER_TWO = publish(BEGUN, b"1", b"2")
FORKED, AFTER_FORK = publish(BEGUN, b"1", b"else", b"3", b"4")


def accepted(held: StreamHead, frame: Delta | Snapshot) -> Accepted:
    outcome = follow(held, frame)
    assert outcome is not None
    return outcome


def test_the_next_delta_is_taken() -> None:
    rows: tuple[Row, ...] = ((b"key", b"3"),)
    outcome = accepted(AFTER_TWO, THREE)
    assert (outcome.rows, outcome.replaces) == (rows, False)
    assert accepted(outcome.head, FOUR).head == AFTER_FOUR


def test_the_chain_digest_is_that_of_the_digest_before_and_the_sealed_body() -> None:
    key = SigningKey.from_seed(bytes(32))
    for delta, after in ((ONE, TWO.previous), (TWO, THREE.previous), (FOUR, AFTER_FOUR.digest)):
        body = seal(delta, key)[64:]
        assert hashlib.sha256(delta.previous + body).digest() == after


def test_a_gap_asks_for_the_missing_part() -> None:
    with pytest.raises(FramesMissing, match="everything after 2"):
        follow(AFTER_TWO, FOUR)


def test_an_exact_replay_of_what_is_held_is_ignored() -> None:
    assert follow(AFTER_TWO, TWO) is None


def test_a_replayed_older_delta_is_refused() -> None:
    with pytest.raises(FrameRefused, match="1 is behind 2"):
        follow(AFTER_TWO, ONE)


def test_other_content_under_the_sequence_held_is_refused() -> None:
    with pytest.raises(FrameRefused):
        follow(AFTER_TWO, FORKED[1])
    with pytest.raises(FrameRefused):
        follow(AFTER_TWO, replace(TWO, rows=()))


def test_a_next_delta_of_another_chain_is_refused() -> None:
    with pytest.raises(FrameRefused, match="another chain"):
        follow(AFTER_TWO, FORKED[2])


def test_a_frame_of_another_stream_is_refused() -> None:
    other = StreamHead("cancellations.6", AFTER_TWO.cursor, AFTER_TWO.digest)
    for frame in (THREE, snapshot(AFTER_FOUR, [])):
        with pytest.raises(FrameRefused):
            follow(other, frame)


def test_who_holds_nothing_starts_with_a_snapshot_only() -> None:
    empty = StreamHead.empty(STREAM)
    for delta in (ONE, FOUR):
        with pytest.raises(FramesMissing):
            follow(empty, delta)
    outcome = accepted(empty, snapshot(AFTER_TWO, [(b"key", b"2")]))
    assert outcome == Accepted(AFTER_TWO, ((b"key", b"2"),), replaces=True)


def test_an_empty_stream_has_a_snapshot_to_start_from() -> None:
    outcome = accepted(StreamHead.empty(STREAM), snapshot(BEGUN, []))
    assert accepted(outcome.head, ONE).head.cursor == Cursor(EPOCH, 1)


def test_a_first_delta_is_no_whole_stream_where_an_epoch_began_with_rows() -> None:
    (first, *_), _ = publish(AFTER_FOUR, b"new", epoch=NEW)
    assert first.cursor == Cursor(NEW, 1)
    for held in (StreamHead.empty(STREAM), AFTER_FOUR):
        with pytest.raises(FramesMissing):
            follow(held, first)


def test_a_snapshot_further_on_replaces_everything() -> None:
    outcome = accepted(AFTER_TWO, snapshot(AFTER_FOUR, [(b"key", b"4")]))
    assert outcome == Accepted(AFTER_FOUR, ((b"key", b"4"),), replaces=True)


def test_a_snapshot_older_than_what_is_held_is_refused() -> None:
    with pytest.raises(FrameRefused):
        follow(AFTER_FOUR, snapshot(AFTER_TWO, []))


def test_a_snapshot_of_the_cursor_held_is_ignored_if_its_digest_is_the_same() -> None:
    assert follow(AFTER_FOUR, snapshot(AFTER_FOUR, [(b"key", b"4")])) is None


def test_a_snapshot_of_the_cursor_held_with_another_digest_is_refused() -> None:
    with pytest.raises(FrameRefused, match="another chain"):
        follow(AFTER_FOUR, snapshot(AFTER_FORK, []))


def test_a_new_epoch_is_entered_by_its_snapshot_even_at_a_lower_sequence() -> None:
    begun = begin(AFTER_TWO, NEW)
    outcome = accepted(AFTER_FOUR, snapshot(begun, [(b"key", b"2")]))
    assert outcome.head.cursor == Cursor(NEW, 0)
    assert outcome.replaces


@pytest.mark.parametrize("sequence", [1, 5, 900])
def test_a_frame_of_a_lower_epoch_is_refused_whatever_its_sequence(sequence: int) -> None:
    cursor = Cursor(OLD, sequence)
    with pytest.raises(FrameRefused, match="has ended"):
        follow(AFTER_FOUR, Delta(STREAM, cursor, AFTER_FOUR.digest, ()))
    with pytest.raises(FrameRefused, match="has ended"):
        follow(AFTER_FOUR, Snapshot(STREAM, cursor, AFTER_FOUR.digest, ()))


@pytest.mark.parametrize("random", [0, 10, (1 << 64) - 1])
def test_a_second_gateway_of_the_same_counter_is_refused_in_either_order(random: int) -> None:
    cursor = Cursor(Epoch(EPOCH.counter, random), 5)
    with pytest.raises(FrameRefused, match="two gateways"):
        follow(AFTER_FOUR, Delta(STREAM, cursor, AFTER_FOUR.digest, ()))
    with pytest.raises(FrameRefused, match="two gateways"):
        follow(AFTER_FOUR, Snapshot(STREAM, cursor, AFTER_FOUR.digest, ()))


def test_a_publisher_does_not_go_back_to_an_epoch_that_has_ended() -> None:
    for epoch in (OLD, TWIN):
        with pytest.raises(FixRequest):
            extend(AFTER_FOUR, [], epoch)


def test_a_stream_that_has_not_begun_has_no_snapshot() -> None:
    with pytest.raises(FixRequest):
        snapshot(StreamHead.empty(STREAM), [])


def test_of_one_key_the_last_change_counts() -> None:
    delta, _ = extend(BEGUN, [(b"b", b"1"), (b"a", b"2"), (b"b", None)], EPOCH)
    assert delta.rows == ((b"a", b"2"), (b"b", None))


def beat(now: int, sequence: int, epoch: Epoch = EPOCH) -> Heartbeat:
    return Heartbeat(epoch, Instant(now), {STREAM: sequence}, {"pretix": Instant(now - 1)})


def test_a_heartbeat_shows_a_gap_that_no_later_frame_would_show() -> None:
    assert missed(AFTER_TWO, beat(9, 3))
    assert not missed(AFTER_TWO, beat(9, 2))


def test_a_heartbeat_that_a_delta_overtook_is_no_gap() -> None:
    assert not missed(AFTER_FOUR, beat(9, 3))


def test_a_heartbeat_shows_that_a_stream_or_an_epoch_has_begun() -> None:
    assert missed(StreamHead.empty(STREAM), beat(9, 0))
    assert missed(AFTER_FOUR, beat(9, 0, NEW))
    assert missed(AFTER_FOUR, Heartbeat(NEW, Instant(9), {}, {}))


def test_a_heartbeat_without_the_stream_shows_nothing() -> None:
    other = Heartbeat(EPOCH, Instant(9), {"catalogue": 8}, {})
    assert not missed(StreamHead.empty(STREAM), other)
    assert not missed(AFTER_TWO, other)


@pytest.mark.parametrize("epoch", [OLD, TWIN])
def test_a_heartbeat_of_an_ended_or_foreign_epoch_is_refused(epoch: Epoch) -> None:
    with pytest.raises(FrameRefused):
        missed(AFTER_TWO, beat(9, 3, epoch))
    with pytest.raises(FrameRefused):
        hear(beat(9, 3), beat(10, 3, epoch))


def test_heartbeats_are_heard_in_order_and_into_a_new_epoch() -> None:
    first = hear(None, beat(9, 3))
    assert first == beat(9, 3)
    assert hear(first, beat(10, 3)) == beat(10, 3)
    assert hear(first, beat(2, 0, NEW)) == beat(2, 0, NEW)


def test_an_exact_replay_of_the_last_heartbeat_is_ignored() -> None:
    assert hear(beat(9, 3), beat(9, 3)) is None


def test_a_replayed_heartbeat_makes_nothing_look_fresh() -> None:
    with pytest.raises(FrameRefused):
        hear(beat(9, 3), beat(8, 3))
    with pytest.raises(FrameRefused):
        hear(beat(9, 3), replace(beat(9, 3), as_of={"pretix": Instant(9)}))


def test_a_gateway_rolled_back_within_its_epoch_is_found_by_its_heartbeat() -> None:
    with pytest.raises(FrameRefused, match="restored"):
        hear(beat(9, 3), beat(10, 2))
