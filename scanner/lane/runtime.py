"""What every lane does around its scans, whatever its face: reads, stays linked, expires, wipes.

Nothing here knows a machine: sources, face, link and wipe come in as ports.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeAlias, TypeVar

from device.errors import DeviceError
from device.ports import Sighting, Source
from offline_cache.errors import CacheError
from offline_cache.sync.events import Alarm
from scanner.errors import StartAgain
from scanner.lane.events import Failed, Wiped
from scanner.lane.faults import broken
from scanner.lane.lane import Lane
from scanner.lane.layouts import Layouts
from scanner.lane.ports import LaneFace, Linked
from validator.errors import place_of

EXPIRE_S = 1.0
"""How often it is looked whether a held entry's time is over."""

AGAIN_S = 5.0
"""Pause before a part that has failed begins again, in seconds."""

AGAIN = "It begins again; tell the supervisor."
RESTART = "It reads nothing more: start the lane again, and tell the supervisor."

Work: TypeAlias = Callable[[], Coroutine[Any, Any, None]]
"""Begins a part; called anew when it has failed."""

Outcome = TypeVar("Outcome")


class Runtime:
    """Keeps the parts of a lane at work. No part ends unheard.

    A part that fails is told and begins again: the guests go on meanwhile. A source can't begin
    again; without it a lane ends that lives by it. What could not even be told ends the whole.

    Args:
        face: Takes the codes, and is told.
        again_s: Pause before a part that has failed begins again, in seconds.
    """

    def __init__(self, face: LaneFace, again_s: float = AGAIN_S) -> None:
        self._face = face
        self._again_s = again_s
        self._down = 0
        self._lost: list[Exception] = []

    @property
    def whole(self) -> bool:
        """Whether every part is at work: none waits to begin again."""
        return not self._down

    async def run(
        self,
        sources: Sequence[Source],
        layouts: Layouts,
        beside: Sequence[Work],
        until: Callable[[Sequence[asyncio.Task[None]]], Awaitable[object]],
    ) -> None:
        """Read sources and do what goes on beside it, then end all in order.

        Args:
            sources: Where codes come from.
            layouts: Reads what typing scanners meant.
            beside: Further parts.
            until: Is given the tasks that read, and returns when it is time to end.

        Raises:
            StartAgain: Something failed that can't begin again.
            BrokenPipeError: Nobody reads what the face says any more.
        """
        try:
            async with _together() as group:
                reading = [group.create_task(self._read(source, layouts)) for source in sources]
                working = [group.create_task(work()) for work in beside]
                try:
                    await until(reading)
                finally:
                    for source in sources:
                        source.close()
                    # The scan that is under way may need the link to come to its end.
                    await _ended(reading)
                    await _ended(working)
            if self._lost:
                raise self._lost[0]
        except BrokenPipeError:
            raise
        except Exception as error:
            raise StartAgain(
                f"The lane ended on a mistake of its program ({type(error).__name__}, "
                f"{place_of(error)}). Start it again, and report this."
            ) from error

    async def serve(
        self, lane: Lane, link: Linked, wipe: Callable[[], bool], **beside: Work
    ) -> None:
        """Keep a lane linked and its held entries in time, until it is revoked and wiped.

        Args:
            lane: Whose entries are held.
            link: Of this lane.
            wipe: Wipes the device unless it owes something; returns whether it did.
            beside: Further parts, by their names.
        """
        async with _together() as group:
            parts: dict[str, Work] = {"expiry": partial(self._expire, lane), **beside}
            working = [group.create_task(self.kept(part, work)) for part, work in parts.items()]
            await self.kept("link", link.run)
            # It ends only on a revocation. Nothing may be written between the last look and the
            # wipe.
            lane.shut()
            if not self._wiped(wipe):
                await asyncio.get_running_loop().create_future()
            await _ended(working)

    async def kept(self, part: str, work: Work) -> None:
        """Do a part's work; when it fails, say so and begin again a little later.

        Args:
            part: Its name, in one word.
            work: Begins it.
        """
        while True:
            try:
                return await work()
            except Exception as error:
                self._face.told(Failed.of(part, error, AGAIN))
            self._down += 1
            try:
                await asyncio.sleep(self._again_s)
            finally:
                self._down -= 1

    async def guarded(self, work: Coroutine[Any, Any, None]) -> None:
        """Wait for one scan or touch; a mistake of ours in it is shown as a fault."""
        try:
            await work
        except Exception as error:
            # A mistake of ours must not stop the lane for the next guest.
            show_broken(self._face, "scan", error)

    async def _read(self, source: Source, layouts: Layouts) -> None:
        try:
            async for item in source.sightings():
                await self.guarded(self._take(item, layouts))
        except Exception as error:
            self._down += 1
            self._lost.append(error)
            self._face.told(Failed.of("source", error, RESTART))

    async def _take(self, item: Sighting | DeviceError, layouts: Layouts) -> None:
        if isinstance(item, Sighting):
            await self._face.take(layouts.text(item), item.symbology)
        else:
            self._face.missed(item)

    async def _expire(self, lane: Lane) -> None:
        while True:
            if fault := lane.expire():
                self._face.show(fault, 0.0)
            await asyncio.sleep(EXPIRE_S)

    def _wiped(self, wipe: Callable[[], bool]) -> bool:
        try:
            wiped = wipe()
        except CacheError as error:
            self._face.told(Alarm(str(error)))
            return False
        if wiped:
            self._face.told(Wiped())
        return wiped


def show_broken(face: LaneFace, part: str, error: Exception) -> None:
    """Show one piece of work that failed on a mistake of ours, and tell where it did."""
    face.show(broken(error), 0.0)
    face.told(Failed.of(part, error))


async def finished(scan: Coroutine[Any, Any, Outcome]) -> Outcome:
    """Wait for a scan: told to stop, the lane still gives the guest at the gate a verdict."""
    taking = asyncio.ensure_future(scan)
    try:
        return await asyncio.shield(taking)
    except asyncio.CancelledError:
        await taking
        raise


@asynccontextmanager
async def _together() -> AsyncIterator[asyncio.TaskGroup]:
    """Give a group of tasks; the first that fails ends the others, and its error is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None


async def _ended(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
