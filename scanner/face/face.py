"""The face of a lane with a screen, without the screen: what is shown, and what a touch does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from scanner.face.equipment import Equipment
from scanner.face.freshness import Freshness
from scanner.face.history import History, Past
from scanner.lane.lane import Lane
from scanner.texts import LANGUAGES, texts
from scanner.wording.notes import Note, Notes, StaffNote
from scanner.wording.presenter import Presentation, clock_text, present
from validator.admission import Shown
from validator.bounds import LONGEST_CODE
from validator.clock import Instant
from validator.model import Catalogue, CheckInId, Decision, Direction, Fault, Performance


@dataclass(slots=True)
class Face:
    """What the screens show and do; they hold nothing themselves.

    Attributes:
        equipment: Sound, vibration and the rest of the device.
        language: Two letters; `speak` changes it.
        changed: Called after every change.
        lane: Set while the device is enrolled.
        shown: Verdict or fault on the screen, None = at rest.
        direction: What the switch says; None = as the gate is set.
        history: What was scanned here.
        notes: What can wait until nobody does.
        freshness: How sure verdicts are.
        lit: Whether the lamp beside the camera burns.
        most: People that the ticket on the screen admits; fewer may be let in.
    """

    equipment: Equipment
    language: str = "en"
    changed: Callable[[], None] = lambda: None
    lane: Lane | None = None
    shown: Shown | Fault | None = None
    direction: Direction | None = None
    history: History = field(default_factory=History)
    notes: Notes = field(default_factory=Notes)
    freshness: Freshness = field(default_factory=Freshness)
    lit: bool = False
    most: int = 0
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _undone: set[CheckInId] = field(default_factory=set)
    _last: tuple[str, str | None, bool] | None = None
    _typed: list[str] = field(default_factory=list)
    _refreshed: tuple[object, ...] = ()

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
        if self.equipment.speaker is not None:
            self.equipment.speaker.play(seen.style.sound)
        if self.equipment.vibrator is not None:
            self.equipment.vibrator.vibrate(seen.style.vibration_ms)
        self.most = max(self.most, self.people)
        self._remember(shown, seen)
        self.changed()

    @property
    def presentation(self) -> Presentation | None:
        """What is shown, in words; None = at rest."""
        if self.shown is None:
            return None
        return present(self.shown, self.language, self.now, self.plan)

    @property
    def plan(self) -> Catalogue | None:
        """The evening's plan; None while the device is not enrolled."""
        return self.lane.store.catalogue if self.lane else None

    @property
    def now(self) -> Instant:
        """The present; the beginning of time while the device is not enrolled."""
        return self.lane.clock.now() if self.lane else Instant(0)

    @property
    def time(self) -> str:
        """The venue's clock, hours and minutes; empty while the device is not enrolled."""
        return clock_text(self.now, self.plan)[:5] if self.lane else ""

    @property
    def place(self) -> str:
        """The gate's name; empty = none is assigned."""
        gate = self.lane.gate if self.lane else None
        return gate.name if gate else ""

    @property
    def performance(self) -> Performance | None:
        """What people come for now: of the gate's performances the first that is not over."""
        gate = self.lane.gate if self.lane else None
        if gate is None or self.plan is None:
            return None
        shows = (self.plan.performances.get(scope) for scope in gate.performances)
        coming = (show for show in shows if show is not None and show.end > self.now)
        return min(coming, key=lambda show: show.start, default=None)

    @property
    def occasion(self) -> str:
        """The performance and when it starts, in words; empty = none is coming."""
        show = self.performance
        if show is None:
            return ""
        time = clock_text(show.start, self.plan)[:5]
        return f"{show.name}, {self.say('starts').format(time=time)}"

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
        """People that the verdict on the screen lets in; 0 = nobody."""
        shown = self.shown
        return shown.verdict.count if isinstance(shown, Shown) and self.undoable else 0

    @property
    def a_minute(self) -> int:
        """People who went in during the last minute."""
        return self.history.a_minute(self.now)

    async def scan(self, text: str, symbology: str | None = None, number: bool = False) -> None:
        """Judge a code, or a number that was typed."""
        async with self._turn:
            if self.lane is not None:
                self.notes.passing = None
                self.most = 0
                self._last = (text, symbology, number)
                await self.lane.take(text, symbology, number=number, direction=self.direction)

    async def again(self) -> None:
        """Judge the last code once more, after a fault; without one, wait for the next guest."""
        if self._last is None:
            self.rest()
        else:
            await self.scan(*self._last)

    async def recount(self, people: int) -> None:
        """Let another number of a group in: what was shown is taken back and judged again.

        Args:
            people: From 1 to `most`.
        """
        async with self._turn:
            lane, last = self.lane, self._last
            if lane is None or last is None or not 1 <= people <= self.most:
                return
            if self._taken_back():
                text, symbology, number = last
                await lane.take(
                    text, symbology, number=number, count=people, direction=self.direction
                )

    def undo(self) -> None:
        """Send away whom the verdict on the screen let in."""
        if self._taken_back():
            self.notes.tell(StaffNote(Note.UNDONE))
            self.rest()

    def rest(self) -> None:
        """Wait for the next guest."""
        self.shown = None
        self.changed()

    def turn(self, direction: Direction) -> None:
        """Take tickets as entries or as exits from now on."""
        self.direction = direction
        self.changed()

    def tell(self, told: StaffNote) -> None:
        """Tell something that can wait."""
        self.notes.tell(told)
        self.changed()

    def refresh(self, freshness: Freshness) -> None:
        """Note how fresh the lane's knowledge is; to be called about every second."""
        self.freshness = freshness
        words = freshness.text(self.language), freshness.people(self.language)
        refreshed = (freshness.level, *words, self.time, self.a_minute)
        if refreshed != self._refreshed:
            self._refreshed = refreshed
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
        if self.lane is None:
            return
        people, ticket = 0, ""
        if isinstance(shown, Shown):
            verdict = shown.verdict
            if verdict.decision in (Decision.ADMIT, Decision.CHECK):
                people = -verdict.count if self.leaving else verdict.count
            ticket = (verdict.ticket.number if verdict.ticket else None) or ""
        time = clock_text(self.now, self.plan)
        self.history.add(Past(time, seen.look, seen.word, ticket, people, self.now))

    def _taken_back(self) -> bool:
        """Take back the entry on the screen; False if there is none, or the lane can't."""
        id = self.undoable
        if id is None or self.lane is None:
            return False
        if fault := self.lane.undo(id):
            self.show(fault, 0.0)
            return False
        self._undone.add(id)
        self.history.take_back()
        return True
