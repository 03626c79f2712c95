"""What a lane with a screen does behind it: is enrolled, stays linked, takes what its eyes see."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from device.errors import Defect, DeviceError, ForeignCode
from device.wanted import Wanted
from offline_cache.cache import Cache
from offline_cache.errors import CacheError
from offline_cache.identity.identity import Identity
from offline_cache.sync.events import Alarm, Applied, ConflictTold, Down, Revoked, Up
from offline_cache.sync.link import Link
from scanner.face.enrolment_form import EnrolmentForm
from scanner.face.equipment import Device
from scanner.face.face import Face
from scanner.face.freshness import Freshness, level_of, oldest
from scanner.face.status import facts
from scanner.lane.device_state import DeviceState
from scanner.lane.events import Failed, LaneEvent, Mended, Wiped
from scanner.lane.faults import unread
from scanner.lane.lane import Lane
from scanner.lane.lane_log import LaneLog
from scanner.lane.layouts import Layouts
from scanner.lane.runtime import AGAIN_S, Runtime, finished
from scanner.wording.notes import Note, StaffNote
from validator.admission import Shown
from validator.feed import names
from validator.keys import KEY_BYTES, KeyRing
from validator.model import Fault

TICK_S = 1.0
COUNT_S = 15.0
"""Pause between two counts of who is inside, in seconds."""

TURN_S = 0.02
"""Pause between two pages of a count, in seconds."""

RETRY_S = 3.0
"""Pause before a cache that can't be opened is tried again, in seconds."""

NO_KEYS = KeyRing({}, bytes(KEY_BYTES))
"""Of a device that is not known yet."""

LANE = "lane"
"""Name of the part without which nothing is scanned."""

Facts = Callable[[], list[tuple[str, str]]]
Opened = Callable[[Device, Identity], DeviceState]


def open_state(device: Device, identity: Identity) -> DeviceState:
    """Open what a device on this machine keeps."""
    return DeviceState.open(device.state, identity, device.vault)


