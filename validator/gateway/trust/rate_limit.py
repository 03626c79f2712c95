"""How often somebody may try."""

from __future__ import annotations

from validator.errors import RetryLater

_WINDOW_S = 60.0


class TooOften(RetryLater):
    """Too many tries: wait."""


class RateLimit:
    """Tries of the last minute, by caller and altogether.

    An enrolment secret has 40 bits and lives a day: at 150 a minute for all addresses, guessing
    finds one of ten open codes with a chance of 2 in a million a day.

    Args:
        what: What is tried, for people.
        each: Tries a minute of one caller.
        altogether: Tries a minute of all of them; None = as many as there are callers.
    """

    def __init__(self, what: str, each: int, altogether: int | None = None) -> None:
        self._what = what
        self._each = each
        self._altogether = altogether
        self._tries: list[tuple[float, str]] = []

    def check(self, caller: str, now_s: float) -> None:
        """Let a try through that is counted only if it fails.

        Args:
            caller: An address, or a role and a name.
            now_s: Seconds on a clock that never jumps.

        Raises:
            TooOften: Not now; nothing was looked at.
        """
        self._tries = [item for item in self._tries if now_s - item[0] < _WINDOW_S]
        full = self._altogether is not None and len(self._tries) >= self._altogether
        crowd = self._tries if full else [item for item in self._tries if item[1] == caller]
        if full or len(crowd) >= self._each:
            wait_s = crowd[0][0] + _WINDOW_S - now_s
            raise TooOften(f"Too many {self._what}. Wait a minute and try again.", wait_s)

    def count(self, caller: str, now_s: float) -> None:
        """Count a try."""
        self._tries.append((now_s, caller))

    def take(self, caller: str, now_s: float) -> None:
        """Let a try through and count it; as `check`.

        Raises:
            TooOften: Not now; nothing was looked at.
        """
        self.check(caller, now_s)
        self.count(caller, now_s)
