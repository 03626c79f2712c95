"""A new epoch of the store, as a restore begins one."""

from __future__ import annotations

from validator.clock import Instant
from validator.errors import FixConfig
from validator.feed import Epoch
from validator.gateway.store.port import Session

EPOCH_BYTES = 8
"""Random bytes of an epoch: two restores of one backup must not be taken for each other."""


def begin_epoch(session: Session, above: int, random: bytes) -> Epoch:
    """End the present epoch of the store and begin the next one.

    Args:
        session: The open transaction.
        above: The new counter is higher than this and than the present one.
        random: `EPOCH_BYTES` random bytes.

    Raises:
        FixConfig: The store never began an epoch.
    """
    streams = session.streams
    ended = streams.epoch()
    if ended is None:
        raise FixConfig("This store was never used by a gateway; there is nothing to restore.")
    for head in streams.positions():
        session.restoration.put_ended_head(head)
    epoch = Epoch(max(ended.counter, above) + 1, int.from_bytes(random, "big"))
    streams.enter(epoch)
    return epoch


def begin_epoch_and_await(session: Session, random: bytes, now: Instant) -> Epoch:
    """Begin an epoch in a store that lacks something, and await whoever may hold it: every device.

    Args:
        session: The open transaction.
        random: `EPOCH_BYTES` random bytes.
        now: Wall clock.

    Raises:
        FixConfig: The store never began an epoch.
    """
    epoch = begin_epoch(session, 0, random)
    known = [device.id for device in session.devices.all() if not device.revoked]
    session.restoration.expect(known, now)
    return epoch


def is_restored(session: Session) -> bool:
    """Tell whether the store was ever restored from a backup."""
    return bool(session.restoration.ended_heads())
