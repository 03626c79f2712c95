"""The demo's story names what it expected and did not get."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from doubles.boxoffice.box import entropy
from doubles.clock.hand_clock import HandClock
from validator.boxoffice import BoxOffice, sell_sample_evening
from validator.errors import RetryLater
from validator.gateway.demo.cable import Cable
from validator.gateway.demo.lane import LaneProcess
from validator.gateway.demo.story import Stage, Tally, play

DOORS = "Doors. The lane reads ticket pictures at the main entrance."
SILENT = "The lane did not say anything for 120 s."
BROKEN = {"event": "fault", "line": "The camera is dark."}


class SpokenLane(LaneProcess):
    """Says what it is told to, then nothing any more."""

    def __init__(self, *lines: dict[str, Any]) -> None:
        super().__init__(Path(), lambda line: None)
        self._lines = list(lines)

    async def show(self, picture: bytes) -> dict[str, Any]:
        if not self._lines:
            raise RetryLater(SILENT)
        return self._lines.pop(0)


def verdict(decision: str, reason: str, assurance: str) -> dict[str, Any]:
    said = {"decision": decision, "reason": reason, "assurance": assurance}
    return {"event": "scan", "ms": 301.5} | said


async def nothing(_: str) -> None:
    return None


async def no_figures() -> dict[str, Any]:
    return {}


async def nobody() -> int:
    return 0


async def test_what_did_not_come_is_named_by_step_and_ticket_with_what_came_instead(
    tmp_path: Path,
) -> None:
    clock = HandClock().clock
    office = BoxOffice.open(tmp_path, clock, entropy())
    evening = sell_sample_evening(office, clock.now())
    lane = SpokenLane(verdict("admit", "ok", "provisional"), BROKEN)
    told: list[str] = []
    stage = Stage(
        evening=evening,
        lane=lane,
        cable=Cable("127.0.0.1", 0),
        tell=told.append,
        picture=str.encode,
        forged=str.encode,
        assign=nothing,
        cancel=nothing,
        counts=no_figures,
        arrived=nobody,
    )
    tally = Tally()
    with pytest.raises(RetryLater) as silence:
        await play(stage, tally)
    tally.miss(str(silence.value))
    office.close()

    first, second = evening.full[:2]
    student = "A student ticket asks for a look at the card."
    assert told == [DOORS, student]
    assert [str(missed) for missed in tally.missed] == [
        f"At '{DOORS}', ticket {first}: expected admit ok confirmed, "
        "came admit ok provisional after 301.5 ms.",
        f"At '{DOORS}', ticket {second}: expected admit ok confirmed, "
        "came a fault: The camera is dark.",
        f"At '{student}', ticket {evening.student[0]}: expected check attention confirmed, "
        f"came {SILENT}",
    ]
    assert not tally.ok
    assert tally.as_json()["missed"] == [asdict(missed) for missed in tally.missed]
