"""A lane whose power fails at a named moment of its first scan that lets somebody in."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum

from doubles.lane.spoken_lane import Ports, arguments, main
from scanner.lane.ports import Gateway, Light, Store
from validator.admission import Shown
from validator.clock import Instant
from validator.keys import KeyRing
from validator.model import (
    Catalogue,
    CheckIn,
    CheckInId,
    Facts,
    Fault,
    Gate,
    Reading,
    TicketId,
    Verdict,
)
from validator.wire.messages import ClaimRequest, JournalRow


class Moment(StrEnum):
    """When it dies."""

    BEFORE_CLAIM = "before-claim"
    AFTER_CLAIM = "after-claim"
    AFTER_FSYNC = "after-fsync"
    AFTER_LIGHT = "after-light"


Pass = Callable[[Moment], None]
"""Called at each moment; does not return from the one where the power fails."""


@dataclass(frozen=True, slots=True)
class DyingStore:
    """A cache that is the last thing to work."""

    inner: Store
    at: Pass

    @property
    def catalogue(self) -> Catalogue:
        return self.inner.catalogue

    @property
    def boot(self) -> int:
        return self.inner.boot

    @property
    def held(self) -> tuple[CheckIn, ...]:
        return self.inner.held

    @property
    def ring(self) -> KeyRing:
        return self.inner.ring

    def facts(self, reading: Reading, gate: Gate, now: Instant) -> Facts:
        return self.inner.facts(reading, gate, now)

    def append(self, check_in: CheckIn) -> JournalRow:
        row = self.inner.append(check_in)
        if check_in.passes:
            self.at(Moment.AFTER_FSYNC)
        return row

    def lit(self, id: CheckInId) -> None:
        self.inner.lit(id)

    def owed(
        self, limit: int = 500, names: Collection[TicketId] | None = None
    ) -> tuple[JournalRow, ...]:
        return self.inner.owed(limit, names)


@dataclass(frozen=True, slots=True)
class DyingGateway:
    """A link whose device dies with a claim on the way."""

    inner: Gateway
    at: Pass

    @property
    def connected(self) -> bool:
        return self.inner.connected

    @property
    def offset_ms(self) -> int | None:
        return self.inner.offset_ms

    async def claim(self, request: ClaimRequest) -> Verdict | None:
        self.at(Moment.BEFORE_CLAIM)
        verdict = await self.inner.claim(request)
        self.at(Moment.AFTER_CLAIM)
        return verdict

    def give_back(self, id: CheckInId) -> None:
        self.inner.give_back(id)

    def wake(self) -> None:
        self.inner.wake()


@dataclass(frozen=True, slots=True)
class DyingLight:
    """A light that is seen, and goes out before the lane can write that it was."""

    inner: Light
    at: Pass

    def show(self, shown: Shown | Fault, elapsed_ms: float) -> None:
        self.inner.show(shown, elapsed_ms)
        if isinstance(shown, Shown) and shown.verdict.passes:
            self.at(Moment.AFTER_LIGHT)


def dying(ports: Ports, moment: Moment) -> Ports:
    """Wrap a lane's ports so that the process is killed at a moment."""

    def at(now: Moment) -> None:
        if now is moment:
            os.kill(os.getpid(), signal.SIGKILL)

    store, gateway, light = ports
    return DyingStore(store, at), DyingGateway(gateway, at), DyingLight(light, at)


if __name__ == "__main__":
    parser = arguments()
    parser.add_argument("--moment", type=Moment, required=True)
    parsed = parser.parse_args()
    main(lambda ports: dying(ports, parsed.moment), parsed)
