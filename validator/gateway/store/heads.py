"""Port of the store: the signed heads of the journals, and the journals as they are checked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from validator.gateway.store.journal import DeviceRow
from validator.model import CheckIn, DeviceId
from validator.wire.head import Head


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One row of the gateway's journal as it lies there; nothing of it is believed.

    Args:
        sequence: Its place.
        previous: Hash of the row before, as stored.
        hash: Its own, as stored.
        body: What is hashed.
        columns: Those that repeat the body, by the names of `CheckIn`.
    """

    sequence: int
    previous: bytes
    hash: bytes
    body: bytes
    columns: tuple[tuple[str, object], ...]


class Heads(Protocol):
    """Signed heads, and what they are compared with."""

    def keep(self, head: Head) -> None:
        """Store a verified head."""
        ...

    def drop(self, head: Head) -> None:
        """Forget a head that a further one makes needless."""
        ...

    def of(self, journal: str) -> tuple[Head, ...]:
        """Return the heads of a journal, by sequence."""
        ...

    def hash_of(self, sequence: int, device: DeviceId | None = None) -> bytes | None:
        """Return the hash of a row of a device's journal, None = the gateway's; None = no row."""
        ...

    def last(self) -> tuple[int, bytes]:
        """Return sequence and hash of the last event; zeros for none."""
        ...

    def events(self) -> Iterator[StoredEvent]:
        """Read the gateway's journal, in the order of its sequences."""
        ...

    def devices(self) -> tuple[DeviceId, ...]:
        """Return every device that rows or a head are known of, by id."""
        ...

    def rows(self, device: DeviceId) -> Iterator[tuple[DeviceRow, bytes | None]]:
        """Read the chained rows of a device's journal, each with the body that it stands for.

        Of an accepted row that is its event's; None = there is no such event.
        """
        ...


COLUMNS = (
    *("id", "kind", "device", "gate", "performance", "direction", "count"),
    *("decision", "reason", "assurance", "of"),
)
"""Fields of a check-in that the journal's table repeats."""


def repeated_columns(check_in: CheckIn) -> tuple[tuple[str, object], ...]:
    """Return what the table must repeat of a check-in."""
    return tuple((name, getattr(check_in, name)) for name in COLUMNS)
