"""What the gateway of a journey has on its disk, read beside it."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from journeys.venue.lane import LaneProcess
from journeys.venue.waiting import until


class Records:
    """The store in a data folder.

    Args:
        data: The folder.
    """

    def __init__(self, data: Path) -> None:
        self.data = data

    async def delivered(self, lanes: Sequence[LaneProcess]) -> None:
        """Wait until the gateway's journal holds every verdict that these lanes have shown.

        Raises:
            AssertionError: One of them is there twice, or somebody else's.
        """
        shown = {line["id"] for lane in lanes for line in lane.scans}

        async def all_there() -> bool:
            return shown <= set(self.journal())

        await until(all_there)
        journal = self.journal()
        assert len(journal) == len(set(journal))

    def journal(self) -> list[str]:
        """Return the ids of the shown verdicts in the gateway's journal."""
        return self._asked("SELECT id FROM events WHERE kind = 'shown'")

    def claims(self) -> Counter[str]:
        """Return how many claims the gateway holds, by state."""
        return Counter(self._asked("SELECT state FROM claims"))

    def _asked(self, question: str) -> list[str]:
        db = sqlite3.connect(f"file:{self.data / 'gateway.sqlite'}?mode=ro", uri=True)
        try:
            return [value for (value,) in db.execute(question)]
        finally:
            db.close()
