"""What every item of the committer needs and what seldom changes: catalogue, keys, ages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from validator.admission import read_scan
from validator.clock import Instant, age_ms
from validator.feed.names import CATALOGUE
from validator.gateway.ledger.departures import Departures
from validator.gateway.store.port import Session
from validator.keys import KeyRing
from validator.model import Catalogue, DeviceId, Direction, Reading, Scan
from validator.wire.rows import read_entry


@dataclass(frozen=True, slots=True)
class EarlyReading:
    """A scan that was read before its turn came.

    Args:
        ring: Keys that it was read with.
        reading: What its text turned out to be.
    """

    ring: KeyRing
    reading: Reading


class CatalogueCache:
    """The catalogue in memory, read again after it changed.

    Args:
        code_key: 32 secret bytes that hide plain codes.
        linked: The devices that have a link now.
        catalogue: As it stands, if that is known.

    Attributes:
        departures: Devices that were sent elsewhere a moment ago.
    """

    def __init__(
        self,
        code_key: bytes,
        linked: Callable[[], frozenset[DeviceId]],
        catalogue: Catalogue | None = None,
    ) -> None:
        self._code_key = code_key
        self._linked = linked
        self._catalogue = catalogue
        self._ring: KeyRing | None = None
        self._as_of: Mapping[str, Instant] | None = None
        self._lacking: bool | None = None
        self.departures = Departures()

    def forget(self) -> None:
        """Read everything again when it is next asked for."""
        self._catalogue = self._ring = self._as_of = self._lacking = None

    def catalogue(self, session: Session) -> Catalogue:
        """Return the catalogue."""
        if self._catalogue is None:
            rows = session.streams.rows(CATALOGUE)
            self._catalogue = Catalogue.of(tuple(read_entry(key, value) for key, value in rows))
        return self._catalogue

    def ring(self, session: Session) -> KeyRing:
        """Return the keys that tickets are read with."""
        if self._ring is None:
            self._ring = KeyRing.of(self.catalogue(session), self._code_key)
        return self._ring

    def read_early(self, scan: Scan) -> EarlyReading | None:
        """Read a scan outside of the transaction, in any thread; None = the keys aren't at hand.

        Verifying a signature takes longer than all that the transaction asks of the disk.
        """
        ring = self._ring
        return EarlyReading(ring, read_scan(scan, ring)) if ring else None

    def reading(self, session: Session, scan: Scan, early: EarlyReading | None) -> Reading:
        """Return what a scan's text is with the keys of this transaction."""
        ring = self.ring(session)
        return early.reading if early and early.ring == ring else read_scan(scan, ring)

    def ages_s(self, session: Session, now: Instant) -> tuple[tuple[str, float], ...]:
        """Return the age of each source that was ever heard out, in seconds; 0 before then."""
        if self._as_of is None:
            self._as_of = session.sources.as_of()
        ages = ((source, age_ms(at, now)) for source, at in self._as_of.items())
        return tuple((source, age / 1000) for source, age in ages if age is not None)

    def lacking(self, session: Session) -> bool:
        """Tell whether a restored gateway still awaits devices: it may lack entries."""
        if self._lacking is None:
            self._lacking = bool(session.restoration.awaited())
        return self._lacking

    def silent_exits(self, session: Session, performances: tuple[int, ...]) -> bool:
        """Tell whether an exit lane of any of these performances has no link now."""
        catalogue = self.catalogue(session)
        exits = {
            gate.id
            for gate in catalogue.gates.values()
            if gate.direction is Direction.EXIT and set(performances) & set(gate.performances)
        }
        if not exits:
            return False
        linked = self._linked()
        return any(
            place.gate in exits and not place.revoked and place.device not in linked
            for place in catalogue.assignments.values()
        )