@dataclass(slots=True)
class DeviceRun:
    """One device's work, from its start to its end.

    Args:
        device: What it runs on.
        face: Is told everything.
        log: Is told what goes wrong.
        opened: Opens what the device keeps, once it is known.
        again_s: Pause before a part that has failed begins again, in seconds.

    Attributes:
        enrolment: Makes the device known, while it is not.
        facts: Lines of the status page.
    """

    device: Device
    face: Face
    log: LaneLog = LaneLog.SILENT
    opened: Opened = open_state
    again_s: float = AGAIN_S
    enrolment: EnrolmentForm = field(init=False)
    facts: Facts = list
    _runtime: Runtime = field(init=False)
    _ring: Callable[[], KeyRing] = lambda: NO_KEYS
    _refresh: Callable[[], None] = lambda: None
    _alone_since_s: float = 0.0
    _inside: int | None = None

    def __post_init__(self) -> None:
        """Look for the device's identity where it was kept."""
        device = self.device
        self.enrolment = EnrolmentForm(device.state / "identity.json", device.vault, device.name)
        self._runtime = Runtime(self, self.again_s)

    async def run(self) -> None:
        """Work until cancelled.

        Raises:
            StartAgain: A mistake of ours could not even be told.
        """
        layouts = Layouts(lambda: self._ring(), lambda text: self._tell(Note.LAYOUT, detail=text))
        for missing in self.device.equipment.missing:
            self._miss(missing)
        lanes = partial(self._runtime.kept, LANE, self._lanes)
        for_ever = asyncio.get_running_loop().create_future()
        await self._runtime.run(self.device.eyes, layouts, [lanes], lambda _: for_ever)

    async def guarded(self, work: Coroutine[Any, Any, None]) -> None:
        """Wait for something; a mistake of ours in it is shown as a fault."""
        await self._runtime.guarded(work)

    def show(self, shown: Shown | Fault, elapsed_ms: float) -> None:
        """Show a verdict or fault."""
        self.face.show(shown, elapsed_ms)

    async def take(self, text: str, symbology: str | None = None) -> None:
        """Take a code: a ticket, or while the device is not known an invitation."""
        if self.face.lane is None:
            await self.enrolment.read(text)
        else:
            await finished(self.face.scan(text, symbology))

    def missed(self, error: DeviceError) -> None:
        """Tell what an eye could not read: upon the screen, or in a note that waits."""
        if isinstance(error, ForeignCode):
            self._tell(Note.FOREIGN, detail=str(error))
        elif self.face.lane is None or error.defect is Defect.CAMERA_EXPOSURE:
            self._miss(error)
        else:
            self.face.show(unread(error), 0.0)

    def told(self, event: LaneEvent) -> None:
        """Note what happened besides verdicts."""
        self.log.told(event)
        match event:
            case Up() | Down():
                self._refresh()
            case Applied(stream=names.CATALOGUE):
                self.face.changed()
            case Alarm(text):
                self._tell(Note.ALARM, detail=text)
            case Mended():
                self._tell(Note.MENDED, detail=str(event))
            case Failed() if event.todo:
                self._tell(Note.FAILED, detail=str(event))
                if event.part == LANE:
                    self._stuck(str(event))
            case Revoked():
                self._tell(Note.REVOKED)
            case Wiped():
                self._tell(Note.WIPED)
            case ConflictTold(conflict):
                self._tell(Note.CONFLICT, number=conflict.number or "")

    async def _lanes(self) -> None:
        """Be one lane after the other: each ends when the device is revoked and wiped."""
        while True:
            identity = await self.enrolment.identity()
            try:
                with contextlib.closing(self.opened(self.device, identity)) as state:
                    await self._serve(state)
            except CacheError as error:
                self._stuck(str(error))
                await asyncio.sleep(RETRY_S)

    async def _serve(self, state: DeviceState) -> None:
        link = state.link(self.told)
        lane = state.lane(link, self.face)
        self._begin(state, lane, link)
        if state.cache.mended is not None:
            self.told(state.cache.mended)
        try:
            await self._runtime.serve(
                lane,
                link,
                state.wipe,
                freshness=self._keep_fresh,
                count=partial(self._count, lane, state.cache),
            )
        finally:
            self._end()

    def _begin(self, state: DeviceState, lane: Lane, link: Link) -> None:
        self._ring = lambda: state.cache.ring
        self.device.wanted.of = state.wanted
        self._refresh = partial(self._refreshed, state, lane, link)
        self._alone_since_s, self._inside = state.clock.boot_s(), None
        self.facts = partial(facts, self.face, state.identity, state.cache, link)
        self.face.lane, self.face.shown = lane, None
        if self.enrolment.address:
            self.enrolment.address = ""
            self._tell(Note.JOINED)
        self._refresh()

    def _end(self) -> None:
        self._ring, self._refresh, self.facts = lambda: NO_KEYS, lambda: None, list
        self.device.wanted.of = Wanted
        self.face.lane = self.face.shown = None
        self.face.changed()

    def _refreshed(self, state: DeviceState, lane: Lane, link: Link) -> None:
        now_s = state.clock.boot_s()
        if link.connected:
            self._alone_since_s = now_s
        age_s = oldest(state.cache.knowledge.ages.seconds(), state.cache.catalogue.sources)
        level = level_of(link.connected, lane.gate, age_s)
        self.face.refresh(Freshness(level, age_s, now_s - self._alone_since_s, self._inside))

    async def _keep_fresh(self) -> None:
        while True:
            self._refresh()
            await asyncio.sleep(TICK_S)

    async def _count(self, lane: Lane, cache: Cache) -> None:
        while True:
            gate = lane.gate
            if gate is not None:
                with contextlib.suppress(CacheError):
                    counted = 0
                    for so_far in cache.occupancy.inside(gate.performances):
                        counted = so_far
                        await asyncio.sleep(TURN_S)
                    self._inside = counted
            await asyncio.sleep(COUNT_S if gate is not None else TICK_S)

    def _stuck(self, why: str) -> None:
        """Show, once, that nothing can be scanned."""
        fault = Fault(why, "Call the supervisor.")
        if self.face.shown != fault:
            self.face.show(fault, 0.0)

    def _miss(self, error: DeviceError) -> None:
        self.face.tell(StaffNote(Note.PART, detail=str(error), defect=error.defect))

    def _tell(self, note: Note, number: str = "", detail: str = "") -> None:
        self.face.tell(StaffNote(note, number, detail))
