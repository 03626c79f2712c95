"""What this lane has scanned since it started, and how many went in."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace

from scanner.wording.palette import Look
from validator.clock import Instant

KEPT = 50
"""Scans that the history shows."""

MINUTE_MS = 60_000
MOST_A_MINUTE = 600
"""Entries remembered for the rate; no lane is as fast."""


@dataclass(frozen=True, slots=True)
class Past:
    """One line of the history.

    Args:
        time: As the venue's clocks show it.
        look: Of the verdict.
        word: Its word.
        ticket: Number of the ticket, may be empty.
        people: Who went in (out: negative), 0 = nobody.
        at: When.
    """

    time: str
    look: Look
    word: str
    ticket: str
    people: int
    at: Instant


@dataclass(slots=True)
class History:
    """The latest scans, and the lane's figures.

    Attributes:
        latest: Latest first, at most `KEPT`.
        here: People who went in here, less those who were sent away.
    """

    latest: deque[Past] = field(default_factory=lambda: deque(maxlen=KEPT))
    here: int = 0
    _entered: deque[tuple[Instant, int]] = field(
        default_factory=lambda: deque(maxlen=MOST_A_MINUTE)
    )

    def add(self, past: Past) -> None:
        """Write down a scan."""
        self.latest.appendleft(past)
        if past.people > 0:
            self.here += past.people
            self._entered.append((past.at, past.people))

    def take_back(self) -> None:
        """Count the people of the latest scan no more."""
        past = self.latest.popleft()
        self.latest.appendleft(replace(past, people=0))
        if past.people > 0:
            self.here -= past.people
            self._entered.pop()

    def a_minute(self, now: Instant) -> int:
        """Return how many people went in during the last minute."""
        return sum(people for at, people in self._entered if now - at <= MINUTE_MS)
