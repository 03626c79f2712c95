"""Who is who: codes, serials, tickets, check-ins."""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import NamedTuple, NewType

from validator.clock import Instant

CodeId = NewType("CodeId", bytes)
"""16 bytes: digest of a token's signed payload, or keyed digest of a canonical plain code."""

TicketId = NewType("TicketId", str)
"""An entitlement, whatever code was printed for it. For our own tokens `SCOPE.SERIAL` of the
first serial; for tickets of other systems `SOURCE:POSITION`."""

CheckInId = NewType("CheckInId", str)
"""UUIDv7 in its canonical lower-case text form, given by the lane."""

DeviceId = NewType("DeviceId", str)
"""Name of an enrolled device, unique at its venue; `api:NAME` for a signed-in client."""

_UUID7 = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class Serial(NamedTuple):
    """One issued token of a scope.

    Args:
        scope: Performance or pass, u32, >= 1.
        serial: Counts up per scope, u32, >= 1.
    """

    scope: int
    serial: int

    def ticket(self) -> TicketId:
        """Return the ticket that this serial stands for while no row names another."""
        return TicketId(f"{self.scope}.{self.serial}")


Ref = CodeId | Serial | TicketId
"""What a listing or a cancellation points at."""


def uuid7(now: Instant, entropy: bytes) -> CheckInId:
    """Make a time-ordered id.

    Args:
        now: Its 48-bit time part.
        entropy: 10 random bytes.

    Source: RFC 9562, section 5.7.
    """
    value = (now & (1 << 48) - 1) << 80 | int.from_bytes(entropy[:10], "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    text = f"{value:032x}"
    return CheckInId(f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}")


def namesake(device: DeviceId, id: CheckInId) -> CheckInId:
    """Return the id that a device's check-in is kept under if another device had used its own.

    Args:
        device: Whose.
        id: UUIDv7 that it gave; the time part stays.
    """
    entropy = blake2b(f"{device}/{id}".encode(), digest_size=10).digest()
    return uuid7(Instant(int(id[:8] + id[9:13], 16)), entropy)


def is_uuid7(text: str) -> bool:
    """Tell whether the text is a UUIDv7 in canonical form."""
    return _UUID7.fullmatch(text) is not None
