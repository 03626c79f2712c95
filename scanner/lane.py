"""One lane: takes scans one after the other, writes each verdict to disk, then lights it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from offline_cache.errors import CacheError
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
from validator.clock import Clock, Instant
from validator.keys import KeyRing
from validator.model import (
    Catalogue,
    CheckIn,
    CheckInId,
    DeviceId,
    Direction,
    Facts,
    Fault,
    Gate,
    Reading,
    Scan,
    Verdict,
    uuid7,
)
from validator.wire.messages import ClaimRequest, JournalRow

NOTHING_HEARD = Fault(
    "This lane has not heard from its gateway yet.",
    "Wait until it is connected; bring it nearer to the access point.",
)
NO_GATE = Fault(
    "This lane has no gate yet.",
    "Ask the supervisor to assign it one: entrance-gateway devices assign.",
)


class Store(Protocol):
    """What the lane asks of the device's cache (`offline_cache.Cache`)."""

    @property
    def catalogue(self) -> Catalogue:
        """The evening's plan as last heard."""
        ...

    @property
    def boot(self) -> int:
        """Counts this device's starts."""
        ...

    @property
    def ring(self) -> KeyRing:
        """Keys to read tokens with."""
        ...

    def facts(self, reading: Reading, gate: Gate, now: Instant) -> Facts:
        """Look up what is known of a reading."""
        ...

    def append(self, check_in: CheckIn) -> JournalRow:
        """Write a check-in durably; raises CacheError if that fails."""
        ...

    def lit(self, id: CheckInId) -> None:
        """Mark a verdict as shown."""
        ...

    def owed(self, limit: int = 500, about: Reading | None = None) -> tuple[JournalRow, ...]:
        """Return journal rows that the gateway has not acknowledged."""
        ...


class Gateway(Protocol):
    """What the lane asks of the link (`offline_cache.Link`)."""

    @property
    def connected(self) -> bool:
        """A link is up."""
        ...

    @property
    def offset_ms(self) -> int | None:
        """Gateway's clock minus ours, None = never measured."""
        ...

    async def claim(self, request: ClaimRequest) -> Verdict | None:
        """Ask for an entry; None = no answer in time."""
        ...

    def give_back(self, id: CheckInId) -> None:
        """Return a claim that is not used."""
        ...

    def wake(self) -> None:
        """The journal has grown."""
        ...


class Light(Protocol):
    """Whatever the guest and the staff see and hear."""

    def show(self, shown: Shown | Fault, elapsed_ms: float) -> None:
        """Show a verdict or fault at once.

        Args:
            shown: What to show.
            elapsed_ms: Since the scan arrived.
        """
        ...


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

    @property
    def gate(self) -> Gate | None:
        """The gate that the gateway assigned, None = none yet."""
        plan = self.store.catalogue
        assignment = plan.assignments.get(self.device)
        return plan.gates.get(assignment.gate) if assignment else None

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
        if gate is not None:
            shown = await self._admitted(scan, gate)
        else:
            shown = NO_GATE if self.store.catalogue.gates else NOTHING_HEARD
        self.light.show(shown, (self.clock.boot_s() - started) * 1000)
        if isinstance(shown, Shown):
            # Without the mark the verdict is shown once more after a crash, which is safe; a disk
            # that is full is told by the next scan.
            with contextlib.suppress(CacheError):
                self.store.lit(shown.id)
            self.gateway.wake()
        return shown

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
            return Fault(str(error), "Ask the guest to wait. Call the supervisor.")

    async def _answer(self, need: Need) -> Answer:
        match need:
            case FactsNeeded(reading, gate, now):
                return self.store.facts(reading, gate, now)
            case ClaimNeeded(scan, gate, reading, _):
                owed = self.store.owed(about=reading)
                request = ClaimRequest(scan, gate.id, gate.direction, owed, self.store.boot)
                answer = await self.gateway.claim(request)
                return Reservation.ALONE if answer is None else Answered(answer)
            case AppendNeeded(check_in, _):
                self.store.append(check_in)
                return None
            case GiveBackNeeded(id):
                self.gateway.give_back(id)
                return None
