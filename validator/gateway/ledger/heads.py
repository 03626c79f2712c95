"""Signed heads: the gateway's own, given to the lanes to keep, and those of the devices."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from validator.errors import WireError
from validator.gateway.host.logs import event
from validator.gateway.ledger.committer import Committer
from validator.gateway.ledger.unit_of_work import UnitOfWork
from validator.keys import KEY_BYTES
from validator.model import DeviceId
from validator.wire.head import Head, gateway_journal, genuine, signed
from validator.wire.messages import Telemetry

_MOST = 1 << 62
_MOST_KEPT = 100


async def sign_head(committer: Committer, last: Head | None) -> Head | None:
    """Sign the journal's head if it has moved on, or another key signs now.

    Args:
        committer: Of the journal.
        last: The head signed before; None = not known.

    Returns:
        The head of now; None while there is no row.

    Raises:
        RetryLater: The disk does not take it.
    """
    return await committer.write(lambda work: _sign(work, last)) or last


async def keep_heads(committer: Committer, device: DeviceId, telemetry: Telemetry) -> None:
    """Keep the heads that a device shows: its own, and the one that it kept for the gateway.

    Args:
        committer: Stores them.
        device: Who sent it.
        telemetry: What it sent.

    Raises:
        WireError: A head is not genuine.
        RetryLater: The disk does not take it.
    """
    heads = (telemetry.head, telemetry.witness)
    if any(heads):
        await committer.write(lambda work: _keep(work, device, *heads), device)


def _sign(work: UnitOfWork, last: Head | None) -> Head | None:
    epoch, heads = work.session.streams.epoch(), work.session.heads
    sequence, hash = heads.last()
    if epoch is None or not sequence:
        return None
    head = Head(gateway_journal(epoch), sequence, hash, work.now)
    stands = last is not None and (last.journal, last.sequence) == (head.journal, sequence)
    if last is not None and stands and genuine(last, work.feed.public):
        return None
    head = signed(head, work.feed.current)
    if last is not None:
        heads.drop(last)
    heads.keep(head)
    return head


def _keep(work: UnitOfWork, device: DeviceId, own: Head | None, witness: Head | None) -> None:
    if own is not None:
        record = work.session.devices.find(device)
        _check(own, device, (record.key,) if record else ())
        _enter(work, own, device)
    if witness is not None:
        _check(witness, witness.journal, work.feed.ring.accepted)
        epoch = work.session.streams.epoch()
        # What an epoch knew that has ended, its lanes give back.
        if epoch and witness.journal == gateway_journal(epoch):
            _enter(work, witness, None)


def _check(head: Head, journal: str, publics: Sequence[bytes]) -> None:
    formed = 0 < head.sequence < _MOST and len(head.hash) == KEY_BYTES
    if not formed or head.journal != journal or not genuine(head, *publics):
        raise WireError("A signed head is not genuine.")


def _enter(work: UnitOfWork, head: Head, device: DeviceId | None) -> None:
    """Keep the furthest head, and those that the rows do not lead to: they prove something."""
    heads = work.session.heads
    known = heads.of(head.journal)
    found = heads.hash_of(head.sequence, device)
    if found is None and device is not None:
        # A restored gateway has yet to be given this row; the head comes again.
        return
    if found != head.hash:
        if head not in known and len(known) < _MOST_KEPT:
            heads.keep(head)
            event("journal_disagrees", logging.CRITICAL, journal=head.journal, row=head.sequence)
        return
    if any(other.sequence >= head.sequence for other in known):
        return
    heads.keep(head)
    for other in known:
        if heads.hash_of(other.sequence, device) == other.hash:
            heads.drop(other)
