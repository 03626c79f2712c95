"""One scan from its text to the verdict that is shown, without I/O.

`admit` (a lane) and `reserve` (the gateway) are generators: they yield what they need and are
sent the answer. A thin shell drives them with its own store, link and clock.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from enum import Enum, auto

from validator.clock import Instant
from validator.errors import TokenError
from validator.judge import judge
from validator.keys import KeyRing
from validator.model import (
    Assurance,
    By,
    CheckIn,
    CheckInId,
    CountMode,
    Decision,
    DeviceId,
    Direction,
    Facts,
    Fault,
    Gate,
    Kind,
    Next,
    Numbered,
    Reading,
    Reason,
    Scan,
    Token,
    Trouble,
    Verdict,
)
from validator.token import read

ASKED = frozenset(
    {
        Reason.UNKNOWN,
        Reason.UNKNOWN_KEY,
        Reason.STALE_DATA,
        Reason.UNPAID,
        Reason.UNAPPROVED,
        Reason.ALREADY_USED,
        Reason.PASSBACK,
    }
)
"""Refusals that the gateway may know better, so a lane with a link asks before it shows them."""

FINAL = frozenset({Reason.CANCELLED, Reason.EXCHANGED, Reason.SUSPENDED, Reason.BLOCKED})
"""Refusals that hold even for a guest whose verdict was interrupted by a crash."""


@dataclass(frozen=True, slots=True)
class FactsNeeded:
    """Needs `Facts`: what is known of this reading.

    Args:
        reading: What the text turned out to be.
        gate: Where, with the direction that is scanned.
        now: Corrected time.
    """

    reading: Reading
    gate: Gate
    now: Instant


@dataclass(frozen=True, slots=True)
class ClaimNeeded:
    """Needs `Answered`, `Alone`, `Granted` or `Lost`: may this entry be reserved?

    Args:
        scan: The scan.
        gate: Where, with the direction that is scanned.
        reading: What the text turned out to be.
        verdict: The judge's answer so far.
        facts: What it rests on.
    """

    scan: Scan
    gate: Gate
    reading: Reading
    verdict: Verdict
    facts: Facts


@dataclass(frozen=True, slots=True)
class AppendNeeded:
    """Needs None, sent once the check-in is on disk; only then may a light go on."""

    check_in: CheckIn
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class GiveBackNeeded:
    """Needs None: a claim that may have been granted is not used."""

    id: CheckInId


@dataclass(frozen=True, slots=True)
class Answered:
    """The gateway's verdict."""

    verdict: Verdict


class Reservation(Enum):
    """Other answers to `ClaimNeeded`."""

    ALONE = auto()
    """No link, or no answer in time."""
    GRANTED = auto()
    """Reserved in this very transaction (gateway only)."""
    LOST = auto()
    """Somebody else took the ordinal: read the facts again (gateway only)."""


Need = FactsNeeded | ClaimNeeded | AppendNeeded | GiveBackNeeded
Answer = Facts | Answered | Reservation | None


@dataclass(frozen=True, slots=True)
class Shown:
    """What goes on the screen.

    Args:
        id: Check-in that it stands in the journal as.
        verdict: The answer to the scan.
        held: It waits for the guest's passage.
    """

    id: CheckInId
    verdict: Verdict
    held: bool = False


def read_scan(scan: Scan, ring: KeyRing) -> Reading:
    """Read a scan's text; total."""
    if scan.number:
        return Numbered(scan.text.strip().upper()[:40])
    try:
        return read(scan.text, ring, scan.symbology)
    except TokenError as error:
        return error


