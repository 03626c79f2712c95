"""A new life of the store: the epoch that a restore begins."""

from __future__ import annotations

from validator.errors import FixConfig
from validator.feed import Epoch
from validator.gateway.store.port import Session

EPOCH_BYTES = 8
"""Random bytes of an epoch: two restores of one backup must not be taken for each other."""


def begin_epoch(session: Session, above: int, random: bytes) -> Epoch:
    """End the present life of the store and begin the next one.

    Args:
        session: The open transaction.
        above: The new counter is higher than this and than the present one.
        random: `EPOCH_BYTES` random bytes.

    Raises:
        FixConfig: The store never began a life.
    """
    streams = session.streams
    ended = streams.epoch()
    if ended is None:
        raise FixConfig("This store was never used by a gateway; there is nothing to restore.")
    for held in streams.positions():
        session.restoration.know(held)
    epoch = Epoch(max(ended.counter, above) + 1, int.from_bytes(random, "big"))
    streams.enter(epoch)
    return epoch


def is_restored(session: Session) -> bool:
    """Tell whether the store was ever restored from a backup."""
    return bool(session.restoration.lost_heads())
