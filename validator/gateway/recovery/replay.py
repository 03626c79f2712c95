"""What devices give back to a restored gateway: its own sealed frames of epochs that have ended.

A frame is the gateway's own word, so its seal is all the proof that it needs. It is followed as a
lane would follow it, per stream and ended epoch, so that each is heard once. What it says is then
laid over what the backup knows, by rules that only ever err on the side of refusing:

* A device that was revoked stays revoked; a key that was compromised stays so.
* A key whose private half is not in the backup becomes retired: what it signed stays good.
* A cancellation is taken over. It is lifted by a later frame, or after its ticketing system has
  said it too and takes it back; not by a system that has never heard of it (an older backup).
* An entry counts, until the journal of its lane arrives and tells it in full.
* Frames of an epoch that is not the latest known only fill gaps.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from validator.errors import FrameRefused, FramesMissing, RetryLater, ValidatorError, WireError
from validator.feed import Delta, Heartbeat, Row, Snapshot, follow, open_frame
from validator.feed.names import CANCELLATIONS, CATALOGUE, TICKETS, USES, kind_of, stream_of
from validator.gateway.ledger.conflicts import refold
from validator.gateway.ledger.issuer_keys import replayed_key
from validator.gateway.ledger.namesakes import own_name
from validator.gateway.ledger.unit_of_work import UnitOfWork
from validator.gateway.ledger.upstream_changes import SLICE, apply, scopes_of
from validator.gateway.ledger.uses import store_foreign_uses
from validator.gateway.store.devices import DeviceRecord
from validator.gateway.trust.device_ids import REVOKED
from validator.model import (
    Assignment,
    CheckInId,
    DeviceId,
    Entry,
    IssuerKey,
    Listing,
    Revocation,
)
from validator.ports import Changes
from validator.wire.rows import (
    read_entry,
    read_listing,
    read_ref,
    read_revocation,
    read_use,
    revocation_row,
)

T = TypeVar("T")

FROM_LANES = "lanes"
"""`UseRow.origin` of an entry that only the streams tell of."""

HIGHEST_COUNTER = 1 << 32
"""Epochs beyond are nobody's."""

_NOTHING = Changes("", None)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows of one genuine frame.

    Args:
        frame: Delta or snapshot of some epoch.
        rows: A part of its rows.
        last: There are no more of them.
    """

    frame: Delta | Snapshot
    rows: tuple[Row, ...]
    last: bool


def genuine_frame(sealed: bytes, *publics: bytes) -> Delta | Snapshot | None:
    """Open a frame that a device offers; None = it is none of this gateway's."""
    try:
        frame = open_frame(sealed, *publics)
    except FrameRefused:
        return None
    if isinstance(frame, Heartbeat) or frame.cursor.epoch.counter > HIGHEST_COUNTER:
        return None
    return frame


def portions(frames: Iterable[Delta | Snapshot]) -> Iterator[list[Piece]]:
    """Cut frames, in order, into what is taken in one transaction: claims need not wait long."""
    portion: list[Piece] = []
    rows = 0
    for frame in frames:
        for start in range(0, len(frame.rows) or 1, SLICE):
            part = frame.rows[start : start + SLICE]
            portion.append(Piece(frame, part, start + SLICE >= len(frame.rows)))
            rows += len(part) + 1
            if rows >= SLICE:
                yield portion
                portion, rows = [], 0
    if portion:
        yield portion


def replay(work: UnitOfWork, pieces: Iterable[Piece]) -> tuple[DeviceId, ...]:
    """Take pieces of ended epochs.

    Args:
        work: The open transaction.
        pieces: In the order of each stream.

    Returns:
        Devices that turned out to be revoked.
    """
    revoked: list[DeviceId] = []
    for piece in pieces:
        if piece.frame.cursor.epoch == work.session.streams.epoch():
            continue
        frames, conflicts = len(work.frames), len(work.conflicts)
        try:
            with work.session.savepoint():
                revoked += _replay_piece(work, piece)
        except RetryLater:
            raise
        except ValidatorError as error:
            # One frame that nothing can be made of must not keep the others from being heard.
            del work.frames[frames:], work.conflicts[conflicts:]
            work.cache.forget()
            log.error("A frame given back could not be taken: %s", type(error).__name__)
    return tuple(revoked)


