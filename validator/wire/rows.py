"""Keys and values of the streams' rows.

Every stream is a map; a delta is a list of (key, value or None). Keys are bytes:
catalogue `entry_key`; tickets and cancellations `ref_key`; uses the check-in id.
"""

from __future__ import annotations

from dataclasses import dataclass

from validator.clock import Instant
from validator.errors import WireError
from validator.model import (
    Assignment,
    CheckInId,
    CodeId,
    Entry,
    Gate,
    IssuerKey,
    Listing,
    Pass,
    Performance,
    Ref,
    Revocation,
    RevocationKind,
    Serial,
    Source,
    SourceKey,
    Tariff,
    Ticket,
    TicketId,
    Use,
    entry_key,
)
from validator.wire.codec import pack, unpack

ENTRIES: dict[str, type[Entry]] = {
    "performance": Performance,
    "pass": Pass,
    "tariff": Tariff,
    "gate": Gate,
    "source": Source,
    "key": IssuerKey,
    "sourcekey": SourceKey,
    "device": Assignment,
}


@dataclass(frozen=True, slots=True)
class _RevocationBody:
    kind: RevocationKind
    since: Instant
    replacement: str | None


def ref_key(ref: Ref) -> bytes:
    """Return `c` + 16 bytes, `s` + two u32 big-endian, or `t` + UTF-8."""
    if isinstance(ref, Serial):
        return b"s" + ref.scope.to_bytes(4, "big") + ref.serial.to_bytes(4, "big")
    if isinstance(ref, bytes):
        return b"c" + ref
    return b"t" + ref.encode()


def read_ref(key: bytes) -> Ref:
    """Undo `ref_key`.

    Raises:
        WireError: The key has another form.
    """
    kind, rest = key[:1], key[1:]
    if kind == b"s" and len(rest) == 8:
        return Serial(int.from_bytes(rest[:4], "big"), int.from_bytes(rest[4:], "big"))
    if kind == b"c" and len(rest) == 16:
        return CodeId(rest)
    if kind == b"t":
        try:
            return TicketId(rest.decode())
        except UnicodeDecodeError as error:
            raise WireError("A row's key is no text.") from error
    raise WireError("A row has an unknown kind of key.")


def entry_row(entry: Entry) -> tuple[bytes, bytes]:
    """Return a catalogue entry as a row."""
    return entry_key(entry).encode(), pack(entry)


def read_entry(key: bytes, value: bytes) -> Entry:
    """Undo `entry_row`.

    Raises:
        WireError: The row has another form.
    """
    kind = ENTRIES.get(key.partition(b":")[0].decode("ascii", "replace"))
    if kind is None:
        raise WireError("The catalogue holds an entry of an unknown kind.")
    return unpack(kind, value)


def listing_row(listing: Listing) -> tuple[bytes, bytes]:
    """Return a ticket listing as a row."""
    return ref_key(listing.key), pack(listing.ticket)


def read_listing(key: bytes, value: bytes) -> Listing:
    """Undo `listing_row`.

    Raises:
        WireError: The row has another form.
    """
    ref = read_ref(key)
    if not isinstance(ref, Serial | bytes):
        raise WireError("A listing's key is neither code nor serial.")
    return Listing(ref, unpack(Ticket, value))


def revocation_key(target: Ref, kind: RevocationKind) -> bytes:
    """Return the row's key: a target may be revoked for several reasons at once."""
    return kind.value[:1].encode() + ref_key(target)


def revocation_row(revocation: Revocation) -> tuple[bytes, bytes]:
    """Return a revocation as a row."""
    value = pack((revocation.kind.value, revocation.since, revocation.replacement))
    return revocation_key(revocation.target, revocation.kind), value


def read_revocation(key: bytes, value: bytes) -> Revocation:
    """Undo `revocation_row`.

    Raises:
        WireError: The row has another form.
    """
    body = unpack(_RevocationBody, value)
    return Revocation(read_ref(key[1:]), body.kind, body.since, body.replacement)


def use_row(use: Use) -> tuple[bytes, bytes]:
    """Return a use as a row."""
    return use.id.encode(), pack(use)


def read_use(key: bytes, value: bytes) -> Use:
    """Undo `use_row`.

    Raises:
        WireError: The row has another form, or names another check-in than its key.
    """
    use = unpack(Use, value)
    if CheckInId(key.decode("ascii", "replace")) != use.id:
        raise WireError("A use stands under another check-in's key.")
    return use
