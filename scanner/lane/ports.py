"""What a lane asks of its store, of its link and of its light."""

from __future__ import annotations

from typing import Protocol

from validator.admission import Shown
from validator.clock import Instant
from validator.keys import KeyRing
from validator.model import Catalogue, CheckIn, CheckInId, Facts, Fault, Gate, Reading, Verdict
from validator.wire.messages import ClaimRequest, JournalRow


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
