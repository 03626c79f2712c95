"""The face of a lane with a screen, without the screen: what is shown, and what a touch does."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from scanner.hands import Hands
from scanner.lane import Lane
from scanner.palette import Look
from scanner.presenter import Presentation, clock_text, present
from scanner.texts import LANGUAGES, texts
from validator.admission import Shown
from validator.clock import Instant
from validator.model import CheckInId, Decision, Direction, Fault

KEPT = 50
"""Scans that the history shows."""

MINUTE_MS = 60_000
LONGEST_CODE = 4_096
"""Most characters of one typed code."""


class Ladder(StrEnum):
    """How sure the lane's verdicts are now."""

    GATEWAY = "gateway"
    ALONE = "alone"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Past:
    """One line of the history.

    Args:
        time: As the venue's clocks show it.
        look: Of the verdict.
        word: Its word.
        ticket: Number or line of the ticket, may be empty.
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
class Face:
    """What the screens show and do; they hold nothing themselves.

    Attributes:
        hands: Sound, vibration and the rest of the device.
        language: Two letters; `speak` changes it.
        changed: Called after every change.
        lane: Set before the first scan.
        shown: Verdict or fault on the screen, None = at rest.
        direction: What the switch says; None = as the gate is set.
        history: Latest first.
        note: A sentence that can wait, shown at rest.
        ladder: How sure verdicts are.
        here: People who went in at this lane since the program started.
    """

    hands: Hands
    language: str = "en"
    changed: Callable[[], None] = lambda: None
    lane: Lane | None = None
    shown: Shown | Fault | None = None
    direction: Direction | None = None
    history: deque[Past] = field(default_factory=lambda: deque(maxlen=KEPT))
    note: str = ""
    ladder: Ladder = Ladder.ALONE
    here: int = 0
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _undone: set[CheckInId] = field(default_factory=set)
    _last: tuple[str, str | None, bool] | None = None
    _typed: list[str] = field(default_factory=list)

    def say(self, key: str) -> str:
        """Return a text of the screens in the present language."""
        return texts(self.language).face[key]

    def speak(self, language: str | None = None) -> None:
        """Change the language; None = the next one."""
        at = LANGUAGES.index(self.language) if self.language in LANGUAGES else -1
        self.language = language or LANGUAGES[(at + 1) % len(LANGUAGES)]
        self.changed()

    def show(self, shown: Shown | Fault, elapsed_ms: float) -> None:
        """Show a verdict or fault in place of whatever is shown; it is heard and felt at once."""
        self.shown = shown
        seen = self.presentation
        assert seen is not None
        if self.hands.speaker is not None:
            self.hands.speaker.play(seen.style.sound)
        if self.hands.vibrator is not None:
            self.hands.vibrator.vibrate(seen.style.vibration_ms)
        self._remember(shown, seen)
        self.changed()

    @property
    def presentation(self) -> Presentation | None:
        """What is shown, in words; None = at rest."""
        if self.shown is None or self.lane is None:
            return None
        plan = self.lane.store.catalogue
        return present(self.shown, self.language, self.lane.clock.now(), plan)

    @property
    def place(self) -> str:
        """The gate's name; empty = none is assigned."""
        gate = self.lane.gate if self.lane else None
        return gate.name if gate else ""

    @property
    def leaving(self) -> bool:
        """Whether tickets are taken as exits."""
        gate = self.lane.gate if self.lane else None
        wanted = self.direction or (gate.direction if gate else Direction.ENTRY)
        return wanted is Direction.EXIT

    @property
    def undoable(self) -> CheckInId | None:
        """The entry on the screen that can be taken back, None = there is none."""
        shown = self.shown
        if not isinstance(shown, Shown) or shown.id in self._undone:
            return None
        let_in = shown.verdict.decision in (Decision.ADMIT, Decision.CHECK)
        return shown.id if let_in and not self.leaving else None

    @property
    def people(self) -> int:
        """People that the verdict on the screen lets in; more than 1 may be lowered."""
        shown = self.shown
        return shown.verdict.count if isinstance(shown, Shown) and self.undoable else 0

    @property
    def a_minute(self) -> int:
        """People who went in during the last minute."""
        now = self.lane.clock.now() if self.lane else Instant(0)
        recent = (past for past in self.history if now - past.at <= MINUTE_MS)
        return sum(past.people for past in recent if past.people > 0)

    async def scan(self, text: str, symbology: str | None = None, number: bool = False) -> None:
        """Judge a code, or a number that was typed."""
        async with self._turn:
            if self.lane is not None:
                self.note = ""
                self._last = (text, symbology, number)
                await self.lane.take(text, symbology, number=number, direction=self.direction)

    async def again(self) -> None:
        """Judge the last code once more, after a fault."""
        if self._last is not None:
            await self.scan(*self._last)

    async def fewer(self, people: int) -> None:
        """Let fewer of a group in: what was shown is taken back, the smaller group is judged.

        Args:
            people: From 1.
        """
        async with self._turn:
            id = self.undoable
            if id is None or self.lane is None or self._last is None or people < 1:
                return
            if fault := self.lane.undo(id):
                self.show(fault, 0.0)
                return
            self._take_back(id)
            text, symbology, number = self._last
            await self.lane.take(
                text, symbology, number=number, count=people, direction=self.direction
            )

    def undo(self) -> None:
        """Send away whom the verdict on the screen let in."""
        id = self.undoable
        if id is None or self.lane is None:
            return
        if fault := self.lane.undo(id):
            self.show(fault, 0.0)
            return
        self._take_back(id)
        self.note = self.say("undone")
        self.rest()

    def rest(self) -> None:
        """Wait for the next guest."""
        self.shown = None
        self.changed()

    def turn(self, direction: Direction) -> None:
        """Take tickets as entries or as exits from now on."""
        self.direction = direction
        self.changed()

    def advise(self, text: str) -> None:
        """Tell something that can wait."""
        self.note = text
        self.changed()

    def climb(self, ladder: Ladder) -> None:
        """Note how sure verdicts are now."""
        if ladder is not self.ladder:
            self.ladder = ladder
            self.changed()

    def letters(self, text: str) -> None:
        """Take in what a keyboard scanner types."""
        if len(self._typed) < LONGEST_CODE:
            self._typed.extend(text)

    def entered(self) -> str:
        """Return the code that a keyboard scanner has ended, empty = nothing was typed."""
        text = "".join(self._typed)
        self._typed.clear()
        return text

    def _remember(self, shown: Shown | Fault, seen: Presentation) -> None:
        assert self.lane is not None
        now, people, ticket = self.lane.clock.now(), 0, ""
        if isinstance(shown, Shown):
            verdict = shown.verdict
            if verdict.decision in (Decision.ADMIT, Decision.CHECK):
                people = -verdict.count if self.leaving else verdict.count
            ticket = (verdict.ticket.number if verdict.ticket else None) or ""
        time = clock_text(now, self.lane.store.catalogue)
        self.here += max(0, people)
        self.history.appendleft(Past(time, seen.look, seen.word, ticket, people, now))

    def _take_back(self, id: CheckInId) -> None:
        self._undone.add(id)
        past = self.history.popleft()
        self.here -= max(0, past.people)
        self.history.appendleft(Past(past.time, past.look, past.word, past.ticket, 0, past.at))
