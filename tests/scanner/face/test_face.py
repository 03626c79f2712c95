"""What a screen's touches do, without a screen."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from doubles.clock.hand_clock import HandClock
from scanner.face.equipment import Equipment
from scanner.face.face import Face
from scanner.face.history import KEPT
from scanner.lane.lane import Lane
from scanner.texts import LANGUAGES
from validator.admission import Shown
from validator.model import (
    Assurance,
    Catalogue,
    CheckInId,
    Decision,
    Direction,
    Fault,
    Next,
    Reason,
    Verdict,
)


class Door:
    """A lane that lets everybody in, slowly, and says what it was told."""

    def __init__(self, face: Face) -> None:
        self.face, self.store, self.gate = face, self, None
        self.catalogue, self.clock = Catalogue(), HandClock().clock
        self.said: list[str] = []
        self.inside = 0

    async def take(self, text: str, symbology: str | None = None, **how: Any) -> None:
        assert not self.inside, "two scans at once"
        self.inside += 1
        await asyncio.sleep(0)
        self.said.append(text)
        count = how.get("count") or 4
        verdict = Verdict(Decision.ADMIT, Reason.OK, Next.LET_IN, Assurance.CONFIRMED, count=count)
        self.inside -= 1
        self.face.show(Shown(CheckInId(f"id-{len(self.said)}"), verdict), 1.0)

    def undo(self, id: CheckInId) -> Fault | None:
        self.said.append(f"undo {id}")
        return None


@pytest.fixture
def door() -> Door:
    face = Face(Equipment())
    lane = Door(face)
    face.lane = cast(Lane, lane)
    return lane


async def test_scans_are_judged_one_after_the_other(door: Door) -> None:
    await asyncio.gather(*(door.face.scan(f"T{number}") for number in range(5)))
    assert door.said == ["T0", "T1", "T2", "T3", "T4"]


async def test_a_guest_who_is_sent_away_is_not_counted(door: Door) -> None:
    await door.face.scan("A")
    assert (door.face.history.here, door.face.people) == (4, 4)
    door.face.undo()
    assert (door.face.history.here, door.face.shown) == (0, None)
    assert door.face.notes.line("en") == "Taken back. Not counted."


async def test_a_smaller_group_takes_back_and_judges_again(door: Door) -> None:
    await door.face.scan("GROUP")
    await door.face.recount(3)
    assert door.said == ["GROUP", "undo id-1", "GROUP"]
    assert (door.face.history.here, door.face.people) == (3, 3)


async def test_everybody_is_counted_however_long_the_evening(door: Door) -> None:
    for number in range(KEPT + 10):
        await door.face.scan(f"T{number}")
    assert door.face.history.here == 4 * (KEPT + 10)
    assert len(door.face.history.latest) == KEPT


async def test_nobody_is_sent_away_at_an_exit(door: Door) -> None:
    door.face.turn(Direction.EXIT)
    await door.face.scan("A")
    assert door.face.undoable is None
    assert door.face.history.here == 0


async def test_a_typed_code_is_whole_at_its_end_and_the_next_begins_anew(door: Door) -> None:
    for letter in "E1:ABC.":
        door.face.letters(letter)
    assert door.face.entered() == "E1:ABC."
    assert door.face.entered() == ""


def test_the_language_changes_while_it_runs(door: Door) -> None:
    seen = []
    door.face.changed = lambda: seen.append(door.face.say("ready"))
    for _ in LANGUAGES:
        door.face.speak()
    assert seen == ["Prêt", "Bereit", "Listo", "Pronto", "Ready"]
