"""Bounds that two sides agree on: what one of them writes, the other takes.

A field of a message says its own: `Annotated[int, Between(0, 100)]`, `Annotated[str, UpTo(64)]`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated


@dataclass(frozen=True, slots=True)
class Between:
    """A number from `low` to `high`, both included."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class UpTo:
    """A text of so many characters at most, or so many bytes."""

    longest: int


MOST_INTEGER = (1 << 63) - 1
"""Largest number that a database holds; the smallest is its negative less one."""

LARGEST_FLOAT = 1.7976931348623157e308
"""What is beyond is infinite. Source: IEEE 754, binary64."""

Natural = Annotated[int, Between(0, MOST_INTEGER)]
"""A whole number from 0."""

LONGEST_TEXT = 65_536
"""Characters of a text of which nothing else is said."""

LONGEST_ID = 200
"""Characters of an id."""

LONGEST_CODE = 4_096
"""Characters of a scanned text; the largest symbols hold fewer than 4,300 digits."""

LONGEST_NUMBER = 64
"""Characters of a ticket's printed number."""

LONGEST_SEAT = 40
"""Characters of a seat."""

LONGEST_GATE = 32
"""Characters of a gate's id."""

MOST_ADMITTED = 255
"""People that a ticket admits."""

MOST_PEOPLE = 1_000
"""People that one check-in counts."""

MOST_REPORTS = 1_000
"""Check-ins that the box office is told at once."""

MAX_MESSAGE_BYTES = 8 * 1024 * 1024
"""Largest message of a link; a sealed frame has to fit into one."""

MOST_OFF_MS = 100 * 366 * 24 * 3_600_000
"""How far a device's clock may be off, in milliseconds: one that begins in 1970 is not refused."""

MOST_BACKLOG = 1_000_000_000
"""Journal rows that a device may owe."""
