"""Faults that other products have in their feeds, each shown to be impossible here."""

import pytest

from validator.clock import Instant
from validator.errors import FramesMissing
from validator.feed import (
    Epoch,
    Heartbeat,
    Row,
    StreamHead,
    begin,
    extend,
    follow,
    missed,
    snapshot,
)
from validator.model import CodeId, Revocation, RevocationKind
from validator.revocation import RevocationSet
from validator.wire.rows import read_revocation, revocation_row

EPOCH = Epoch(1, 7)
CODE = CodeId(b"c" * 16)
CANCELLED = Revocation(CODE, RevocationKind.CANCELLED, Instant(5))


def test_peers_2_a_row_that_commits_late_is_not_missed() -> None:
    """Two clerks cancel; the earlier time stamp reaches the disk last, after a device's pull."""
    stamped_second: list[Row] = [(b"cancelled at 10:00:02", b"")]
    stamped_first: list[Row] = [(b"cancelled at 10:00:01", b"")]
    begun = begin(StreamHead.empty("cancellations.5"), EPOCH)
    early, after_early = extend(begun, stamped_second, EPOCH)
    pulled = follow(begun, early)
    assert pulled is not None

    late, after_late = extend(after_early, stamped_first, EPOCH)
    then = follow(pulled.head, late)
    assert then is not None
    assert then.rows == tuple(stamped_first)
    assert then.head == after_late


def test_peers_2_a_late_row_that_was_lost_on_the_way_is_noticed_at_once() -> None:
    begun = begin(StreamHead.empty("cancellations.5"), EPOCH)
    _, after_lost = extend(begun, [(b"lost", b"")], EPOCH)
    following, after = extend(after_lost, [(b"following", b"")], EPOCH)
    with pytest.raises(FramesMissing):
        follow(begun, following)
    assert after.cursor is not None
    heartbeat = Heartbeat(EPOCH, Instant(9), {"cancellations.5": after.cursor.sequence}, {})
    assert missed(begun, heartbeat)


def test_peers_11_a_cancelled_ticket_that_drops_out_of_the_tickets_is_still_refused() -> None:
    """It is refused because a row says so, never because another row is absent."""
    tickets = begin(StreamHead.empty("tickets.5"), EPOCH)
    cancellations = begin(StreamHead.empty("cancellations.5"), EPOCH)
    frames = []
    for rows in ([(CODE, b"ticket")], [(CODE, None)]):
        delta, tickets = extend(tickets, rows, EPOCH)
        frames.append(delta)
    told, _ = extend(cancellations, [revocation_row(CANCELLED)], EPOCH)

    lane: dict[str, StreamHead] = {
        stream: begin(StreamHead.empty(stream), EPOCH)
        for stream in ("tickets.5", "cancellations.5")
    }
    listed: dict[bytes, bytes | None] = {}
    revoked = RevocationSet()
    for frame in (frames[0], told, frames[1]):
        outcome = follow(lane[frame.stream], frame)
        assert outcome is not None
        lane[frame.stream] = outcome.head
        if frame.stream == "tickets.5":
            listed.update(outcome.rows)
            continue
        for key, value in outcome.rows:
            assert value is not None
            revoked.add(read_revocation(key, value))
    assert listed == {CODE: None}
    assert revoked.hits(CODE)


def test_peers_11_a_device_that_was_away_drops_what_the_snapshot_no_longer_lists() -> None:
    begun = begin(StreamHead.empty("tickets.5"), EPOCH)
    _, with_ticket = extend(begun, [(CODE, b"ticket")], EPOCH)
    _, without = extend(with_ticket, [(CODE, None)], EPOCH)
    outcome = follow(with_ticket, snapshot(without, []))
    assert outcome is not None
    assert outcome.replaces
    assert outcome.rows == ()


def test_peers_11_only_an_explicit_row_takes_a_cancellation_back() -> None:
    revoked = RevocationSet.from_rows([CANCELLED])
    begun = begin(StreamHead.empty("cancellations.5"), EPOCH)
    unrelated, held = extend(begun, [(b"other", b"")], EPOCH)
    assert CODE not in dict(unrelated.rows)
    assert revoked.hits(CODE)
    lifted, _ = extend(held, [(CODE, None)], EPOCH)
    assert dict(lifted.rows) == {CODE: None}
    revoked.lift(CODE, RevocationKind.CANCELLED)
    assert not revoked.hits(CODE)
