"""The app with a lane that writes down what it is asked.

`python -m journeys.staged_app LANGUAGE`.

On standard input it takes `look`, `heard`, `memory`, `lose` and `quit`; each answer is a line
of JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass, field
from typing import Any, cast

from doubles.screen.stage import DEVICE, PLAN, VERDICTS, Stage
from generators.screens import drawn, open_size, seen_on
from scanner.face.face import Face
from scanner.lane.lane import Lane
from validator.admission import Shown
from validator.clock import Clock, Instant
from validator.model import CheckInId, Fault, Gate, Verdict


@dataclass
class Recorder:
    """A lane that says of each code what stands before its first dash in `VERDICTS`."""

    face: Face
    clock: Clock
    heard: list[str] = field(default_factory=list)
    catalogue = PLAN

    @property
    def store(self) -> Recorder:
        """The plan."""
        return self

    @property
    def gate(self) -> Gate:
        """Where it stands."""
        return PLAN.gates[PLAN.assignments[DEVICE].gate]

    async def take(self, text: str, symbology: str | None = None, **how: Any) -> Shown | Fault:
        """Write a code down, show its verdict."""
        said = {key: value for key, value in how.items() if value}
        self.heard.append(text + (f" {said}" if said else ""))
        shown, _ = VERDICTS.get(text.partition(":")[0].lower(), VERDICTS["admit"])
        if isinstance(shown, Verdict):
            if count := how.get("count"):
                shown = type(shown)(**{**_fields(shown), "count": count})
            self.face.show(Shown(CheckInId(f"id-{len(self.heard)}"), shown), 1.0)
        else:
            self.face.show(shown, 1.0)
        return shown if isinstance(shown, Fault) else Shown(CheckInId("id"), shown)

    def undo(self, id: CheckInId) -> Fault | None:
        """Write it down."""
        self.heard.append("undo")
        return None

    def expire(self) -> Fault | None:
        """Nothing is held."""
        return None


def _fields(verdict: Verdict) -> dict[str, Any]:
    return {name: getattr(verdict, name) for name in Verdict.__slots__}


def _memory() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096


async def _lose() -> dict[str, Any]:
    """Lose what the graphics hold, as Android does to an app that comes back to the front."""
    from kivy.graphics.context import get_context

    get_context().reload()
    await drawn(2)
    return {}


async def _work(language: str) -> None:
    from scanner.app.window import EntranceApp

    stage = Stage(language)
    stage.clear()
    lane = Recorder(stage.face, Clock(lambda: Instant(stage.face.now) * 1_000_000, lambda: 0))
    lane.clock = stage.lane.clock
    stage.face.lane = stage.lane = cast(Lane, lane)
    app = EntranceApp(stage.device_run)
    running = asyncio.create_task(app.async_run(async_lib="asyncio"))
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while word := (await reader.readline()).decode().strip():
        match word:
            case "look":
                answer: Any = {**seen_on(app, app.page), "heard": len(lane.heard)}
            case "heard":
                answer = {"heard": lane.heard}
            case "memory":
                answer = {"memory": _memory(), "heard": len(lane.heard)}
            case "lose":
                answer = await _lose()
            case _:
                break
        print(json.dumps(answer), flush=True)
    app.stop()
    await running


if __name__ == "__main__":
    open_size("portrait")
    asyncio.run(_work(sys.argv[1]))
