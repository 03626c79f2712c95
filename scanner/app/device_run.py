"""What a lane with a screen does behind it: joins, stays linked, takes what its eyes see."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from device.errors import Defect, DeviceError, ForeignCode
from device.ports import Sighting, Source
from device.wanted import Wanted
from offline_cache.cache import Cache
from offline_cache.errors import CacheError
from offline_cache.identity.identity import Identity
from offline_cache.knowledge.ages import this_boot
from offline_cache.sync.clock_offset import Offset
from offline_cache.sync.link import Alarm, Applied, ConflictTold, Down, Link, LinkEvent, Revoked, Up
from offline_cache.sync.offset_file import OffsetFile
from offline_cache.wipe import wipe
from scanner.face.enrolment_form import EnrolmentForm
from scanner.face.equipment import Device
from scanner.face.face import Face
from scanner.face.freshness import Freshness, level_of, oldest
from scanner.face.status import facts
from scanner.lane.expected_codes import wanted_of
from scanner.lane.faults import broken, unread
from scanner.lane.lane import Lane
from scanner.lane.layouts import Layouts
from scanner.wording.notes import Note, StaffNote
from validator.feed import names
from validator.keys import KEY_BYTES, KeyRing
from validator.machine_clock import machine_clock
from validator.model import Fault

CLOCK = machine_clock()

TICK_S = 1.0
COUNT_S = 15.0
"""Pause between two counts of who is inside, in seconds."""

TURN_S = 0.02
"""Pause between two pages of a count, in seconds."""

RETRY_S = 3.0
"""Pause before a cache that can't be opened is tried again, in seconds."""

NO_KEYS = KeyRing({}, bytes(KEY_BYTES))
"""Of a device that is not known yet."""

Facts = Callable[[], list[tuple[str, str]]]


