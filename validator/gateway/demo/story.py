"""The demo's story: what is scanned, and what the lane must say."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from validator.boxoffice.sample import SampleEvening
from validator.errors import RetryLater
from validator.feed.names import CANCELLATIONS, CATALOGUE, stream_of
from validator.gateway.demo.cable import Cable
from validator.gateway.demo.lane import LONGEST_WAIT_S, LaneProcess
from validator.model import Decision, Gate, Reason, Reentry
from validator.model import Direction as Way

MAIN, GARDEN_OUT, GARDEN_IN = "main", "garden-out", "garden-in"


def gates(evening: SampleEvening) -> tuple[Gate, ...]:
    """Return the gates of the sample evening."""
    tonight = (evening.tonight,)
    return (
        Gate(MAIN, "Main entrance", tonight),
        Gate(GARDEN_OUT, "Garden door, out", tonight, Way.EXIT),
        Gate(GARDEN_IN, "Garden door, back in", tonight, reentry=Reentry.AFTER_EXIT),
    )


@dataclass(frozen=True, slots=True)
class Stage:
    """What the story can do.

    Args:
        evening: Tickets by role.
        lane: The lane.
        cable: Between the lane and the gateway.
        tell: Prints a line of the story.
        picture: Returns a ticket's picture by its number.
        forged: Returns the picture of a ticket whose signature was tampered with.
        assign: Gives the lane another gate.
        cancel: Cancels a ticket in the box office, by number.
        counts: Returns the gateway's counts.
        arrived: Returns how many check-ins the box office has.
    """

    evening: SampleEvening
    lane: LaneProcess
    cable: Cable
    tell: Callable[[str], None]
    picture: Callable[[str], bytes]
    forged: Callable[[str], bytes]
    assign: Callable[[str], Awaitable[None]]
    cancel: Callable[[str], Awaitable[None]]
    counts: Callable[[], Awaitable[dict[str, Any]]]
    arrived: Callable[[], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Missed:
    """Something that the story expected and that did not come.

    Args:
        step: What the story had told last.
        ticket: Number of the ticket that was scanned; None = another code, or no scan at all.
        expected: Decision, reason and assurance; empty = no verdict, only that it goes on.
        came: The same of the lane's verdict, with the milliseconds that it took; or in words.
    """

    step: str
    ticket: str | None
    expected: str
    came: str

    def __str__(self) -> str:
        """Return a sentence for people."""
        where = f"At '{self.step}'" + (f", ticket {self.ticket}" if self.ticket else "")
        came = self.came.removesuffix(".")
        return f"{where}: {f'expected {self.expected}, came {came}' if self.expected else came}."


@dataclass(slots=True)
class Tally:
    """What came out; `ok` only if every expected verdict appeared.

    Args:
        step: What the story has told last.
        ticket: Number of the ticket that is being scanned, None = none.
        expected: What is expected of it, or of the step; empty = that it goes on.
        missed: What did not come.
    """

    step: str = "Start"
    ticket: str | None = None
    expected: str = ""
    missed: list[Missed] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    decisions: Counter[str] = field(default_factory=Counter)
    provisional: int = 0
    flushed: int = 0
    conflicts: int = 0
    cancel_to_refusal_s: float | None = None

    @property
    def ok(self) -> bool:
        """Whether every expected verdict appeared."""
        return not self.missed

    def miss(self, came: str) -> None:
        """Note that something else came than what is expected."""
        self.missed.append(Missed(self.step, self.ticket, self.expected, came))

    def as_json(self) -> dict[str, Any]:
        """Return the object that `demo --json` ends with."""
        return {
            "ok": self.ok,
            "scans": sum(self.decisions.values()),
            "by_reason": dict(self.reasons),
            "by_decision": dict(self.decisions),
            "provisional": self.provisional,
            "flushed": self.flushed,
            "conflicts": self.conflicts,
            "cancel_to_refusal_s": self.cancel_to_refusal_s,
            "missed": [asdict(each) for each in self.missed],
        }


async def play(stage: Stage, tally: Tally) -> None:
    """Play the evening.

    Args:
        stage: What the story can do.
        tally: Gets what came out.

    Raises:
        RetryLater: A part of the demo does not answer.
    """
    await _doors(stage, tally)
    await _garden(stage, tally)
    await _cancellation(stage, tally)
    await _alone(stage, tally)
    await _flush(stage, tally)


async def _doors(stage: Stage, tally: Tally) -> None:
    evening = stage.evening
    _step(stage, tally, "Doors. The lane reads ticket pictures at the main entrance.")
    for number in evening.full[:2]:
        await _scan(stage, tally, number, Decision.ADMIT, Reason.OK)
    _step(stage, tally, "A student ticket asks for a look at the card.")
    await _scan(stage, tally, evening.student[0], Decision.CHECK, Reason.ATTENTION)
    _step(stage, tally, "A group ticket lets four in with one scan.")
    await _scan(stage, tally, evening.group, Decision.ADMIT, Reason.OK)
    _step(
        stage,
        tally,
        "The same ticket twice: a moment later it is a calm repeat, after that it is used.",
    )
    await _scan(stage, tally, evening.duplicate, Decision.ADMIT, Reason.OK)
    await _scan(stage, tally, evening.duplicate, Decision.REPEAT, Reason.REPEAT)
    await _scan(stage, tally, evening.balcony, Decision.ADMIT, Reason.OK)
    await _scan(stage, tally, evening.duplicate, Decision.REFUSE, Reason.ALREADY_USED)
    _step(
        stage,
        tally,
        "A forged code, a ticket for tomorrow, one unpaid, one cancelled, one exchanged.",
    )
    forged = stage.forged(evening.crowd[0])
    await _show(stage, tally, forged, None, Decision.REFUSE, Reason.BAD_SIGNATURE)
    await _scan(stage, tally, evening.next_day, Decision.REFUSE, Reason.WRONG_DATE)
    await _scan(stage, tally, evening.unpaid, Decision.REFUSE, Reason.UNPAID)
    await _scan(stage, tally, evening.cancelled, Decision.REFUSE, Reason.CANCELLED)
    await _scan(stage, tally, evening.exchanged, Decision.REFUSE, Reason.EXCHANGED)
    _step(stage, tally, "A reseller's tickets: EAN-13 and Code 128.")
    await _scan(stage, tally, evening.ean13, Decision.ADMIT, Reason.OK)
    await _scan(stage, tally, evening.code128, Decision.ADMIT, Reason.OK)


async def _garden(stage: Stage, tally: Tally) -> None:
    number = stage.evening.reentry
    _step(stage, tally, "A guest enters, goes out into the garden and comes back.")
    await _scan(stage, tally, number, Decision.ADMIT, Reason.OK)
    await _move(stage, GARDEN_OUT)
    await _scan(stage, tally, number, Decision.ADMIT, Reason.OK)
    await _move(stage, GARDEN_IN)
    await _scan(stage, tally, number, Decision.ADMIT, Reason.OK)
    await _scan(stage, tally, stage.evening.full[0], Decision.REFUSE, Reason.PASSBACK)
    await _move(stage, MAIN)


async def _cancellation(stage: Stage, tally: Tally) -> None:
    number = stage.evening.to_cancel
    _step(stage, tally, f"Ticket {number} is cancelled in the box office while the lane runs.")
    before, started = stage.lane.heard, time.monotonic()
    await stage.cancel(number)
    stream = stream_of(CANCELLATIONS, stage.evening.tonight)
    await stage.lane.event(before, event=("applied",), stream=(stream,))
    await _scan(stage, tally, number, Decision.REFUSE, Reason.CANCELLED)
    tally.cancel_to_refusal_s = round(time.monotonic() - started, 3)
    stage.tell(f"From the cancellation to the refusal: {tally.cancel_to_refusal_s:.2f} s.")


async def _alone(stage: Stage, tally: Tally) -> None:
    _step(
        stage,
        tally,
        "The network cable is pulled. The lane goes on alone; its verdicts are provisional.",
    )
    before = stage.lane.heard
    stage.cable.pull()
    await stage.lane.event(before, event=("down",))
    for number in stage.evening.offline[:2]:
        await _scan(stage, tally, number, Decision.ADMIT, Reason.OK, "provisional")
    number = stage.evening.to_cancel
    await _scan(stage, tally, number, Decision.REFUSE, Reason.CANCELLED, "provisional")
    _step(stage, tally, "The cable is plugged in again; the lane hands over its journal.")
    before = stage.lane.heard
    stage.cable.plug()
    await stage.lane.event(before, event=("up",))
    await _scan(stage, tally, stage.evening.offline[2], Decision.ADMIT, Reason.OK)
    await _scan(stage, tally, stage.evening.full[1], Decision.REFUSE, Reason.ALREADY_USED)


async def _flush(stage: Stage, tally: Tally) -> None:
    scans = sum(tally.decisions.values())

    async def delivered() -> bool:
        counts = await stage.counts()
        seen = sum(counts["decisions"].values())
        return bool(seen >= scans and not any(counts["owed"].values()))

    tally.expected = "check-ins at the box office, none in conflict"
    await until(delivered, "the check-ins to reach the box office")
    counts = await stage.counts()
    tally.conflicts = int(counts["conflicts"])
    tally.flushed = await stage.arrived()
    if tally.conflicts or not tally.flushed:
        tally.miss(f"{tally.flushed} check-ins, {tally.conflicts} in conflict")
    tally.expected = ""
    stage.tell(
        f"{scans} scans, all at the gateway; the box office has {tally.flushed} check-ins. "
        f"{tally.provisional} were provisional, {tally.conflicts} in conflict."
    )


async def _move(stage: Stage, gate: str) -> None:
    before = stage.lane.heard
    await stage.assign(gate)
    await stage.lane.event(before, event=("applied",), stream=(CATALOGUE,))


def _step(stage: Stage, tally: Tally, text: str) -> None:
    tally.step = text
    stage.tell(text)


async def _scan(
    stage: Stage,
    tally: Tally,
    number: str,
    decision: Decision,
    reason: Reason,
    assurance: str = "confirmed",
) -> None:
    await _show(stage, tally, stage.picture(number), number, decision, reason, assurance)


async def _show(
    stage: Stage,
    tally: Tally,
    picture: bytes,
    number: str | None,
    decision: Decision,
    reason: Reason,
    assurance: str = "confirmed",
) -> None:
    tally.ticket, tally.expected = number, f"{decision} {reason} {assurance}"
    said = await stage.lane.show(picture)
    if said["event"] == "scan":
        tally.decisions[said["decision"]] += 1
        tally.reasons[said["reason"]] += 1
        tally.provisional += said["assurance"] == "provisional"
        came = f"{said['decision']} {said['reason']} {said['assurance']}"
        if came != tally.expected:
            tally.miss(f"{came} after {said['ms']} ms")
    else:
        tally.miss(f"a fault: {said['line']}")
    tally.ticket, tally.expected = None, ""


async def until(done: Callable[[], Awaitable[bool]], what: str) -> None:
    """Wait until it is so.

    Args:
        done: Asked again and again.
        what: What is awaited, for people.

    Raises:
        RetryLater: It does not come.
    """
    end = time.monotonic() + LONGEST_WAIT_S
    while not await done():
        if time.monotonic() > end:
            raise RetryLater(f"Waited {LONGEST_WAIT_S:.0f} s for {what}.")
        await asyncio.sleep(0.05)
