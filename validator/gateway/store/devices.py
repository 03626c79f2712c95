"""Port of the store: enrolled devices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from validator.clock import Instant
from validator.model import DeviceId


@dataclass(frozen=True, slots=True)
class DeviceRecord:
    """An enrolled device.

    Args:
        id: Its name on the wire.
        name: For people.
        gate: Gate id, empty = none.
        token_hash: Of its token; the token itself is stored nowhere.
        enrolled_at: When.
        revoked: It may still deliver, into quarantine.
        key: Public half of the key that signs its journal's heads, 32 bytes; empty = none.
    """

    id: DeviceId
    name: str
    gate: str
    token_hash: bytes
    enrolled_at: Instant
    revoked: bool = False
    key: bytes = b""


class Devices(Protocol):
    """Enrolled devices, and the one-time secrets that enrol them."""

    def put(self, device: DeviceRecord) -> None:
        """Add or replace a device."""
        ...

    def find(self, id: DeviceId) -> DeviceRecord | None:
        """Return a device."""
        ...

    def of_token(self, token_hash: bytes) -> DeviceRecord | None:
        """Return the device that has a token."""
        ...

    def all(self) -> tuple[DeviceRecord, ...]:
        """Return every device, by id."""
        ...

    def invite(self, secret_hash: bytes, gate: str, expires: Instant) -> None:
        """Keep a one-time secret's hash."""
        ...

    def accept(self, secret_hash: bytes, now: Instant) -> str | None:
        """Use up a secret; return its gate, None if it is unknown, used or expired."""
        ...

    def forget_codes(self) -> None:
        """Let nobody in any more on the secrets that were given out."""
        ...
