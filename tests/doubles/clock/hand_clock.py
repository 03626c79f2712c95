"""A clock that goes on only when a test says so."""

from __future__ import annotations

from doubles.evening import NOW
from validator.clock import Clock


class HandClock:
    """Two clocks, set by hand.

    Attributes:
        wall_ms: Milliseconds since 1970, UTC.
        boot_ms: Milliseconds since boot.
    """

    def __init__(self) -> None:
        self.wall_ms: int = NOW
        self.boot_ms = 5_000_000
        self.clock = Clock(lambda: self.wall_ms * 1_000_000, lambda: self.boot_ms * 1_000_000)

    def go(self, ms: int) -> None:
        """Let both clocks go on."""
        self.wall_ms += ms
        self.boot_ms += ms
