"""Rows of JSON that say the same in several ways: numbers as texts, times without an offset."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from validator.clock import Instant
from validator.errors import WireError

_U32 = 0xFFFF_FFFF
_HOUR = re.compile(r"([0-2]?[0-9]):([0-5][0-9])(?::[0-5][0-9])?")


class Row:
    """An object of the answer; of several names of a field the first one with a value counts.

    Args:
        plain: What the JSON parser returned.

    Raises:
        WireError: It is no object.
    """

    def __init__(self, plain: object) -> None:
        if not isinstance(plain, dict):
            raise WireError("A row of Infomaniak is no JSON object.")
        self._plain: Mapping[str, object] = plain

    def value(self, field: str) -> object:
        """Return a value as it is, None if there is none."""
        return self._plain.get(field)

    def number(self, *fields: str) -> int:
        """Read a number from 1 to 4,294,967,295.

        Raises:
            WireError: There is none.
        """
        found = self.maybe_number(*fields)
        if found is None:
            raise WireError(f"A row of Infomaniak has no '{fields[0]}'.")
        return found

    def maybe_number(self, *fields: str) -> int | None:
        """Read a number from 1 to 4,294,967,295; 0, null and everything else are None."""
        for field in fields:
            value = self._plain.get(field)
            if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 11:
                value = int(value)
            if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= _U32:
                return value
        return None

    def text(self, longest: int, *fields: str) -> str:
        """Read a text or a number, cut to `longest` characters; none is empty."""
        for field in fields:
            value = self._plain.get(field)
            if isinstance(value, int) and not isinstance(value, bool):
                value = str(value)
            if isinstance(value, str) and value.strip():
                return value.strip()[:longest].encode("utf-8", "replace").decode()
        return ""

    def time(self, zone: ZoneInfo, *fields: str, since: Instant | None = None) -> Instant | None:
        """Read a time.

        Args:
            zone: Of a time that names no offset.
            fields: Where it may stand.
            since: A bare hour, such as `23:09`, is the first one from this instant on.

        Raises:
            WireError: It can't be read.
        """
        text = self.text(40, *fields)
        return read_time(text, zone, since) if text else None


def read_time(text: str, zone: ZoneInfo, since: Instant | None = None) -> Instant:
    """Read a time such as `2026-11-22 20:30:00`; see `Row.time`.

    Raises:
        WireError: It can't be read.
    """
    try:
        hour = _HOUR.fullmatch(text) if since is not None else None
        if hour is not None and since is not None:
            return _first(time(int(hour[1]), int(hour[2])), zone, since)
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
        return Instant(round(moment.timestamp() * 1000))
    except (ValueError, OverflowError) as error:
        raise WireError("A time of Infomaniak can't be read.") from error


def _first(hour: time, zone: ZoneInfo, since: Instant) -> Instant:
    today = datetime.fromtimestamp(since / 1000, zone).date()
    # The night in which clocks are put back has an hour twice.
    moments = sorted(
        datetime.combine(today + timedelta(days=days), hour.replace(fold=fold), zone).timestamp()
        for days in (0, 1)
        for fold in (0, 1)
    )
    return next(at for moment in moments if (at := Instant(round(moment * 1000))) >= since)
