"""A venue whose store is put back to an earlier copy, and what its lanes still hold of the rest."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path

from doubles.gateway.committer_with_devices import FEED, Venue
from validator.gateway.backup.contents import copy_database
from validator.gateway.ledger.epochs import begin_epoch
from validator.gateway.recovery.replay import genuine_frame, portions, replay
from validator.gateway.store.devices import DeviceRecord
from validator.model import DeviceId

KNOWN = DeviceId("lane-1")


class Twin:
    """A venue, and the one that its backup becomes.

    Attributes:
        lost: The venue that goes on after the backup, until its machine dies.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lives = 0
        self.lost = Venue(folder / "lost.sqlite")

    async def start(self) -> Twin:
        """Open the doors, with one device enrolled."""
        await self.lost.start()
        await enrolled(self.lost, KNOWN)
        return self

    def back_up(self) -> None:
        """Keep the state of now."""
        copy_database(self._folder / "lost.sqlite", self._folder / "kept.sqlite")
        self.lost.frames.clear()

    async def restored(self, random: bytes = b"restored") -> Venue:
        """Return a venue that goes on from the backup, in a new epoch."""
        self._lives += 1
        path = self._folder / f"restored-{self._lives}.sqlite"
        copy_database(self._folder / "kept.sqlite", path)
        venue = Venue(path)
        venue.entropy_from(1_000 * self._lives)
        with venue.store.transaction() as session:
            begin_epoch(session, 0, random)
            session.restoration.expect([KNOWN], venue.hand.clock.now())
        return await venue.start()

    def held(self) -> list[bytes]:
        """Return what a lane that heard everything holds of the time after the backup."""
        return [sealed for _, sealed in self.lost.frames]


async def enrolled(venue: Venue, device: DeviceId) -> None:
    """Write a device down, as enrolment does."""
    record = DeviceRecord(device, "Handheld", "a", device.encode() * 4, venue.hand.clock.now())
    await venue.committer.write(lambda work: work.session.devices.put(record))


async def give_back(venue: Venue, frames: Iterable[bytes]) -> tuple[DeviceId, ...]:
    """Hand frames to a restored venue; return who turned out to be revoked."""
    opened = [frame for sealed in frames if (frame := genuine_frame(sealed, FEED.public))]
    revoked: list[DeviceId] = []
    for portion in portions(opened):
        revoked += await venue.committer.write(partial(replay, pieces=portion))
    return tuple(revoked)
