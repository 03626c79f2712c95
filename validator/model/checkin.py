"""What was shown at a lane, and what the tickets' uses follow from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from validator.clock import Instant
from validator.model.catalogue import Direction
from validator.model.identity import CheckInId, CodeId, DeviceId, Serial, TicketId
from validator.model.verdict import Assurance, Decision, Reason


class Kind(StrEnum):
    """Kinds of journal events.

    SHOWN is a verdict that counts at once; HOLD one that waits for the guest's passage, told by
    CONFIRM or RELEASE; UNDO takes an entry back; RESUMED shows one again after a crash.
    """

    SHOWN = "shown"
    UNDO = "undo"
    HOLD = "hold"
    CONFIRM = "confirm"
    RELEASE = "release"
    RESUMED = "resumed"


class By(StrEnum):
    """What the guest was identified by."""

    CODE = "code"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class CheckIn:
    """One event of the journal. Holds no personal data: staff ids stand in a side table.

    Args:
        id: Given by the lane.
        kind: SHOWN and HOLD are verdicts on the screen; the others are about the one in `of`.
        device: Who showed it.
        gate: Gate id.
        performance: Scope it was judged for; 0 = none.
        direction: Entry or exit.
        decision: As shown.
        reason: As shown.
        assurance: As shown.
        count: People who went through, up to `validator.bounds.MOST_PEOPLE`; 0 for a refusal.
        at: Device's wall clock.
        offset_ms: Gateway's clock minus the device's, as measured; None = never measured.
        code: Credential, None if nothing could be read.
        serial: For our own tokens.
        ticket: Entitlement, if known.
        payload: A token's signed payload without its signature, so that the gateway can judge an
            unlisted ticket later.
        by: Code or typed number.
        of: Check-in that an undo, confirm, release or resumed event is about; the refusal that
            an override lets in against.
        override_by: A supervisor let the guest in against the verdict of `of`.
    """

    id: CheckInId
    kind: Kind
    device: DeviceId
    gate: str
    performance: int
    direction: Direction
    decision: Decision
    reason: Reason
    assurance: Assurance
    count: int
    at: Instant
    offset_ms: int | None = None
    code: CodeId | None = None
    serial: Serial | None = None
    ticket: TicketId | None = None
    payload: bytes | None = None
    by: By = By.CODE
    of: CheckInId | None = None
    override_by: bool = False

    @property
    def corrected(self) -> Instant:
        """When it happened by the gateway's clock, as well as is known."""
        return Instant(self.at + (self.offset_ms or 0))

    @property
    def passes(self) -> bool:
        """Whether people went through."""
        return self.kind in (Kind.SHOWN, Kind.HOLD) and self.decision in (
            Decision.ADMIT,
            Decision.CHECK,
        )

    def followed(
        self, kind: Kind, id: CheckInId, at: Instant, offset_ms: int | None, count: int = 0
    ) -> CheckIn:
        """Return the event that says what became of this check-in.

        It names the same ticket, so that a claim for that carries it along.

        Args:
            kind: UNDO, CONFIRM or RELEASE.
            id: Its own.
            at: Device's wall clock.
            offset_ms: Gateway's clock minus the device's, None = never measured.
            count: People who went through, for CONFIRM.
        """
        return replace(
            self,
            id=id,
            kind=kind,
            at=at,
            offset_ms=offset_ms,
            count=count,
            payload=None,
            of=self.id,
            override_by=False,
        )

    def overridden(
        self, id: CheckInId, at: Instant, offset_ms: int | None, count: int, kind: Kind
    ) -> CheckIn:
        """Return the entry that a supervisor grants against this refusal.

        Args:
            id: Its own.
            at: Device's wall clock.
            offset_ms: Gateway's clock minus the device's, None = never measured.
            count: People, >= 1.
            kind: SHOWN or HOLD, as the gate counts.
        """
        return replace(
            self,
            id=id,
            kind=kind,
            decision=Decision.ADMIT,
            reason=Reason.OK,
            assurance=Assurance.PROVISIONAL,
            count=count,
            at=at,
            offset_ms=offset_ms,
            of=self.id,
            override_by=True,
        )


class UseState(StrEnum):
    """How far a use has come."""

    CLAIMED = "claimed"
    HELD = "held"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Use:
    """A row of the `uses` stream: people who went through with a ticket.

    Args:
        id: Its check-in; an undo or release removes the row.
        ticket: Entitlement.
        performance: Scope.
        direction: Entry or exit.
        count: People.
        at: Corrected time.
        gate: Gate id.
        device: Who showed it.
        state: CLAIMED = reserved and not yet shown (never on the stream), HELD = waiting for
            the passage, DONE.
        code: Credential, for REPEAT.
    """

    id: CheckInId
    ticket: TicketId
    performance: int
    direction: Direction
    count: int
    at: Instant
    gate: str
    device: DeviceId
    state: UseState = UseState.DONE
    code: CodeId | None = None


class Counted(Protocol):
    """People who went through: a use, or whatever else is kept of them."""

    @property
    def performance(self) -> int:
        """Scope."""
        ...

    @property
    def direction(self) -> Direction:
        """Entry or exit."""
        ...

    @property
    def count(self) -> int:
        """People."""
        ...


def inside(uses: Iterable[Counted]) -> int:
    """Return how many people of a ticket are inside, by what was scanned of it.

    Whoever is not inside can't leave: at each performance an exit takes the people down to nobody
    and no further. So one without an entry buys nothing, and hides nobody who comes in later. Who
    was let in and has not gone through the turnstile yet counts, until that is given up.

    Args:
        uses: Of one ticket, by whatever names, in order of (time, id).
    """
    people: dict[int, int] = {}
    for use in uses:
        change = use.count if use.direction is Direction.ENTRY else -use.count
        people[use.performance] = max(people.get(use.performance, 0) + change, 0)
    return sum(people.values())


@dataclass(frozen=True, slots=True)
class Claim:
    """A reservation at the gateway for one device; (ticket, ordinal) is unique.

    Args:
        id: Check-in id that will settle it.
        ticket: Entitlement.
        ordinal: Place in the ticket's row of events, from 1.
        direction: Entry or exit.
        count: People.
        device: Owner.
    """

    id: CheckInId
    ticket: TicketId
    ordinal: int
    direction: Direction
    count: int
    device: DeviceId
