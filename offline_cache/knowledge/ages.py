"""How old the knowledge of each source is, on a clock that runs on in sleep."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path

from validator.clock import Clock, age_ms
from validator.feed import Heartbeat

KEEP_EVERY_MS = 10_000
"""How often ages are written down, in milliseconds; an older note only makes them older."""


def this_boot() -> str:
    """Return the kernel's id of this boot, empty if it tells none.

    Source: random(4), `/proc/sys/kernel/random/boot_id`.
    """
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()[:64]
    except OSError:
        return ""


class Ages:
    """What heartbeats said of every source, and when on the boot clock it was heard.

    Args:
        clock: Its boot clock counts; the wall clock is not asked.
        boot: Id of this boot; what an earlier boot heard is of unknown age. Empty = unknown.
    """

    def __init__(self, clock: Clock, boot: str) -> None:
        self._clock = clock
        self._boot = boot
        self._known: dict[str, tuple[int, int]] = {}
        self._kept_ms: int | None = None

    def load(self, db: sqlite3.Connection) -> None:
        """Take up what an earlier process of this boot has heard."""
        rows = db.execute(
            "SELECT source, heard_boot_ms, age_ms FROM ages WHERE boot = ? AND boot <> ''",
            (self._boot,),
        )
        self._known = {source: (heard, age) for source, heard, age in rows}

    def hear(self, heartbeat: Heartbeat) -> None:
        """Take in a heartbeat of somebody whose streams are all held."""
        now_ms = self._now_ms()
        for source, as_of in heartbeat.as_of.items():
            age = age_ms(as_of, heartbeat.now)
            if age is None:
                self._known.pop(source, None)
            else:
                self._known[source] = (now_ms, age)

    def due(self) -> bool:
        """Tell whether it is time to `keep`."""
        return self._kept_ms is None or self._now_ms() - self._kept_ms >= KEEP_EVERY_MS

    def keep(self, db: sqlite3.Connection) -> None:
        """Write the ages down, in a transaction that the caller holds."""
        db.execute("DELETE FROM ages")
        db.executemany(
            "INSERT INTO ages VALUES (?, ?, ?, ?)",
            ((source, self._boot, *heard) for source, heard in self._known.items()),
        )
        self._kept_ms = self._now_ms() if self._known else None

    def forget(self) -> None:
        """Know no age of anything any more; `keep` makes it last."""
        self._known = {}

    def seconds(self) -> Mapping[str, float]:
        """Return the age of each source in seconds; one that was never heard is missing."""
        now_ms = self._now_ms()
        return {
            source: (now_ms - heard + age) / 1000 for source, (heard, age) in self._known.items()
        }

    def _now_ms(self) -> int:
        return self._clock.boot_ns() // 1_000_000
