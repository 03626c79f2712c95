"""What a follower does with a frame that is genuine: take it, ask for more, or refuse it.

The rules, in their order. Held is (epoch, sequence, digest); only epoch counters are ordered.

 1. A frame of another stream is refused.
 2. Who holds nothing takes a snapshot and nothing else; a delta makes it ask.
 3. A lower epoch is refused: somebody replays what a restore has ended.
 4. The same counter with other random bits is refused: two gateways, one of them not ours.
 5. A higher epoch is entered by a snapshot; a delta of it makes the follower ask.
 6. In the epoch held, a snapshot further on is taken and replaces everything.
 7. A snapshot of the very cursor is ignored if its digest is the one held, else refused.
 8. The next delta is taken if it hangs on the digest held, else refused.
 9. A delta further on makes the follower ask for what lies between.
10. The delta that led to the cursor held is ignored, if it is exactly that one.
11. Any other delta, and any snapshot, of a lower sequence is refused.
12. A part of a snapshot is judged as the whole; it takes effect when every part is there.

Nothing here changes anything: the caller writes rows and `head` in one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass

from validator.errors import FrameRefused, FramesMissing
from validator.feed.chain import StreamHead
from validator.feed.frame import Delta, Epoch, Heartbeat, Row, Snapshot
from validator.feed.seal import chain_digest


@dataclass(frozen=True, slots=True)
class Accepted:
    """What to write, in one transaction.

    Args:
        head: Where the follower stands afterwards.
        rows: Changes; None as value = remove.
        replaces: Drop everything that is held first.
    """

    head: StreamHead
    rows: tuple[Row, ...]
    replaces: bool


def follow(head: StreamHead, frame: Delta | Snapshot) -> Accepted | None:
    """Judge the next frame of a stream by the rules above.

    Args:
        head: Where the follower stands.
        frame: From `open_frame`.

    Returns:
        What to write; None = an exact replay of what is held, nothing to do.

    Raises:
        FramesMissing: Something lies between: ask for everything after `head.cursor`.
        FrameRefused: Rolled back or of another chain: keep the old state and alarm.
    """
    if frame.stream != head.stream:
        raise FrameRefused(f"A frame of {frame.stream} came for {head.stream}; it is dropped.")
    if _is_entered(head, frame.cursor.epoch):
        return _follow_within(head, frame)
    if isinstance(frame, Delta):
        raise FramesMissing(
            f"{frame.stream}: a change of epoch {frame.cursor.epoch.counter} came before that "
            "epoch's snapshot; ask for it."
        )
    return _replace(frame)


def missed(head: StreamHead, heartbeat: Heartbeat) -> bool:
    """Tell whether a heartbeat knows of changes, or of an epoch, that are not held.

    While it does, the heartbeat's `as_of` speaks of more than the follower has: ages must grow on.

    Args:
        head: Where the follower stands.
        heartbeat: From `open_frame`.

    Raises:
        FrameRefused: The heartbeat is of a lower or another epoch: drop it and alarm.
    """
    last = heartbeat.sequences.get(head.stream)
    if head.cursor is None:
        return last is not None
    if not _is_entered(head, heartbeat.epoch):
        return True
    return last is not None and last > head.cursor.sequence


def hear(last: Heartbeat | None, heartbeat: Heartbeat) -> Heartbeat | None:
    """Judge the next heartbeat, so that a replayed one can't make old knowledge look fresh.

    Args:
        last: The one that was heard last; None = none since this start.
        heartbeat: From `open_frame`.

    Returns:
        The heartbeat to go by from now on; None = an exact replay of the last.

    Raises:
        FrameRefused: It is of a lower or another epoch, or takes back its clock or a sequence:
            let ages grow and alarm.
    """
    if last is None or heartbeat.epoch.counter > last.epoch.counter:
        return heartbeat
    if heartbeat.epoch != last.epoch:
        raise _foreign("heartbeat", last.epoch, heartbeat.epoch)
    if heartbeat == last:
        return None
    if heartbeat.now <= last.now:
        raise FrameRefused("A heartbeat is older than the last one; it is dropped.")
    for stream, sequence in heartbeat.sequences.items():
        if sequence < last.sequences.get(stream, 0):
            raise FrameRefused(
                f"A heartbeat takes {stream} back from {last.sequences[stream]} to {sequence}; "
                "was the gateway restored without beginning a new epoch?"
            )
    return heartbeat


def _is_entered(head: StreamHead, epoch: Epoch) -> bool:
    """Tell whether `head` stands in this epoch; False = the epoch lies ahead."""
    if head.cursor is None or head.cursor.epoch.counter < epoch.counter:
        return False
    if head.cursor.epoch != epoch:
        raise _foreign(head.stream, head.cursor.epoch, epoch)
    return True


def _foreign(what: str, ours: Epoch, theirs: Epoch) -> FrameRefused:
    if theirs.counter < ours.counter:
        return FrameRefused(
            f"{what}: epoch {theirs.counter} has ended, {ours.counter} is held; the old state "
            "stays. Is an old gateway still running?"
        )
    return FrameRefused(
        f"{what}: two gateways both call themselves epoch {ours.counter}; the old state stays. "
        "Stop one of them."
    )


def _follow_within(head: StreamHead, frame: Delta | Snapshot) -> Accepted | None:
    assert head.cursor is not None
    sequence, have = frame.cursor.sequence, head.cursor.sequence
    if isinstance(frame, Snapshot) and sequence > have:
        return _replace(frame)
    if sequence > have + 1:
        raise FramesMissing(
            f"{frame.stream}: {sequence} came after {have}; ask for everything after {have}."
        )
    if sequence < have:
        raise FrameRefused(
            f"{frame.stream}: {sequence} is behind {have}, which is held; the old state stays."
        )
    digest = frame.digest if isinstance(frame, Snapshot) else chain_digest(frame)
    if sequence == have and digest == head.digest:
        return None
    if isinstance(frame, Delta) and sequence > have and frame.previous == head.digest:
        return Accepted(StreamHead(frame.stream, frame.cursor, digest), frame.rows, replaces=False)
    raise FrameRefused(
        f"{frame.stream}: {sequence} is of another chain than what is held; the old state stays."
    )


def _replace(frame: Snapshot) -> Accepted:
    return Accepted(StreamHead(frame.stream, frame.cursor, frame.digest), frame.rows, replaces=True)
