"""Journals of the devices: verified row by row, and acknowledged."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from validator.gateway.ledger.check_ins import MAX_BODY, settle_row
from validator.gateway.ledger.committer import Committer
from validator.gateway.ledger.namesakes import known_as
from validator.gateway.ledger.revoked import is_revoked
from validator.gateway.ledger.unit_of_work import UnitOfWork
from validator.gateway.store.journal import DeviceRow, Event
from validator.model import CheckInId, DeviceId
from validator.ports import Outcome
from validator.wire.codec import pack
from validator.wire.journal import row_hash
from validator.wire.messages import Acknowledged, JournalRow

KEPT = "Kept for a supervisor: this device is revoked."


def upload(work: UnitOfWork, device: DeviceId, rows: Sequence[JournalRow]) -> Acknowledged:
    """Take a part of a device's journal.

    A row that continues the chain is settled. One that arrived before has the same outcome
    again. A bad one is kept, not accepted, and the next one is looked at. What comes after missing
    rows waits: the answer's sequence says from where to send again. A row without a body says that
    the rows up to it are lost, and is kept like a bad one. Rows of a device that is revoked by now
    are quarantined: kept, and counted nowhere. When the turn is over the rest is left.

    Args:
        work: The open transaction.
        device: Whose journal.
        rows: In order.
    """
    quarantined = is_revoked(work, device)
    device_rows = work.session.device_rows
    head, last = device_rows.head(device)
    outcomes: list[Outcome] = []
    for row in rows:
        if (row.sequence > head + 1 and row.body) or (outcomes and work.late):
            break
        seen = device_rows.find(device, row.sequence, row.hash)
        if seen is not None:
            outcomes.append(_again(work, seen))
            continue
        next_ = row.sequence > head
        why = (
            _fault(row, head, last) if next_ else "This row differs from the one that came before."
        )
        taken = _take(work, device, row, why, next_, quarantined)
        outcomes.append(taken)
        if next_:
            head, last = row.sequence, row.hash
    return Acknowledged(head, tuple(outcomes))


async def take_upload(
    committer: Committer, device: DeviceId, rows: Sequence[JournalRow]
) -> Acknowledged:
    """Take rows of a device's journal, on disk; see `upload`.

    Args:
        committer: Stores them.
        device: Whose journal.
        rows: In order.

    Returns:
        The last sequence stored, and one outcome per row up to the first gap.

    Raises:
        RetryLater: The disk does not take it.
    """
    outcomes: list[Outcome] = []
    while True:
        left = rows[len(outcomes) :]
        answer = await committer.write(partial(upload, device=device, rows=left), device)
        outcomes += answer.outcomes
        if not answer.outcomes or len(outcomes) == len(rows):
            return Acknowledged(answer.sequence, tuple(outcomes))


def _fault(row: JournalRow, head: int, last: bytes) -> str:
    if not row.body:
        return f"The device's cache was damaged: what it wrote after row {head} is lost."
    if row_hash(row.previous, row.body) != row.hash:
        return "This row is damaged: it does not fit its hash."
    if row.previous != last:
        return "This row does not continue the device's journal."
    return ""


def _again(work: UnitOfWork, seen: DeviceRow) -> Outcome:
    event = _event_of(work, seen.device, seen.check_in if seen.accepted else None)
    conflict = event is not None and event.conflict
    return Outcome(seen.check_in or CheckInId(""), seen.accepted, seen.why, conflict)


def _event_of(work: UnitOfWork, device: DeviceId, id: CheckInId | None) -> Event | None:
    """Return what a device's row has become; None = nothing, it is kept aside."""
    session = work.session
    return session.journal.find(known_as(session, device, id)) if id else None


def _take(
    work: UnitOfWork, device: DeviceId, row: JournalRow, why: str, chained: bool, quarantined: bool
) -> Outcome:
    if why:
        outcome = Outcome(CheckInId(""), False, why)
    elif quarantined:
        outcome = Outcome(CheckInId(""), True, KEPT)
    else:
        outcome = settle_row(work, device, row)
    event = _event_of(work, device, outcome.id if outcome.accepted else None)
    # An event with an id of its own, or of a newer version, has another body than the row.
    stored = event is not None and pack(event.check_in) == row.body
    work.session.device_rows.keep(
        DeviceRow(
            device,
            row.sequence,
            row.hash,
            row.previous,
            chained,
            outcome.id or None,
            outcome.accepted,
            outcome.why,
            quarantined,
            None if stored else row.body[:MAX_BODY],
        )
    )
    return outcome
