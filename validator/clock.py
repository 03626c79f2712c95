"""Time as the whole product counts it: integer milliseconds UTC, and a clock that is handed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NewType

from validator.errors import FixRequest

Instant = NewType("Instant", int)
"""Milliseconds since 1970-01-01T00:00:00Z (no leap seconds)."""

FIRST = Instant(-62_135_596_800_000)
"""0001-01-01T00:00:00.000Z, the first time that can be written."""

LAST = Instant(253_402_300_799_999)
"""The last instant that a calendar date can be given for: the end of the year 9999."""

SECOND_MS = 1_000
MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Clock:
    """The two clocks of a machine, injected by the composition root.

    Args:
        wall_ns: Nanoseconds since the Unix epoch (`time.time_ns`); may jump.
        boot_ns: Nanoseconds since boot that run on in sleep (CLOCK_BOOTTIME); never jumps back.
    """

    wall_ns: Callable[[], int]
    boot_ns: Callable[[], int]

    def now(self) -> Instant:
        """Return the wall clock's present instant."""
        return Instant(self.wall_ns() // 1_000_000)

    def boot_s(self) -> float:
        """Return seconds since boot, sleep included."""
        return self.boot_ns() / 1e9


def iso(instant: Instant) -> str:
    """Return `2026-11-22T19:04:05.123Z`; beyond the years 1 and 9999 it is cut off there.

    Source: RFC 3339.
    """
    instant = max(FIRST, min(instant, LAST))
    # isoformat, since strftime leaves out the noughts of the year 226 on Linux.
    moment = datetime.fromtimestamp(instant // 1000, UTC).replace(tzinfo=None)
    return f"{moment.isoformat()}.{instant % 1000:03d}Z"


def parse_iso(text: str) -> Instant:
    """Read an RFC 3339 time with an offset.

    Args:
        text: For example `2026-11-22T20:04:05+01:00`; a time without offset is refused.

    Raises:
        FixRequest: If the text is no time, or names no offset.
    """
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            moment = moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise FixRequest(f"'{text[:40]}' is no time; write it like 2026-11-22T19:04Z.") from error
    if moment.tzinfo is None:
        raise FixRequest(f"'{text[:40]}' names no time zone; add Z or an offset such as +01:00.")
    return Instant(round(moment.timestamp() * 1000))


def age_ms(as_of: Instant, now: Instant) -> int | None:
    """Return how old something is, in milliseconds; None = it lies ahead: nobody can tell.

    A clock may have been put back by up to a minute (ADR 0012); that little counts as now.

    Args:
        as_of: When it was so.
        now: The same clock's time.
    """
    return None if as_of > now + MINUTE_MS else max(now - as_of, 0)
