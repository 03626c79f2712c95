"""How often somebody may guess."""

from __future__ import annotations

from validator.errors import RetryLater

_WINDOW_S = 60.0


class TooOften(RetryLater):
    """Too many wrong tries: wait."""


class Attempts:
    """Wrong tries of the last minute, by address and altogether.

    An enrolment secret has 40 bits and lives a day: at the limit for all addresses, guessing
    finds one of ten open codes with a chance of 2 in a million a day.

    Args:
        each: Tries a minute from one address.
        altogether: Tries a minute from all of them.
        what: What is tried, for people.
    """

    def __init__(self, each: int = 6, altogether: int = 150, what: str = "codes") -> None:
        self._what = what
        self._each = each
        self._altogether = altogether
        self._tries: list[tuple[float, str]] = []

    def check(self, address: str, now_s: float) -> None:
        """Let a try through.

        Args:
            address: Of the caller.
            now_s: Seconds on a clock that never jumps.

        Raises:
            TooOften: Not now; nothing was looked at.
        """
        self._tries = [item for item in self._tries if now_s - item[0] < _WINDOW_S]
        own = [item for item in self._tries if item[1] == address]
        crowd = self._tries if len(self._tries) >= self._altogether else own
        limit = self._altogether if crowd is self._tries else self._each
        if len(crowd) >= limit:
            wait_s = crowd[0][0] + _WINDOW_S - now_s
            raise TooOften(f"Too many wrong {self._what}. Wait a minute and try again.", wait_s)

    def failed(self, address: str, now_s: float) -> None:
        """Note a wrong try."""
        self._tries.append((now_s, address))
