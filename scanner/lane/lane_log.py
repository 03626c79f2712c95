"""What a lane tells its machine's journal: events, never a ticket, a code or a name.

Its printed verdicts name tickets, so under systemd they go nowhere; this is what stays.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from offline_cache.sync.events import Alarm, ConflictTold, Down, Revoked, Up
from scanner.lane.events import Failed, LaneEvent, Mended, Wiped

ERROR, WARNING, INFO = 3, 4, 6
"""Source: sd-daemon(3), SD_ERR, SD_WARNING and SD_INFO."""

_LONGEST_VALUE = 200


@dataclass(frozen=True, slots=True)
class LaneLog:
    """Writes one event a line, as the gateway does under journald: priority, `key=value`.

    Args:
        write: Takes a line without its end.
    """

    write: Callable[[str], object]

    SILENT: ClassVar[LaneLog]
    """Of a lane whose errors don't go to journald: its face says it all."""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> LaneLog:
        """Return the log of a process: silent unless systemd takes its errors.

        Args:
            environment: Of the process.

        Source: systemd.exec(5), $JOURNAL_STREAM.
        """
        return cls(_to_journal) if "JOURNAL_STREAM" in environment else cls.SILENT

    def told(self, event: LaneEvent) -> None:
        """Log what happened besides verdicts."""
        match event:
            case Up():
                self.event(INFO, "link_up")
            case Down(why):
                self.event(WARNING, "link_down", why=why)
            case Alarm(text):
                self.event(WARNING, "alarm", says=text)
            case Revoked(owed):
                self.event(ERROR, "revoked", owed=owed)
            case ConflictTold():
                self.event(WARNING, "conflict_told")
            case Mended():
                self.event(ERROR, "mended")
            case Failed(part, error, place):
                self.event(ERROR, "failed", part=part, error=error, at=place)
            case Wiped():
                self.event(ERROR, "wiped")

    def event(self, priority: int, what: str, **facts: str | int) -> None:
        """Log one event.

        Args:
            priority: `ERROR`, `WARNING` or `INFO`.
            what: Words joined by underscores.
            facts: Numbers, types of errors and our own sentences.
        """
        told = "".join(f" {key}={_plain(value)}" for key, value in facts.items())
        self.write(f"<{priority}>event={what}{told}")


LaneLog.SILENT = LaneLog(lambda line: None)


def _to_journal(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _plain(value: str | int) -> str:
    text = str(value)[:_LONGEST_VALUE]
    plain = "".join(char if char.isprintable() else " " for char in text)
    return json.dumps(plain, ensure_ascii=False) if set(plain) & set(' "=') or not plain else plain
