"""What a lane asks of its store, of its link, of its light and of its face."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from device.errors import DeviceError
from scanner.lane.events import LaneEvent
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


class Store(Protocol):
    """What the lane asks of the device's cache (`offline_cache.cache.Cache`)."""

    @property
    def catalogue(self) -> Catalogue:
        """The evening's plan as last heard."""
        ...

    @property
    def boot(self) -> int:
        """Counts this device's starts."""
        ...

    @property
    def held(self) -> tuple[CheckIn, ...]:
        """Check-ins that waited for their guest's passage when the lane started."""
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

    def owed(
        self, limit: int = 500, names: Collection[TicketId] | None = None
    ) -> tuple[JournalRow, ...]:
        """Return journal rows that the gateway has not acknowledged, of tickets or all."""
        ...


class Gateway(Protocol):
    """What the lane asks of the link (`offline_cache.sync.link.Link`)."""

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


class Linked(Protocol):
    """The link as whoever keeps it up sees it (`offline_cache.sync.link.Link`)."""

    async def run(self) -> None:
        """Stay connected until cancelled; returns only when the device was revoked."""
        ...


class LaneFace(Light, Protocol):
    """Lines, a screen or a page: takes codes to the lane, and tells people what became of it."""

    async def take(self, text: str, symbology: str | None) -> None:
        """Take a code to the lane, in this face's way.

        Args:
            text: As scanned.
            symbology: As the decoder names it.
        """
        ...

    def missed(self, error: DeviceError) -> None:
        """Tell what a source could not read, or what is no ticket (`ForeignCode`)."""
        ...

    def told(self, event: LaneEvent) -> None:
        """Tell what happened besides verdicts; returns at once."""
        ...
