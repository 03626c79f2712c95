"""What a lane without a screen says: one line for each verdict and for each thing that happens."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from offline_cache.cache import Cache
from offline_cache.sync.events import Alarm, Applied, ConflictTold, Down, Revoked, Up
from scanner.lane.events import Failed, LaneEvent, Mended, Wiped
from scanner.lane.lane_log import WARNING, LaneLog
from scanner.wording.notes import Note, StaffNote
from scanner.wording.presenter import clock_text, line, line_json
from validator.admission import Shown
from validator.clock import Clock
from validator.model import Catalogue, Conflict, Fault


@dataclass(frozen=True, slots=True)
class Printer:
    """Writes what happens as lines, for people or (one JSON object a line) for programs."""

    language: str
    as_json: bool
    clock: Clock
    cache: Cache
    write: Callable[[str], object] = print
    log: LaneLog = LaneLog.SILENT

    def show(self, shown: Shown | Fault, elapsed_ms: float) -> None:
        """Show a verdict or fault."""
        if isinstance(shown, Fault):
            self.log.event(WARNING, "fault", kind=shown.kind)
        plan = self.cache.catalogue
        text = line(shown, self.clock.now(), elapsed_ms, self.language, plan)
        if self.as_json:
            fields = line_json(shown, self.clock.now(), elapsed_ms)
            self.write(json.dumps(fields | {"line": text}))
        else:
            self.write(text)

    def told(self, event: LaneEvent) -> None:
        """Tell what happened besides verdicts."""
        self.log.told(event)
        match event:
            case Up():
                self._say("up", "Connected to the gateway.")
            case Down(why):
                self._say("down", f"Alone: {why} Goes on scanning.")
            case Applied(stream, sequence):
                if self.as_json:
                    self._say("applied", "", stream=stream, sequence=sequence)
            case Alarm(text):
                self._say("alarm", f"Attention: {text}")
            case Mended():
                self.told(Alarm(str(event)))
            case Failed() if event.todo:
                self.told(Alarm(str(event)))
            case Revoked(owed):
                kept = f" {owed} check-ins are still on it." if owed else ""
                text = f"This device was revoked: bring it to the office.{kept}"
                self._say("revoked", self._in_words(StaffNote(Note.REVOKED), text))
            case Wiped():
                text = "What this device knew, and its keys, are gone. Enrol it anew."
                self._say("wiped", text)
            case ConflictTold(conflict):
                text = _conflict_text(conflict, self.cache.catalogue)
                told = StaffNote(Note.CONFLICT, conflict.number or "")
                self._say("conflict", self._in_words(told, text), id=conflict.id)

    def advise(self, text: str) -> None:
        """Tell something that can wait until the queue is gone."""
        self._say("advice", text)

    def _in_words(self, told: StaffNote, english: str) -> str:
        return english if self.language == "en" else told.text(self.language)

    def _say(self, event: str, text: str, **fields: Any) -> None:
        if self.as_json:
            self.write(json.dumps({"event": event, "line": text} | fields))
        else:
            time = clock_text(self.clock.now(), self.cache.catalogue)
            self.write(f"{time}  {text}")


def _conflict_text(conflict: Conflict, plan: Catalogue) -> str:
    entries = ", ".join(
        f"{clock_text(at, plan)} gate {gate} by {device}"
        for _, device, gate, at in conflict.entries
    )
    seat = f", seat {conflict.seat}" if conflict.seat else ""
    return (
        f"Conflict: ticket {conflict.number or 'without number'}{seat} should have been refused "
        f"({conflict.reason.value}); entered {entries}. Tell the supervisor."
    )