@dataclass(slots=True)
class DeviceRun:
    """One device's work, from its start to its end.

    Args:
        device: What it runs on.
        face: Is told everything.

    Attributes:
        enrolment: Makes the device known, while it is not.
        facts: Lines of the status page.
    """

    device: Device
    face: Face
    enrolment: EnrolmentForm = field(init=False)
    facts: Facts = list
    _ring: Callable[[], KeyRing] = lambda: NO_KEYS
    _refresh: Callable[[], None] = lambda: None
    _alone_since_s: float = 0.0
    _inside: int | None = None

    def __post_init__(self) -> None:
        """Look for the device's identity where it was kept."""
        device = self.device
        self.enrolment = EnrolmentForm(device.state / "identity.json", device.vault, device.name)

    async def run(self) -> None:
        """Work until cancelled."""
        layouts = Layouts(lambda: self._ring(), lambda text: self._tell(Note.LAYOUT, detail=text))
        for missing in self.device.equipment.missing:
            self._miss(missing)
        watching = [
            asyncio.create_task(self._watch(eye, layouts), name="eye") for eye in self.device.eyes
        ]
        try:
            while True:
                await self._work(await self.enrolment.identity())
        finally:
            for eye in self.device.eyes:
                eye.close()
            await _ended(watching)

    async def guarded(self, work: Coroutine[Any, Any, None]) -> None:
        """Wait for something; a mistake of ours in it is shown as a fault."""
        try:
            await work
        except Exception as error:
            # A mistake of ours must not stop the lane for the next guest.
            self.face.show(broken(error), 0.0)

    async def read(self, text: str, symbology: str | None = None) -> None:
        """Take a code: a ticket, or while the device is not known an invitation."""
        if self.face.lane is None:
            await self.enrolment.read(text)
        else:
            await self.face.scan(text, symbology)

    async def _work(self, identity: Identity) -> None:
        state = self.device.state
        try:
            cache = Cache.open(state / "cache.sqlite", CLOCK, identity)
        except CacheError as error:
            fault = Fault(str(error), "Call the supervisor.")
            if self.face.shown != fault:
                self.face.show(fault, 0.0)
            await asyncio.sleep(RETRY_S)
            return
        with contextlib.closing(cache):
            link = Link(
                identity,
                cache,
                CLOCK,
                self._heard,
                offset=Offset(CLOCK, OffsetFile(state / "clock.json"), this_boot()),
                address=lambda: Identity.load(self.enrolment.known, self.device.vault).gateway,
            )
            lane = Lane(identity.device, cache, link, self.face, CLOCK, os.urandom)
            self._ring = lambda: cache.ring
            self.device.wanted.of = lambda: wanted_of(cache.catalogue, identity.device)
            self._refresh = partial(self._refreshed, lane, link, cache)
            self._begin(lane, partial(facts, self.face, identity, cache, link))
            if cache.mended is not None:
                self._tell(Note.MENDED, detail=str(cache.mended))
            beside = [asyncio.create_task(self._tick(lane))]
            beside.append(asyncio.create_task(self._count(lane, cache)))
            try:
                await link.run()
                # It ends only on a revocation. Nothing may be written between the last look and
                # the wipe.
                lane.shut()
                if not self._wiped(cache):
                    await asyncio.get_running_loop().create_future()
            finally:
                await _ended(beside)
        self._end()

    def _begin(self, lane: Lane, told: Facts) -> None:
        self._alone_since_s, self._inside = CLOCK.boot_s(), None
        self.facts, self.face.lane, self.face.shown = told, lane, None
        if self.enrolment.address:
            self.enrolment.address = ""
            self._tell(Note.JOINED)
        self._refresh()

    def _end(self) -> None:
        self._ring, self._refresh, self.facts = lambda: NO_KEYS, lambda: None, list
        self.device.wanted.of = Wanted
        self.face.lane = self.face.shown = None
        self._tell(Note.WIPED)

    def _wiped(self, cache: Cache) -> bool:
        """Wipe a revoked device, unless something that it owes was not taken."""
        with contextlib.suppress(CacheError):
            if not cache.backlog():
                cache.close()
                now = CLOCK.now()
                wipe(self.device.state, f"{now}: this device was revoked and has wiped itself.")
                return True
        return False

    async def _watch(self, eye: Source, layouts: Layouts) -> None:
        async for item in eye.sightings():
            match item:
                case ForeignCode():
                    self._tell(Note.FOREIGN, detail=str(item))
                case DeviceError() if (
                    self.face.lane is None or item.defect is Defect.CAMERA_EXPOSURE
                ):
                    self._miss(item)
                case DeviceError():
                    self.face.show(unread(item), 0.0)
                case Sighting():
                    await self.guarded(self.read(layouts.text(item), item.symbology))

    def _refreshed(self, lane: Lane, link: Link, cache: Cache) -> None:
        now_s = CLOCK.boot_s()
        if link.connected:
            self._alone_since_s = now_s
        age_s = oldest(cache.ages.seconds(), cache.catalogue.sources)
        level = level_of(link.connected, lane.gate, age_s)
        self.face.refresh(Freshness(level, age_s, now_s - self._alone_since_s, self._inside))

    async def _tick(self, lane: Lane) -> None:
        while True:
            self._refresh()
            if fault := lane.expire():
                self.face.show(fault, 0.0)
            await asyncio.sleep(TICK_S)

    async def _count(self, lane: Lane, cache: Cache) -> None:
        while True:
            gate = lane.gate
            if gate is not None:
                with contextlib.suppress(CacheError):
                    counted = 0
                    for so_far in cache.census.inside(gate.performances):
                        counted = so_far
                        await asyncio.sleep(TURN_S)
                    self._inside = counted
            await asyncio.sleep(COUNT_S if gate is not None else TICK_S)

    def _heard(self, event: LinkEvent) -> None:
        match event:
            case Up() | Down():
                self._refresh()
            case Applied(stream=names.CATALOGUE):
                self.face.changed()
            case Alarm(text):
                self._tell(Note.ALARM, detail=text)
            case Revoked():
                self._tell(Note.REVOKED)
            case ConflictTold(conflict):
                self._tell(Note.CONFLICT, number=conflict.number or "")

    def _miss(self, error: DeviceError) -> None:
        self.face.tell(StaffNote(Note.PART, detail=str(error), defect=error.defect))

    def _tell(self, note: Note, number: str = "", detail: str = "") -> None:
        self.face.tell(StaffNote(note, number, detail))


async def _ended(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
