"""Messages of the link between a device and its gateway: one WebSocket, msgpack, version 1.

On the wire a message is the array `[name, fields]`. A device says `Hello` first and is answered
with `Welcome`; after that both sides talk when they have something to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from validator.bounds import LONGEST_ID, MOST_BACKLOG, MOST_OFF_MS, Between, Natural, UpTo
from validator.clock import Instant
from validator.errors import WireError
from validator.feed import Successor
from validator.model import (
    CheckInId,
    Conflict,
    DeviceId,
    Direction,
    Scan,
    Verdict,
)
from validator.ports import Outcome
from validator.wire.codec import convert, pack, unpack_plain
from validator.wire.head import Head as Head
from validator.wire.head import Witness as Witness
from validator.wire.position import Position as Position
from validator.wire.recall import Offer as Offer
from validator.wire.recall import Recall as Recall
from validator.wire.recall import Taken as Taken

VERSION = 1

CLOSE_GOING = 1001
"""Close code of a gateway that stops, or begins anew. Source: RFC 6455, section 7.4."""

CLOSE_WRONG = 4400
"""Of one that was not greeted."""

CLOSE_REVOKED = 4403
"""Of one that has revoked the device."""

CLOSE_SLOW = 4408
"""Of one whose device takes too long."""

CLOSE_REPLACED = 4409
"""Of one to which the device has connected a second time."""

CLOSE_VERSION = 4426
"""Of one that speaks another version."""

CLOSE_BUSY = 4429
"""Of one that the device asks for more than a scanner does."""


@dataclass(frozen=True, slots=True)
class Hello:
    """Device: who I am and where I stand.

    Args:
        version: Of this protocol.
        device: Its id, as enrolled.
        positions: What it holds, so that only the rest is sent.
        journal: Natural of its last journal row, 0 = none.
        sent: Device's wall clock.
        seals: Keys of the gateway's feed that it knows beyond the one that it pinned: a restored
            gateway may have forgotten them.
    """

    version: Natural
    device: Annotated[DeviceId, UpTo(LONGEST_ID)]
    positions: tuple[Position, ...]
    journal: Natural
    sent: Instant
    seals: tuple[Successor, ...] = ()


@dataclass(frozen=True, slots=True)
class Welcome:
    """Gateway: accepted.

    Args:
        version: Of this protocol.
        gateway: Name for people.
        acknowledged: Last journal sequence that it has stored of this device.
        now: Gateway's wall clock.
        keep_days: How long the device keeps what was acknowledged; 0 = without an end.
    """

    version: Natural
    gateway: Annotated[str, UpTo(LONGEST_ID)]
    acknowledged: Natural
    now: Instant
    keep_days: Natural = 0


@dataclass(frozen=True, slots=True)
class JournalRow:
    """One row of the device's journal.

    Args:
        sequence: From 1, gap-free per device.
        previous: Hash of the row before, 32 bytes (zeros for the first).
        hash: SHA-256 of previous + body.
        body: `pack(CheckIn)`.
    """

    sequence: Natural
    previous: bytes
    hash: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class ClaimRequest:
    """Device: may I admit this? Answered by `Claimed` with the same id.

    Args:
        scan: The code itself, so that the gateway judges for itself.
        gate: Where.
        direction: Entry or exit.
        owed: Device's journal rows about this ticket that were not acknowledged yet (refusals,
            undos and all); the gateway settles them first, in the same commit. They may run
            ahead of their predecessors in the chain.
        boot: Counts the device's starts, durably; the gateway drops a claim of an earlier start
            than the latest it has heard of (a claim in flight when the device crashed must not
            take over its successor).
    """

    scan: Scan
    gate: Annotated[str, UpTo(LONGEST_ID)]
    direction: Direction
    owed: tuple[JournalRow, ...] = ()
    boot: Natural = 0


@dataclass(frozen=True, slots=True)
class Claimed:
    """Gateway: the answer to a claim, reserved on disk if it passes."""

    id: Annotated[CheckInId, UpTo(LONGEST_ID)]
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class GiveBack:
    """Device: a claim that was not used (decided otherwise after a time-out)."""

    id: Annotated[CheckInId, UpTo(LONGEST_ID)]


@dataclass(frozen=True, slots=True)
class Upload:
    """Device: journal rows, in order."""

    rows: tuple[JournalRow, ...]


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Gateway: every row up to `sequence` is stored.

    Args:
        sequence: Of the device's journal.
        outcomes: One per row; a rejected one stays in the journal, marked.
    """

    sequence: Natural
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class Want:
    """Device: send these streams from these positions on (subscribe, gap, gate changed)."""

    positions: tuple[Position, ...]


@dataclass(frozen=True, slots=True)
class Sealed:
    """Gateway: one sealed frame (see `validator.feed`), a delta, snapshot or heartbeat."""

    frame: bytes


@dataclass(frozen=True, slots=True)
class Seals:
    """Gateway: the keys that have sealed its frames, each named by the one before.

    It comes after `Welcome`, if there was ever more than one key, and whenever there is another.
    """

    successors: tuple[Successor, ...]


@dataclass(frozen=True, slots=True)
class Receipt:
    """Device: this stream is on disk and in force up to here."""

    position: Position


@dataclass(frozen=True, slots=True)
class Told:
    """Gateway: a conflict that concerns this device."""

    conflict: Conflict


@dataclass(frozen=True, slots=True)
class Ping:
    """Device: first of the four timestamps of a clock measurement."""

    sent: Instant


@dataclass(frozen=True, slots=True)
class Pong:
    """Gateway: the second and third timestamp, with the first."""

    sent: Instant
    received: Instant
    answered: Instant


@dataclass(frozen=True, slots=True)
class Telemetry:
    """Device: how it is.

    Args:
        backlog: Journal rows not yet acknowledged.
        battery: Percent, 0 to 100; None = on mains or unknown.
        offset_ms: Measured clock offset, up to a century either way; None = not measured.
        head: Signed head of its journal, up to the last row before the first that is owed.
        witness: Furthest head of the gateway's journal that it was given to keep.
    """

    backlog: Annotated[int, Between(0, MOST_BACKLOG)]
    battery: Annotated[int, Between(0, 100)] | None = None
    offset_ms: Annotated[int, Between(-MOST_OFF_MS, MOST_OFF_MS)] | None = None
    head: Head | None = None
    witness: Head | None = None


Message = (
    Hello
    | Welcome
    | ClaimRequest
    | Claimed
    | GiveBack
    | Upload
    | Acknowledged
    | Want
    | Sealed
    | Seals
    | Receipt
    | Told
    | Ping
    | Pong
    | Telemetry
    | Recall
    | Offer
    | Taken
    | Witness
)

_KINDS: dict[str, type[Message]] = {kind.__name__: kind for kind in Message.__args__}


def encode(message: Message) -> bytes:
    """Return a message as it travels."""
    return pack((type(message).__name__, message))


def decode(data: bytes) -> Message:
    """Read a message from outside.

    Raises:
        WireError: It is too large, unknown or malformed.
    """
    plain = unpack_plain(data)
    if not isinstance(plain, list) or len(plain) != 2 or not isinstance(plain[0], str):
        raise WireError("A message is no [name, fields] pair.")
    kind = _KINDS.get(plain[0])
    if kind is None:
        raise WireError(f"Unknown message {plain[0][:20]!r}.")
    return convert(kind, plain[1])
