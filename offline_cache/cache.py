"""What a device knows and owes: the facts of a scan, the journal, the streams, in one file.

Each change is one transaction, on disk before memory follows and before the caller hears of it.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from offline_cache.errors import DamagedCache
from offline_cache.file.database import Store
from offline_cache.file.seals import Seals
from offline_cache.identity.identity import Identity
from offline_cache.journal.conflicts import Conflicts
from offline_cache.journal.heads import Heads
from offline_cache.journal.journal import Journal
from offline_cache.journal.retention import Retention
from offline_cache.knowledge.ages import Ages, this_boot
from offline_cache.knowledge.intake import Intake
from offline_cache.knowledge.lookup import Lookup
from offline_cache.knowledge.occupancy import Occupancy
from offline_cache.knowledge.offers import Offers
from offline_cache.knowledge.recent import Recent
from offline_cache.rescue import Mended, mend
from validator.clock import Clock, Instant
from validator.errors import WireError
from validator.keys import KeyRing
from validator.model import (
    Catalogue,
    CheckIn,
    CheckInId,
    DeviceId,
    Facts,
    Gate,
    Kind,
    Reading,
    TicketId,
)
from validator.wire.messages import Acknowledged, JournalRow


class Cache:
    """One device's cache, made by `open`; its methods may be called from any thread.

    Attributes:
        device: Whose it is.
        boot: Counts the starts of this device, durably; every claim carries it.
        held: Check-ins that waited for their guest's passage when it was opened.
        mended: What became of a damaged file, None if it was sound.
        seals: Keys of the gateway's feed.
        heads: Signed heads of its journal and of the gateway's.
        offers: What it gives back to a restored gateway.
        conflicts: Those that the gateway told of.
        retention: Drops what is answered and old.
        knowledge: What it has heard; frames of the streams are applied there.
        occupancy: Counts who is inside.
    """

    def __init__(self, store: Store, ages: Ages, identity: Identity) -> None:
        self.device: DeviceId = identity.device
        self._store = store
        self._journal = Journal()
        self.boot: int = store.own(identity.device)
        self.seals = Seals(store, identity.feed_key)
        self.knowledge = Intake(store, ages, self.device, self.seals, identity.code_key)
        self._uses = self.knowledge.uses
        self.heads = Heads(store, identity, self.seals)
        self.offers = Offers(store, self.knowledge)
        self.conflicts = Conflicts(store)
        self.retention = Retention(store, self.conflicts)
        self.occupancy = Occupancy(store)
        self._lookup = Lookup(self.knowledge.listings, self.knowledge.cancellations, self._uses)
        with store.reading() as db:
            interrupted = self._journal.interrupted(db)
        self._recent = Recent(interrupted)
        self.held = tuple(row for row in interrupted.values() if row.kind is Kind.HOLD)
        self.mended: Mended | None = None

    @classmethod
    def open(cls, path: Path, clock: Clock, identity: Identity, boot: str | None = None) -> Cache:
        """Open or create a device's cache; a damaged one is set aside and mended.

        Args:
            path: Database file in a folder that exists.
            clock: Wall and boot clock.
            identity: Who the device is, and the keys that it was given.
            boot: Id of this boot; None = as the kernel says. Ages outlive a restart of the
                program, not one of the machine.

        Raises:
            CloseOther: Another process has it open.
            CacheError: It can't be read or written, is another device's, or from a newer version.
        """
        ages = Ages(clock, this_boot() if boot is None else boot)
        try:
            return cls._opened(path, ages, identity)
        except DamagedCache:
            mended = mend(path, identity.device, clock.now())
        cache = cls._opened(path, ages, identity)
        cache.mended = mended
        return cache

    @classmethod
    def _opened(cls, path: Path, ages: Ages, identity: Identity) -> Cache:
        store = Store.open(path)
        try:
            return cls(store, ages, identity)
        except BaseException as error:
            store.close()
            if isinstance(error, WireError | LookupError):
                raise DamagedCache("Rows of the device's cache can't be read.") from error
            raise

    def close(self) -> None:
        """Give the file free for another process; closing twice does no harm."""
        self._store.close()

    @property
    def catalogue(self) -> Catalogue:
        """The evening's plan, as last heard."""
        return self.knowledge.place.catalogue

    @property
    def ring(self) -> KeyRing:
        """Keys to read tokens and plain codes with."""
        return self.knowledge.place.ring

    def facts(self, reading: Reading, gate: Gate, now: Instant) -> Facts:
        """Return what is known of a reading; indexed look-ups only.

        Args:
            reading: What the scanned text turned out to be.
            gate: Where.
            now: Corrected time; ages count on the boot clock.

        Raises:
            CacheError: The disk can't be read.
        """
        with self._store.reading() as db:
            ages = tuple(self.knowledge.ages.seconds().items())
            return self._lookup.facts(db, reading, self.catalogue, ages, self._recent, gate, now)

    def append(self, check_in: CheckIn) -> JournalRow:
        """Write an event to the journal, with what it does to the ticket's uses.

        Args:
            check_in: What is about to be shown. The same event again changes nothing.

        Returns:
            The row, on disk and synced: now the light may go on.

        Raises:
            CacheError: It is not on disk, or another event has its id.
        """
        with self._store.lock:
            with self._store.changing() as db:
                row, new = self._journal.append(db, check_in)
                if new:
                    self._uses.enter(db, row.sequence, check_in)
            if new:
                self._recent.take(check_in)
            return row

    def lit(self, id: CheckInId) -> None:
        """Mark a verdict as shown. Not synced: after a power cut it may be shown once more.

        Raises:
            CacheError: The disk can't be written.
        """
        with self._store.lock:
            with self._store.marking() as db:
                self._journal.lit(db, id)
            self._recent.lit(id)

    def owed(
        self, limit: int = 500, names: Collection[TicketId] | None = None
    ) -> tuple[JournalRow, ...]:
        """Return journal rows that were not answered yet, oldest first.

        Args:
            limit: At most so many.
            names: Only rows about tickets of these names (`Facts.names`); None = all. What is not
                listed here may be any ticket to the gateway, so all rows go with it.

        Raises:
            CacheError: The disk can't be read.
        """
        with self._store.reading() as db:
            return self._journal.owed(db, limit, names)

    def backlog(self) -> int:
        """Return how many journal rows are owed.

        Raises:
            CacheError: The disk can't be read.
        """
        with self._store.reading() as db:
            return self._journal.backlog(db)

    def journalled(self) -> int:
        """Return the sequence of the last journal row, 0 = none.

        Raises:
            CacheError: The disk can't be read.
        """
        with self._store.reading() as db:
            return self._journal.head(db)[0]

    def acknowledge(self, answer: Acknowledged) -> None:
        """Write down what the gateway did with rows; rejected ones are kept, marked with why.

        Raises:
            CacheError: The disk can't be written.
        """
        with self._store.changing() as db:
            self._journal.settle(db, answer.sequence, answer.outcomes)

    def owe_after(self, sequence: int) -> int:
        """Owe answered rows again, to a gateway that was restored and has lost them.

        If it is the device that has lost rows, those that it owes get numbers behind them.

        Args:
            sequence: Last row that the gateway has.

        Returns:
            How many rows there are.

        Raises:
            CacheError: The disk can't be written.
        """
        with self._store.changing() as db:
            if sequence > self._journal.head(db)[0]:
                self._journal.go_on_after(db, sequence)
            return self._journal.owe_again(db, sequence)

    def rejected(self) -> tuple[tuple[CheckInId, str], ...]:
        """Return the check-ins that the gateway has rejected, with its reasons.

        Raises:
            CacheError: The disk can't be read.
        """
        with self._store.reading() as db:
            return self._journal.rejected(db)