def _replay_piece(work: UnitOfWork, piece: Piece) -> list[DeviceId]:
    restoration, frame, rows = work.session.restoration, piece.frame, piece.rows
    known = restoration.ended_head(frame.stream, frame.cursor.epoch)
    heads = [head.cursor for head in restoration.ended_heads() if head.cursor]
    newest = all(frame.cursor.epoch.counter >= head.epoch.counter for head in heads)
    try:
        accepted = follow(known, frame)
    except FramesMissing:
        # Something before it was not given back; what it says is later than what is known.
        pass
    except FrameRefused:
        if known.cursor is not None and frame.cursor.sequence <= known.cursor.sequence:
            # Played once more: it may have been taken back since.
            return []
        # Of a copy of the store that lived on under the same epoch: genuine all the same.
        newest = False
    else:
        if accepted is None:
            return []
        if piece.last and (isinstance(frame, Delta) or frame.is_last):
            restoration.put_ended_head(accepted.head)
    kind = kind_of(frame.stream)
    if kind == CATALOGUE:
        return _replay_entries(work, rows, newest)
    if kind == TICKETS:
        _replay_listings(work, rows, newest)
    elif kind == CANCELLATIONS:
        _replay_revocations(work, rows, int(frame.stream.partition(".")[2]))
    elif kind == USES:
        _replay_uses(work, rows)
    return []


def _replay_entries(work: UnitOfWork, rows: Iterable[Row], newest: bool) -> list[DeviceId]:
    known = work.catalogue
    published = dict(work.session.streams.rows(CATALOGUE))
    entries: list[Entry] = []
    revoked: list[DeviceId] = []
    for key, value in rows:
        entry = _read(read_entry, key, value)
        if isinstance(entry, Assignment):
            record = work.session.devices.find(DeviceId(entry.device))
            place = _replay_device(work, entry, record, newest)
            entries.append(place)
            if record is not None and place.revoked and not record.revoked:
                revoked.append(record.id)
        elif isinstance(entry, IssuerKey):
            entries.append(replayed_key(known.keys.get(entry.kid), entry))
        elif entry is not None and (newest or key not in published):
            entries.append(entry)
    work.put_entries(entries)
    return revoked


def _replay_device(
    work: UnitOfWork, entry: Assignment, record: DeviceRecord | None, newest: bool
) -> Assignment:
    session, device = work.session, DeviceId(entry.device)
    before = work.catalogue.assignments.get(device)
    revoked = entry.revoked or (before is not None and before.revoked)
    gate = entry.gate if newest or before is None else before.gate
    if revoked:
        session.restoration.write_off(device, work.now, REVOKED)
    elif record is None:
        # Enrolled after the backup: it has to enrol again, and then gives back its journal.
        session.restoration.expect([device], work.now)
    if record is not None:
        session.devices.put(replace(record, gate=gate, revoked=revoked))
    return Assignment(device, gate, revoked)


def _replay_listings(work: UnitOfWork, rows: Iterable[Row], newest: bool) -> None:
    listings: list[Listing] = []
    for key, value in rows:
        listing = _read(read_listing, key, value)
        if listing is not None and (newest or not work.session.listings.of_keys((listing.key,))):
            listings.append(listing)
    gone = [read_ref(key) for key, value in rows if value is None] if newest else []
    apply(work, "", replace(_NOTHING, listings=tuple(listings), dropped=tuple(gone)), last=False)


def _replay_revocations(work: UnitOfWork, rows: Iterable[Row], scope: int) -> None:
    session = work.session
    for key, value in rows:
        if value is None:
            target = read_ref(key[1:])
            if session.restoration.is_unconfirmed(target):
                session.restoration.confirm(target)
                apply(work, "", replace(_NOTHING, lifted=(target,)), last=False)
            continue
        row = _read(read_revocation, key, value)
        if row is None or any(
            active.kind is row.kind and active.since >= row.since
            for active in session.revocations.active((row.target,))
        ):
            continue
        _revoke(work, row, scope)


def _revoke(work: UnitOfWork, row: Revocation, scope: int) -> None:
    session = work.session
    stored = session.revocations.put(row, "")
    session.restoration.mark_unconfirmed(row.target)
    for place in {scope, *scopes_of(work, row.target, "")}:
        work.publish(stream_of(CANCELLATIONS, place), [revocation_row(stored)])


def _replay_uses(work: UnitOfWork, rows: Iterable[Row]) -> None:
    session = work.session
    for key, value in rows:
        use = _read(read_use, key, value)
        if use is not None:
            # The gateway may have met its id again since, at another device.
            use = replace(use, id=own_name(session, use.device, use.id))
        name = use.id if use else CheckInId(key.decode("ascii", "replace"))
        row = session.uses.find(name)
        if row is not None and row.origin == FROM_LANES and row.use != use:
            session.uses.remove(row.use.id)
            work.publish(stream_of(USES, row.use.performance), [(name.encode(), None)])
            refold(work, row.use.ticket, row.use)
        if use is not None:
            store_foreign_uses(work, FROM_LANES, [use])


def _read(reader: Callable[[bytes, bytes], T], key: bytes, value: bytes | None) -> T | None:
    """Return a row as it is meant; None = it is removed, or of a newer version."""
    try:
        return None if value is None else reader(key, value)
    except WireError:
        return None
