"""One lane: takes scans one after the other, writes each verdict to disk, then lights it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field

from offline_cache.errors import CacheError
from scanner.lane.passages import Passages
from scanner.lane.ports import Gateway, Light, Store
from validator.admission import (
    Answer,
    Answered,
    AppendNeeded,
    ClaimNeeded,
    FactsNeeded,
    GiveBackNeeded,
    Need,
    Reservation,
    Shown,
    admit,
)
from validator.clock import Clock
from validator.model import (
    CheckIn,
    CheckInId,
    DeviceId,
    Direction,
    Fault,
    Gate,
    Kind,
    Scan,
    Trouble,
    Verdict,
    uuid7,
)
from validator.wire.messages import ClaimRequest

NOTHING_HEARD = Fault(
    "This lane has not heard from its gateway yet.",
    "Wait until it is connected; bring it nearer to the access point.",
    Trouble.NOTHING_HEARD,
)
NO_GATE = Fault(
    "This lane has no gate yet.",
    "Ask the supervisor to assign it one: entrance-gateway devices assign.",
    Trouble.NO_GATE,
)
REVOKED = Fault(
    "This device was revoked: it lets nobody in.",
    "Bring it to the office and take another one.",
    Trouble.REVOKED,
)
NOT_HELD = Fault(
    "This entry waits for nobody any more: it was told already, or its time ran out.",
    "Scan the ticket again.",
    Trouble.NOT_HELD,
)
NOT_ENTERED = Fault(
    "This entry can't be taken back here: it was taken back already, or is too long ago.",
    "Call the supervisor.",
    Trouble.NOT_ENTERED,
)
WAIT = "Ask the guest to wait. Call the supervisor."
NOT_REFUSED = Fault(
    "This refusal can't be overruled here: it was overruled already, or is too long ago.",
    "Scan the ticket again.",
    Trouble.NOT_REFUSED,
)


@dataclass(slots=True)
class Lane:
    """A lane at work; handles one scan at a time.

    Args:
        device: Its enrolled id.
        store: Cache on disk.
        gateway: Link, up or not.
        light: Where verdicts are shown.
        clock: Wall and boot clock.
        entropy: Gives n random bytes.
    """

    device: DeviceId
    store: Store
    gateway: Gateway
    light: Light
    clock: Clock
    entropy: Callable[[int], bytes]
    _passages: Passages = field(init=False)
    _shut: bool = False

    def __post_init__(self) -> None:
        """Take up the entries that waited for their guest when the lane last ended."""
        self._passages = Passages(self.store.held, self.clock, self.entropy)

    @property
    def gate(self) -> Gate | None:
        """The gate that the gateway assigned, None = none yet."""
        return self.store.catalogue.gate_of(self.device)

    @property
    def revoked(self) -> bool:
        """Whether the gateway has revoked this device, as far as it has heard."""
        assignment = self.store.catalogue.assignments.get(self.device)
        return self._shut or (assignment is not None and assignment.revoked)

    def shut(self) -> None:
        """Take nothing any more: the device is revoked, its disk may be wiped at any moment."""
        self._shut = True

    async def take(
        self,
        text: str,
        symbology: str | None = None,
        *,
        number: bool = False,
        count: int | None = None,
        direction: Direction | None = None,
    ) -> Shown | Fault:
        """Judge one scan, write it down, light it.

        Args:
            text: As scanned or typed.
            symbology: As the decoder names it.
            number: It is a typed ticket number.
            count: People in front of the gate; None = all that the ticket admits.
            direction: Overrides the gate's.

        Returns:
            What was shown.
        """
        started = self.clock.boot_s()
        now = self.clock.now()
        text = text.encode(errors="replace").decode()
        scan = Scan(uuid7(now, self.entropy(10)), text, now, direction, count, symbology, number)
        gate = self.gate
        if self.revoked:
            shown: Shown | Fault = REVOKED
        elif gate is not None:
            shown = await self._admitted(scan, gate)
        else:
            shown = NO_GATE if self.store.catalogue.gates else NOTHING_HEARD
        return self._lit(shown, started)

    def confirm(self, id: CheckInId, count: int | None = None) -> Fault | None:
        """Write down that the guest of a held entry has gone through.

        Args:
            id: Its check-in, from `Shown`.
            count: People who did, from 1; None = all that it was for.

        Returns:
            None once it is on disk; a fault if no passage is awaited, or the disk does not take it.
        """
        event = self._passages.confirmed(id, count, self.gateway.offset_ms)
        return self._followed(event, NOT_HELD)

    def passing(self, id: CheckInId) -> bool:
        """Give the guests of a held entry all the time again: it is their turn, or one is through.

        Returns:
            False if no passage is awaited any more: the turnstile must stay shut.
        """
        return not self.revoked and self._passages.passing(id)

    def release(self, id: CheckInId) -> Fault | None:
        """Write down that the guest of a held entry did not go through; None once on disk."""
        return self._followed(self._passages.released(id, self.gateway.offset_ms), NOT_HELD)

    def undo(self, id: CheckInId) -> Fault | None:
        """Send away a guest who was let in; the entry counts no more. None once on disk."""
        return self._followed(self._passages.undone(id, self.gateway.offset_ms), NOT_ENTERED)

    def override(self, id: CheckInId, count: int = 1) -> Shown | Fault:
        """Let in against a refusal; flagged for ever. Whoever calls this saw a supervisor's role.

        Args:
            id: The check-in that was refused, from `Shown`.
            count: People, from 1.

        Returns:
            What was shown, under an id of its own.
        """
        started = self.clock.boot_s()
        gate = self.gate
        made = gate and self._passages.overridden(id, count, gate, self.gateway.offset_ms)
        if not made:
            return self._lit(NOT_REFUSED, started)
        event, verdict = made
        fault = self._written(event, verdict)
        return self._lit(fault or Shown(event.id, verdict, event.kind is Kind.HOLD), started)

    def expire(self) -> Fault | None:
        """Release the held entries whose time is over; to be called about every second.

        Returns:
            None; a fault if the disk does not take it: they stay held until it does.
        """
        for id in () if self.revoked else self._passages.overdue:
            if fault := self.release(id):
                return fault
        return None

    def _lit(self, shown: Shown | Fault, started_s: float) -> Shown | Fault:
        self.light.show(shown, (self.clock.boot_s() - started_s) * 1000)
        if isinstance(shown, Shown):
            # Without the mark the verdict is shown once more after a crash, which is safe; a disk
            # that is full is told by the next scan.
            with contextlib.suppress(CacheError):
                self.store.lit(shown.id)
            self.gateway.wake()
        return shown

    def _followed(self, event: CheckIn | None, unknown: Fault) -> Fault | None:
        if event is None:
            return unknown
        fault = self._written(event)
        if fault is None:
            self.gateway.wake()
        return fault

    def _written(self, event: CheckIn, verdict: Verdict | None = None) -> Fault | None:
        if self.revoked:
            return REVOKED
        try:
            self.store.append(event)
        except CacheError as error:
            return Fault(str(error), WAIT, Trouble.DISK)
        self._passages.saw(event, verdict)
        return None

    async def _admitted(self, scan: Scan, gate: Gate) -> Shown | Fault:
        """Drive the admission; a disk that does not take the check-in is a fault, not a refusal."""
        steps = admit(
            scan,
            gate,
            self.store.ring,
            self.device,
            self.gateway.offset_ms,
            self.gateway.connected,
        )
        claimed = False
        try:
            need = next(steps)
            while True:
                claimed = claimed or isinstance(need, ClaimNeeded)
                need = steps.send(await self._answer(need))
        except StopIteration as stop:
            outcome: Shown | Fault = stop.value
            return outcome
        except CacheError as error:
            if claimed:
                self.gateway.give_back(scan.id)
            return Fault(str(error), WAIT, Trouble.DISK)

    async def _answer(self, need: Need) -> Answer:
        match need:
            case FactsNeeded(reading, gate, now):
                return self.store.facts(reading, gate, now)
            case ClaimNeeded(scan, gate, facts=facts):
                owed = self.store.owed(names=facts.names)
                request = ClaimRequest(scan, gate.id, gate.direction, owed, self.store.boot)
                answer = await self.gateway.claim(request)
                return Reservation.ALONE if answer is None else Answered(answer)
            case AppendNeeded(check_in, verdict):
                self.store.append(check_in)
                self._passages.saw(check_in, verdict)
                return None
            case GiveBackNeeded(id):
                self.gateway.give_back(id)
                return None
