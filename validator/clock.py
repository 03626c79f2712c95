"""Time as the whole product counts it: integer milliseconds UTC, and a clock that is handed in."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import NewType
from zoneinfo import available_timezones

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

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_A_MS, _A_DAY = timedelta(milliseconds=1), timedelta(days=1)

_RFC3339 = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?"
    r"(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))"
)


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
    """Read a time with an offset as people and other systems write it, in any form of ISO 8601.

    Args:
        text: For example `2026-11-22T20:04+01:00`; a time without offset is refused.

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


def parse_rfc3339(text: str) -> Instant:
    """Read a time as our APIs take it: RFC 3339 and nothing else.

    `T` and `Z` may be small; a space instead of `T`, which the standard leaves to whoever uses it,
    is none. A leap second counts as the first moment after it, for an `Instant` has none.

    Args:
        text: For example `2026-11-22T20:04:05+01:00`.

    Raises:
        FixRequest: It is none.

    Source: RFC 3339, section 5.6 (grammar) and 5.7 (leap seconds).
    """
    found = _RFC3339.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        year, month, day, hour, minute, second = (int(found[place]) for place in range(1, 7))
        away = timedelta(hours=int(found[9] or 0), minutes=int(found[10] or 0))
        if int(found[9] or 0) > 23 or int(found[10] or 0) > 59:
            raise ValueError
        leap = second == 60
        local = datetime(year, month, day, hour, minute, 59 if leap else second, tzinfo=UTC)
        moment = local + away if found[8] == "-" else local - away
        if leap and (moment.hour, moment.minute, (moment + _A_DAY).day) != (23, 59, 1):
            raise ValueError
    except (ValueError, OverflowError) as error:
        raise FixRequest(
            f"'{text[:40]}' is no time of RFC 3339; write it like 2026-11-22T19:04:05Z."
        ) from error
    fraction = round(int((found[7] or "0")[:6].ljust(6, "0")) / 1000)
    since = (moment - _EPOCH) // _A_MS + SECOND_MS * leap
    return Instant(min(since + (0 if leap else fraction), LAST))


@cache
def time_zones() -> frozenset[str]:
    """Return the names of the IANA's time zones.

    Beside them every system keeps others: `localtime` and `posixrules` mean another zone on each
    machine, `right/…` counts leap seconds, `Factory` says that nobody has set a zone.

    Source: IANA time zone database, `theory.html` and `NEWS`.
    """
    return frozenset(
        name
        for name in available_timezones()
        if name not in ("localtime", "posixrules", "Factory")
        and not name.startswith(("right/", "posix/"))
    )


def age_ms(as_of: Instant, now: Instant) -> int | None:
    """Return how old something is, in milliseconds; None = it lies ahead: nobody can tell.

    A clock may have been put back by up to a minute (ADR 0012); that little counts as now.

    Args:
        as_of: When it was so.
        now: The same clock's time.
    """
    return None if as_of > now + MINUTE_MS else max(now - as_of, 0)
