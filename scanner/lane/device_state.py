"""A device's folder, opened on the machine that it lies on: what a lane is made of."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from device.wanted import Wanted
from offline_cache.cache import Cache
from offline_cache.identity.identity import Identity
from offline_cache.identity.vault import Vault
from offline_cache.knowledge.ages import this_boot
from offline_cache.sync.clock_offset import Offset, OffsetFile
from offline_cache.sync.events import LinkEvent
from offline_cache.sync.link import Link
from offline_cache.sync.timing import Timing
from offline_cache.wipe import wipe
from scanner.lane.expected_codes import wanted_of
from scanner.lane.lane import Lane
from scanner.lane.ports import Light
from validator.clock import Clock
from validator.machine_clock import machine_clock


@dataclass(frozen=True, slots=True)
class DeviceState:
    """Who a device is, what it knows and owes, and its clock.

    Args:
        folder: Of all its files.
        identity: Who it is.
        cache: What it knows and owes; open until `close`.
        clock: The machine's.
        offset: How far that is off.
        vault: Opens the identity; None = as the platform does.
    """

    folder: Path
    identity: Identity
    cache: Cache
    clock: Clock
    offset: Offset
    vault: Vault | None = None

    @classmethod
    def open(
        cls,
        folder: Path,
        identity: Identity,
        vault: Vault | None = None,
        clock: Clock | None = None,
    ) -> DeviceState:
        """Open what a device keeps.

        Args:
            folder: With its files.
            identity: As it stands there.
            vault: That it was opened with.
            clock: None = the machine's.

        Raises:
            CacheError: The cache can't be opened.
        """
        clock = clock or machine_clock()
        cache = Cache.open(folder / "cache.sqlite", clock, identity)
        offset = Offset(clock, OffsetFile(folder / "clock.json"), this_boot())
        return cls(folder, identity, cache, clock, offset, vault)

    def link(self, told: Callable[[LinkEvent], None], timing: Timing | None = None) -> Link:
        """Return the link to the gateway, which follows a device that is moved to another address.

        Args:
            told: Is told what it does.
            timing: How long it waits for what.

        Raises:
            EnrolAgain: The identity's authority is damaged.
        """
        return Link(
            self.identity,
            self.cache,
            self.clock,
            told,
            timing,
            offset=self.offset,
            address=lambda: Identity.load(self.folder / "identity.json", self.vault).gateway,
        )

    def lane(self, link: Link, light: Light) -> Lane:
        """Return the lane, with the entries that waited for their guest when it last ended."""
        return Lane(self.identity.device, self.cache, link, light, self.clock, os.urandom)

    def wanted(self) -> Wanted:
        """Return what a camera looks for now."""
        return wanted_of(self.cache.catalogue, self.identity.device)

    def wipe(self) -> bool:
        """Wipe the revoked device, unless something that it owes was not taken.

        Returns:
            Whether it is wiped.

        Raises:
            CacheError: What it owes can't be read, or a file can't be overwritten.
        """
        if self.cache.backlog():
            return False
        self.cache.close()
        now = self.offset.corrected().now()
        wipe(self.folder, f"{now}: this device was revoked and has wiped itself.")
        return True

    def close(self) -> None:
        """Give the cache free; closing twice does no harm."""
        self.cache.close()
