"""A store that stands further back than its lanes, in the same epoch: nobody restored it.

SQLite ends a damaged log at the first bad frame and drops what follows without a word, and a
folder may be exchanged for an older copy. Going on in the same epoch would publish other changes
under numbers that lanes have seen already. So the gateway asks such a lane for what it holds, and
a sealed frame from beyond its own end is the proof on which it begins a new epoch, as after a
restore. A bare position is no proof.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from validator.feed import Delta, Snapshot
from validator.gateway.ledger.epochs import EPOCH_BYTES, begin_epoch_and_await
from validator.gateway.ledger.unit_of_work import UnitOfWork
from validator.gateway.store.port import Session
from validator.wire.messages import Position


def ends_if_behind(session: Session, positions: Iterable[Position]) -> tuple[Position, ...]:
    """Return where this gateway stands, if a device says it stands further on; else nothing.

    Args:
        session: An open transaction.
        positions: Of the device.
    """
    epoch = session.streams.epoch()
    if epoch is None:
        return ()
    ours = _ends(session)
    if not any(
        (at.counter, at.random) == epoch and at.sequence > ours.get(at.stream, 0)
        for at in positions
    ):
        return ()
    return tuple(Position(stream, *epoch, sequence) for stream, sequence in ours.items())


def begin_epoch_if_proven(
    work: UnitOfWork, frames: Iterable[Delta | Snapshot], entropy: Callable[[int], bytes]
) -> bool:
    """Begin a new epoch if frames prove that the present one went on; return whether they do.

    Every device is awaited then: each may hold something that the store has lost.

    Args:
        work: The open transaction.
        frames: With this gateway's genuine seal.
        entropy: Random bytes.
    """
    session = work.session
    epoch, ours = session.streams.epoch(), _ends(session)
    if not any(
        frame.cursor.epoch == epoch and frame.cursor.sequence > ours.get(frame.stream, 0)
        for frame in frames
    ):
        return False
    begin_epoch_and_await(session, entropy(EPOCH_BYTES), work.now)
    work.cache.forget()
    return True


def _ends(session: Session) -> dict[str, int]:
    head = session.streams.positions()
    return {each.stream: each.cursor.sequence for each in head if each.cursor}
