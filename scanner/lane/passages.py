"""What becomes of a verdict after it was shown: gone through, given up, sent away, overruled."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from validator.bounds import MOST_PEOPLE
from validator.clock import Clock, Instant
from validator.model import (
    Assurance,
    CheckIn,
    CheckInId,
    CountMode,
    Decision,
    Direction,
    Gate,
    Kind,
    Next,
    Reason,
    Verdict,
    uuid7,
)

HOLD_S = 30.0
"""How long a guest may take to go through, in seconds, before the lane gives the entry up."""

KEPT = 200
"""Verdicts that can still be taken back or overruled at the lane; later the supervisor does."""


@dataclass(frozen=True, slots=True)
class _Seen:
    check_in: CheckIn
    verdict: Verdict | None


class Passages:
    """The verdicts that a lane has shown lately; makes the events that follow them.

    Nothing here is on disk: what it returns is appended first, then told by `saw`.

    Args:
        held: Check-ins of an earlier run that wait for a passage: they have all the time again.
        clock: Wall and boot clock.
        entropy: Gives n random bytes.
    """

    def __init__(
        self, held: Iterable[CheckIn], clock: Clock, entropy: Callable[[int], bytes]
    ) -> None:
        self._clock = clock
        self._entropy = entropy
        self._seen = {check_in.id: _Seen(check_in, None) for check_in in held}
        self._until_s = {id: clock.boot_s() + HOLD_S for id in self._seen}
        self._over: set[CheckInId] = set()

    def saw(self, event: CheckIn, verdict: Verdict | None = None) -> None:
        """Take in an event that is on disk, with what is shown for it."""
        if event.kind in (Kind.SHOWN, Kind.HOLD):
            self._seen[event.id] = _Seen(event, verdict)
            if event.kind is Kind.HOLD:
                self._until_s[event.id] = self._clock.boot_s() + HOLD_S
        elif event.kind is Kind.RESUMED and event.of in self._until_s:
            self._until_s[event.of] = self._clock.boot_s() + HOLD_S
        elif event.of is not None:
            self._until_s.pop(event.of, None)
            if event.kind is not Kind.CONFIRM:
                self._over.add(event.of)
        if event.override_by and event.of is not None:
            self._over.add(event.of)
        for id in [id for id in self._seen if id not in self._until_s][:-KEPT]:
            del self._seen[id]
            self._over.discard(id)

    @property
    def overdue(self) -> tuple[CheckInId, ...]:
        """The entries whose guest has not come through in time."""
        now_s = self._clock.boot_s()
        return tuple(id for id, until_s in self._until_s.items() if until_s <= now_s)

    def passing(self, id: CheckInId) -> bool:
        """Give the guests of a held entry all the time again; False = no passage is awaited."""
        if id not in self._until_s:
            return False
        self._until_s[id] = self._clock.boot_s() + HOLD_S
        return True

    def confirmed(self, id: CheckInId, count: int | None, offset_ms: int | None) -> CheckIn | None:
        """Return the event that people went through; None = no passage is awaited for this.

        Args:
            id: The check-in that is held.
            count: How many, 1 to `MOST_PEOPLE`; None = all that it was for.
            offset_ms: Gateway's clock minus the device's, None = never measured.
        """
        if id not in self._until_s:
            return None
        people = self._seen[id].check_in.count if count is None else count
        return self._followed(id, Kind.CONFIRM, offset_ms, min(max(people, 1), MOST_PEOPLE))

    def released(self, id: CheckInId, offset_ms: int | None) -> CheckIn | None:
        """Return the event that nobody went through; None = no passage is awaited for this."""
        return self._followed(id, Kind.RELEASE, offset_ms) if id in self._until_s else None

    def undone(self, id: CheckInId, offset_ms: int | None) -> CheckIn | None:
        """Return the event that sends a guest away; None = there is no such entry any more."""
        seen = self._seen.get(id)
        if seen is None or id in self._over or not seen.check_in.passes:
            return None
        return self._followed(id, Kind.UNDO, offset_ms)

    def overridden(
        self, id: CheckInId, count: int, gate: Gate, offset_ms: int | None
    ) -> tuple[CheckIn, Verdict] | None:
        """Return the entry against a refusal, and what to show; None = no such refusal.

        Args:
            id: The check-in that was refused.
            count: People, 1 to `MOST_PEOPLE`.
            gate: The lane's, for the way that it counts.
            offset_ms: Gateway's clock minus the device's, None = never measured.
        """
        seen = self._seen.get(id)
        if seen is None or seen.verdict is None or id in self._over:
            return None
        refused = seen.check_in
        if refused.decision is not Decision.REFUSE:
            return None
        people = min(max(count, 1), MOST_PEOPLE)
        kind = Kind.HOLD if gate.count_mode is CountMode.HOLD else Kind.SHOWN
        new, now = self._new()
        leaving = refused.direction is Direction.EXIT
        shown = replace(
            seen.verdict,
            decision=Decision.ADMIT,
            reason=Reason.OK,
            next=Next.LET_OUT if leaving else Next.LET_IN,
            assurance=Assurance.PROVISIONAL,
            count=people,
            remaining=None,
        )
        return refused.overridden(new, now, offset_ms, people, kind), shown

    def _followed(
        self, id: CheckInId, kind: Kind, offset_ms: int | None, count: int = 0
    ) -> CheckIn:
        new, now = self._new()
        return self._seen[id].check_in.followed(kind, new, now, offset_ms, count)

    def _new(self) -> tuple[CheckInId, Instant]:
        now = self._clock.now()
        return uuid7(now, self._entropy(10)), now
