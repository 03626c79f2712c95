"""What the link tells the lane."""

from __future__ import annotations

from dataclasses import dataclass

from validator.model import Conflict


@dataclass(frozen=True, slots=True)
class Up:
    """The gateway has accepted the device."""


@dataclass(frozen=True, slots=True)
class Down:
    """There is no link; said once per reason, while it is tried again and again.

    Args:
        why: A sentence.
    """

    why: str


@dataclass(frozen=True, slots=True)
class ConflictTold:
    """Somebody was let in who should not have been; it is kept in the cache.

    Args:
        conflict: Who, where, when.
    """

    conflict: Conflict


@dataclass(frozen=True, slots=True)
class Applied:
    """A stream has moved on; it is on disk and in force.

    Args:
        stream: Its name.
        sequence: Where it stands.
    """

    stream: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something came that must not be: the old state stays, somebody should look.

    Args:
        text: A sentence.
    """

    text: str


@dataclass(frozen=True, slots=True)
class Revoked:
    """The gateway has revoked this device; the link has ended for good.

    Args:
        owed: Journal rows that it did not take; while there are any, nothing may be wiped.
    """

    owed: int = 0


LinkEvent = Up | Down | ConflictTold | Applied | Alarm | Revoked