def admit(
    scan: Scan,
    gate: Gate,
    ring: KeyRing,
    device: DeviceId,
    offset_ms: int | None,
    connected: bool,
) -> Generator[Need, Answer, Shown | Fault]:
    """Take one scan through a lane.

    Args:
        scan: The scan; its direction, if any, overrides the gate's.
        gate: The lane's place.
        ring: Keys to read tokens with.
        device: The lane's device.
        offset_ms: Gateway's clock minus the device's, None = never measured.
        connected: A link to the gateway is up.

    Returns:
        What to show, already on disk; or a fault if it can't be judged here.
    """
    gate = towards(gate, scan.direction)
    now = Instant(scan.at + (offset_ms or 0))
    reading = read_scan(scan, ring)
    facts = yield FactsNeeded(reading, gate, now)
    assert isinstance(facts, Facts)
    verdict = judge(facts, reading, gate, now, scan.count)

    resumable = facts.open is not None and facts.open.direction is gate.direction
    if facts.open is not None and resumable and verdict.reason not in FINAL:
        shown = _resumed(facts.open, verdict)
        event = check_in_of(scan, gate, device, offset_ms, reading, shown.verdict)
        event = replace(event, kind=Kind.RESUMED, of=facts.open.id, count=0)
        yield AppendNeeded(event, shown.verdict)
        return shown

    if verdict.passes or verdict.reason in ASKED:
        answer = yield ClaimNeeded(scan, gate, reading, verdict, facts)
        if isinstance(answer, Answered):
            verdict = answer.verdict
        elif isinstance(reading, Numbered) and verdict.reason is Reason.UNKNOWN:
            return Fault(
                "This scanner is alone and does not know this ticket number.",
                "Scan the code, or send the guest to the help desk.",
                Trouble.NUMBER_UNKNOWN,
            )
        elif not verdict.passes:
            yield GiveBackNeeded(scan.id)
    elif connected and (verdict.ticket is None or verdict.age_s is not None):
        verdict = replace(verdict, assurance=Assurance.CONFIRMED)

    event = check_in_of(scan, gate, device, offset_ms, reading, verdict)
    if held := verdict.passes and gate.count_mode is CountMode.HOLD:
        event = replace(event, kind=Kind.HOLD)
    yield AppendNeeded(event, verdict)
    return Shown(scan.id, verdict, held)


def reserve(
    scan: Scan, gate: Gate, reading: Reading, now: Instant
) -> Generator[Need, Answer, Verdict]:
    """Judge a scan at the gateway and reserve its entry.

    Args:
        scan: The scan; its direction, if any, overrides the gate's.
        gate: Where.
        reading: What its text turned out to be.
        now: The gateway's clock.

    Returns:
        A confirmed verdict; one that passes holds an ordinal.
    """
    gate = towards(gate, scan.direction)
    while True:
        facts = yield FactsNeeded(reading, gate, now)
        assert isinstance(facts, Facts)
        verdict = judge(facts, reading, gate, now, scan.count)
        verdict = replace(verdict, assurance=Assurance.CONFIRMED)
        if not verdict.passes:
            return verdict
        if (yield ClaimNeeded(scan, gate, reading, verdict, facts)) is Reservation.GRANTED:
            return verdict


def towards(gate: Gate, direction: Direction | None) -> Gate:
    """Return the gate with the direction that is scanned."""
    return gate if direction is None else replace(gate, direction=direction)


def check_in_of(
    scan: Scan,
    gate: Gate,
    device: DeviceId,
    offset_ms: int | None,
    reading: Reading,
    verdict: Verdict,
) -> CheckIn:
    """Return the journal's event for a verdict.

    Args:
        scan: The scan.
        gate: Where, with the direction that was scanned.
        device: Who shows it.
        offset_ms: Gateway's clock minus the device's, None = never measured.
        reading: What the text turned out to be.
        verdict: What is shown.
    """
    token = reading if isinstance(reading, Token) else None
    return CheckIn(
        id=scan.id,
        kind=Kind.SHOWN,
        device=device,
        gate=gate.id,
        performance=verdict.performance,
        direction=gate.direction,
        decision=verdict.decision,
        reason=verdict.reason,
        assurance=verdict.assurance,
        count=verdict.count,
        at=scan.at,
        offset_ms=offset_ms,
        code=verdict.code,
        serial=token.serial if token else None,
        ticket=verdict.ticket.id if verdict.ticket else None,
        payload=token.payload if token else None,
        by=By.NUMBER if scan.number else By.CODE,
    )


def _resumed(open_: CheckIn, verdict: Verdict) -> Shown:
    attention = open_.decision is Decision.CHECK
    leaving = open_.direction is Direction.EXIT
    todo = Next.LOOK_THEN_LET_IN if attention else Next.LET_OUT if leaving else Next.LET_IN
    same = replace(
        verdict,
        decision=open_.decision,
        reason=open_.reason,
        next=todo,
        assurance=open_.assurance,
        count=open_.count,
        remaining=None,
        first_use=None,
        resumed=True,
    )
    return Shown(open_.id, same, open_.kind is Kind.HOLD)
