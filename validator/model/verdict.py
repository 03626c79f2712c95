"""What the door is told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from validator.bounds import MOST_INTEGER, MOST_PEOPLE, Between, Natural
from validator.clock import Instant
from validator.model.identity import CheckInId, CodeId, DeviceId
from validator.model.ticket import Ticket


class Decision(StrEnum):
    """May this ticket enter?"""

    ADMIT = "admit"
    CHECK = "check"
    REFUSE = "refuse"
    REPEAT = "repeat"


class Assurance(StrEnum):
    """How sure it is."""

    CONFIRMED = "confirmed"
    PROVISIONAL = "provisional"


class Reason(StrEnum):
    """Why, as stable wire strings."""

    OK = "ok"
    MALFORMED = "malformed"
    UNKNOWN = "unknown"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"
    WRONG_EVENT = "wrong_event"
    WRONG_DATE = "wrong_date"
    WRONG_ZONE = "wrong_zone"
    WRONG_GATE = "wrong_gate"
    WRONG_TARIFF = "wrong_tariff"
    CANCELLED = "cancelled"
    EXCHANGED = "exchanged"
    SUSPENDED = "suspended"
    BLOCKED = "blocked"
    UNPAID = "unpaid"
    UNAPPROVED = "unapproved"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"
    ALREADY_USED = "already_used"
    PASSBACK = "passback"
    LIMIT_REACHED = "limit_reached"
    REPEAT = "repeat"
    RULE = "rule"
    INCOMPLETE = "incomplete"
    ATTENTION = "attention"
    AMBIGUOUS = "ambiguous"
    STALE_DATA = "stale_data"


class Next(StrEnum):
    """What the staff should do, as stable wire strings."""

    LET_IN = "let_in"
    LET_OUT = "let_out"
    LOOK_THEN_LET_IN = "look_then_let_in"
    SCAN_NEXT = "scan_next"
    SCAN_AGAIN = "scan_again"
    OTHER_TICKET = "other_ticket"
    NEW_TICKET = "new_ticket"
    OTHER_GATE = "other_gate"
    COME_BACK = "come_back"
    FEWER_PEOPLE = "fewer_people"
    HELP_DESK = "help_desk"
    CALL_SUPERVISOR = "call_supervisor"


@dataclass(frozen=True, slots=True)
class FirstUse:
    """Where a used ticket was seen first."""

    at: Instant
    gate: str
    seat: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to one scan. Bad tickets give a verdict; broken machines give a `Fault`.

    Args:
        decision: May it enter?
        reason: Why.
        next: What the staff should do.
        assurance: Confirmed by the gateway, or decided alone.
        code: The credential, None if nothing could be read.
        ticket: The entitlement, if one is known.
        performance: Scope of the performance it was judged for; 0 = none.
        count: People that this verdict lets through; 0 for a refusal.
        remaining: People that the ticket still admits (with limit_reached).
        first_use: Earlier use, if that is why.
        age_s: Age of what is known of the ticket's source, in seconds; None = never heard.
        since: When it was cancelled, exchanged, suspended or blocked.
        replacement: Number of the ticket that replaced it.
        conflict: The gateway would have refused it.
        resumed: A verdict shown again after a crash, under the same id, counted once.
    """

    decision: Decision
    reason: Reason
    next: Next
    assurance: Assurance = Assurance.PROVISIONAL
    code: CodeId | None = None
    ticket: Ticket | None = None
    performance: Annotated[int, Between(0, 0xFFFF_FFFF)] = 0
    count: Annotated[int, Between(0, MOST_PEOPLE)] = 0
    remaining: Natural | None = None
    first_use: FirstUse | None = None
    age_s: Annotated[float, Between(0, MOST_INTEGER)] | None = None
    since: Instant | None = None
    replacement: str | None = None
    conflict: bool = False
    resumed: bool = False

    @property
    def passes(self) -> bool:
        """Whether people go through."""
        return self.decision in (Decision.ADMIT, Decision.CHECK)


class Trouble(StrEnum):
    """What a lane can't judge for, as stable strings; each has its words in every language."""

    OTHER = "other"
    NOTHING_HEARD = "nothing_heard"
    NO_GATE = "no_gate"
    REVOKED = "revoked"
    NOT_HELD = "not_held"
    NOT_ENTERED = "not_entered"
    NOT_REFUSED = "not_refused"
    NUMBER_UNKNOWN = "number_unknown"
    DISK = "disk"
    TURNSTILE = "turnstile"
    PART_MISSING = "part_missing"
    SCAN_AGAIN = "scan_again"
    UNREADABLE = "unreadable"
    PROGRAM = "program"


@dataclass(frozen=True, slots=True)
class Fault:
    """What the lane can't judge for; never a decision, counted nowhere as a refusal.

    Args:
        what: What happened, a sentence in English.
        todo: What to do, a sentence in English.
        kind: By which a screen finds its own words for it: a `Trouble`, or a part's own defect.
    """

    what: str
    todo: str
    kind: StrEnum = Trouble.OTHER


@dataclass(frozen=True, slots=True)
class Conflict:
    """A shown ADMIT or CHECK that the gateway would have refused, told to every lane concerned.

    Args:
        id: The check-in that should not have been.
        reason: What it should have been refused for.
        number: Printed ticket number, if known.
        seat: As printed, if known.
        entries: Every admission of the ticket: check-in, device, gate and time, oldest first.
    """

    id: CheckInId
    reason: Reason
    number: str | None
    seat: str | None
    entries: tuple[tuple[CheckInId, DeviceId, str, Instant], ...]
