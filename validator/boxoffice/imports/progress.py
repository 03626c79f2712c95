"""How far a long piece of work is, and its early end."""

from __future__ import annotations

import threading
from enum import StrEnum

from validator.errors import FixRequest


class Phase(StrEnum):
    """What is being done."""

    READING = "reading"
    COMPARING = "comparing"
    WRITING = "writing"


class Stopped(FixRequest):
    """Somebody stopped the work; nothing of it stays."""

    def __init__(self) -> None:
        super().__init__("The import was stopped; nothing of it was kept.")


class Progress:
    """Told by the thread that works, read by others.

    Attributes:
        phase: What is being done.
        share: How much of that is done, 0 to 1.
    """

    def __init__(self) -> None:
        self.phase = Phase.READING
        self.share = 0.0
        self._stop = threading.Event()

    def report(self, phase: Phase, share: float) -> None:
        """Say how far the work is.

        Raises:
            Stopped: It was told to stop.
        """
        if self._stop.is_set():
            raise Stopped
        self.phase, self.share = phase, min(share, 1.0)

    def stop(self) -> None:
        """Let the work end at its next step."""
        self._stop.set()
