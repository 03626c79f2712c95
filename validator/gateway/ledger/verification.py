"""Are the journals as they were written? Every chain is recomputed, and held against its head."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from validator.errors import WireError
from validator.gateway.store.heads import StoredEvent, repeated_columns
from validator.gateway.store.journal import DeviceRow
from validator.gateway.store.port import Session
from validator.model import CheckIn
from validator.wire.codec import unpack
from validator.wire.head import Head, gateway_journal, genuine
from validator.wire.journal import GENESIS, row_hash

_MISSING = "it is missing"
_CUT = "it and all after it are missing, and there was a signed head"
_REWRITTEN = "it is not the row that was signed: the journal was exchanged or written anew"


@dataclass(frozen=True, slots=True)
class CheckedJournal:
    """What was found of one journal.

    Args:
        journal: `gateway` or the device's id.
        rows: That were there.
        signed: Up to which sequence a signed head vouches for it; 0 = there is none.
        broken: First sequence that is not as it was written; None = all are.
        what: What is wrong with that row; empty = nothing.
    """

    journal: str
    rows: int
    signed: int
    broken: int | None = None
    what: str = ""


@dataclass(frozen=True, slots=True)
class _CheckedRow:
    sequence: int
    hash: bytes
    fault: str


def verify_journals(session: Session, *feed_keys: bytes) -> Iterator[CheckedJournal]:
    """Check the gateway's journal, then each device's.

    Args:
        session: One state of the store.
        feed_keys: Public halves of the keys that the gateway's feed ever had, 32 bytes each.

    Yields:
        What was found, journal by journal.
    """
    epoch = session.streams.epoch()
    heads = session.heads.of(gateway_journal(epoch)) if epoch else ()
    yield _checked("gateway", _events(session.heads.events()), heads, feed_keys)
    for device in session.heads.devices():
        record = session.devices.find(device)
        rows, heads = _rows(session.heads.rows(device)), session.heads.of(device)
        yield _checked(device, rows, heads, (record.key,) if record else ())


def _checked(
    journal: str, rows: Iterable[_CheckedRow], heads: Sequence[Head], keys: Sequence[bytes]
) -> CheckedJournal:
    """Hold a chain against its heads; the first thing wrong is named."""
    signed = max((head.sequence for head in heads), default=0)
    count, last, ahead = 0, 0, deque(heads)

    def found(broken: int, what: str) -> CheckedJournal:
        return CheckedJournal(journal, count, signed, broken, what)

    for head in heads:
        if not genuine(head, *keys):
            return found(head.sequence, "its signed head is not genuine")
    for row in rows:
        if row.fault:
            return found(row.sequence, row.fault)
        while ahead and ahead[0].sequence <= row.sequence:
            head = ahead.popleft()
            if (head.sequence, head.hash) != (row.sequence, row.hash):
                return found(head.sequence, _REWRITTEN)
        count, last = count + 1, row.sequence
    return found(last + 1, _CUT) if ahead else CheckedJournal(journal, count, signed)


def _events(stored: Iterable[StoredEvent]) -> Iterator[_CheckedRow]:
    previous = GENESIS
    for sequence, row in enumerate(stored, 1):
        yield _CheckedRow(sequence, row.hash, _event_fault(row, sequence, previous))
        previous = row.hash


def _event_fault(row: StoredEvent, sequence: int, previous: bytes) -> str:
    if row.sequence != sequence:
        return _MISSING
    if row.previous != previous:
        return "it does not continue the row before it: rows were moved, exchanged or taken out"
    if row_hash(row.previous, row.body) != row.hash:
        return "it was altered: it does not fit its hash"
    try:
        right = repeated_columns(unpack(CheckIn, row.body)) == row.columns
    except WireError:
        return "it can't be read"
    return "" if right else "it was altered: a column says something else than the row itself"


def _rows(rows: Iterable[tuple[DeviceRow, bytes | None]]) -> Iterator[_CheckedRow]:
    previous, sequence = GENESIS, 0
    for row, body in rows:
        fault = _row_fault(row, body, sequence, previous)
        missing = fault == _MISSING
        yield _CheckedRow(sequence + 1 if missing else row.sequence, row.hash, fault)
        previous, sequence = row.hash, row.sequence


def _row_fault(row: DeviceRow, body: bytes | None, sequence: int, previous: bytes) -> str:
    if row.sequence != sequence + 1 and body != b"":
        return _MISSING
    if not row.accepted:
        # It came damaged, was kept as it was and said so to the device; the chain goes on.
        return ""
    if body is None:
        return "its check-in is not in the gateway's journal"
    if row.previous != previous:
        return "it does not continue the row before it: rows were moved, exchanged or taken out"
    return "" if row_hash(row.previous, body) == row.hash else "it was altered"
