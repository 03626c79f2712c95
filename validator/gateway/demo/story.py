"""The demo's story: what is scanned, and what the lane must say."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from validator.boxoffice.sample import SampleEvening
from validator.errors import RetryLater
from validator.gateway.demo.cable import Cable
from validator.gateway.demo.lane import LaneProcess
from validator.model import Decision, Gate, Reason, Reentry
from validator.model import Direction as Way

MAIN, GARDEN_OUT, GARDEN_IN = "main", "garden-out", "garden-in"
LONGEST_WAIT_S = 30.0


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


@dataclass(slots=True)
class Tally:
    """What came out; `ok` only if every expected verdict appeared."""

    ok: bool = True
    reasons: Counter[str] = field(default_factory=Counter)
    decisions: Counter[str] = field(default_factory=Counter)
    provisional: int = 0
    flushed: int = 0
    conflicts: int = 0
    cancel_to_refusal_s: float | None = None

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
    stage.tell("Doors. The lane reads ticket pictures at the main entrance.")
    for number in evening.full[:2]:
        await _scan(stage, tally, number, Decision.ADMIT, Reason.OK)
    stage.tell("A student ticket asks for a look at the card.")
    await _scan(stage, tally, evening.student[0], Decision.CHECK, Reason.ATTENTION)
    stage.tell("A group ticket lets four in with one scan.")
    await _scan(stage, tally, evening.group, Decision.ADMIT, Reason.OK)
    stage.tell("The same ticket twice: a moment later it is a calm repeat, after that it is used.")
    await _scan(stage, tally, evening.duplicate, Decision.ADMIT, Reason.OK)
    await _scan(stage, tally, evening.duplicate, Decision.REPEAT, Reason.REPEAT)
    await _scan(stage, tally, evening.balcony, Decision.ADMIT, Reason.OK)
    await _scan(stage, tally, evening.duplicate, Decision.REFUSE, Reason.ALREADY_USED)
    stage.tell("A forged code, a ticket for tomorrow, one unpaid, one cancelled, one exchanged.")
    forged = await stage.lane.show(stage.forged(evening.crowd[0]))
    _count(stage, tally, forged, Decision.REFUSE, Reason.BAD_SIGNATURE)
    await _scan(stage, tally, evening.next_day, Decision.REFUSE, Reason.WRONG_DATE)
    await _scan(stage, tally, evening.unpaid, Decision.REFUSE, Reason.UNPAID)
    await _scan(stage, tally, evening.cancelled, Decision.REFUSE, Reason.CANCELLED)
    await _scan(stage, tally, evening.exchanged, Decision.REFUSE, Reason.EXCHANGED)
    stage.tell("A reseller's tickets: EAN-13 and Code 128.")
    await _scan(stage, tally, evening.ean13, Decision.ADMIT, Reason.OK)
    await _scan(stage, tally, evening.code128, Decision.ADMIT, Reason.OK)


async def _garden(stage: Stage, tally: Tally) -> None:
    number = stage.evening.reentry
    stage.tell("A guest enters, goes out into the garden and comes back.")
    await _scan(stage, tally, number, Decision.ADMIT, Reason.OK)
    await _move(stage, GARDEN_OUT)
    await _scan(stage, tally, number, Decision.ADMIT, Reason.OK)
    await _move(stage, GARDEN_IN)
    await _scan(stage, tally, number, Decision.ADMIT, Reason.OK)
    await _scan(stage, tally, stage.evening.full[0], Decision.REFUSE, Reason.PASSBACK)
    await _move(stage, MAIN)


async def _cancellation(stage: Stage, tally: Tally) -> None:
    number = stage.evening.to_cancel
    stage.tell(f"Ticket {number} is cancelled in the box office while the lane runs.")
    before, started = stage.lane.heard, time.monotonic()
    await stage.cancel(number)
    stream = f"cancellations.{stage.evening.tonight}"
    await stage.lane.event(before, event=("applied",), stream=(stream,))
    await _scan(stage, tally, number, Decision.REFUSE, Reason.CANCELLED)
    tally.cancel_to_refusal_s = round(time.monotonic() - started, 3)
    stage.tell(f"From the cancellation to the refusal: {tally.cancel_to_refusal_s:.2f} s.")


async def _alone(stage: Stage, tally: Tally) -> None:
    stage.tell("The network cable is pulled. The lane goes on alone; its verdicts are provisional.")
    before = stage.lane.heard
    stage.cable.pull()
    await stage.lane.event(before, event=("down",))
    for number in stage.evening.offline[:2]:
        await _scan(stage, tally, number, Decision.ADMIT, Reason.OK, "provisional")
    number = stage.evening.to_cancel
    await _scan(stage, tally, number, Decision.REFUSE, Reason.CANCELLED, "provisional")
    stage.tell("The cable is plugged in again; the lane hands over its journal.")
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

    await _until(delivered, "the check-ins to reach the box office")
    counts = await stage.counts()
    tally.conflicts = int(counts["conflicts"])
    tally.flushed = await stage.arrived()
    if tally.conflicts or not tally.flushed:
        tally.ok = False
    stage.tell(
        f"{scans} scans, all at the gateway; the box office has {tally.flushed} check-ins. "
        f"{tally.provisional} were provisional, {tally.conflicts} in conflict."
    )


async def _move(stage: Stage, gate: str) -> None:
    before = stage.lane.heard
    await stage.assign(gate)
    await stage.lane.event(before, event=("applied",), stream=("catalogue",))


async def _scan(
    stage: Stage,
    tally: Tally,
    number: str,
    decision: Decision,
    reason: Reason,
    assurance: str = "confirmed",
) -> None:
    said = await stage.lane.show(stage.picture(number))
    _count(stage, tally, said, decision, reason, assurance)


def _count(
    stage: Stage,
    tally: Tally,
    said: dict[str, Any],
    decision: Decision,
    reason: Reason,
    assurance: str = "confirmed",
) -> None:
    if said["event"] != "scan":
        tally.ok = False
        stage.tell(f"Expected {decision} ({reason}), but the lane has a fault.")
        return
    tally.decisions[said["decision"]] += 1
    tally.reasons[said["reason"]] += 1
    tally.provisional += said["assurance"] == "provisional"
    expected = (decision.value, reason.value, assurance)
    if (said["decision"], said["reason"], said["assurance"]) != expected:
        tally.ok = False
        stage.tell(f"Expected {' '.join(expected)} for the scan above.")


async def _until(done: Callable[[], Awaitable[bool]], what: str) -> None:
    end = time.monotonic() + LONGEST_WAIT_S
    while not await done():
        if time.monotonic() > end:
            raise RetryLater(f"Waited {LONGEST_WAIT_S:.0f} s for {what}.")
        await asyncio.sleep(0.05)
