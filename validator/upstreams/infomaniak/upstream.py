"""A shop at Infomaniak behind the upstream port."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from validator.clock import MINUTE_MS, Clock, Instant
from validator.keys import KeyRing
from validator.ports import Changes, Outcome, Report
from validator.upstreams.infomaniak.assumed_api import GONE_PASSES, SINGLE, WINDOW_S
from validator.upstreams.infomaniak.catalogue import ShopCatalogue, shape_of
from validator.upstreams.infomaniak.client import Client
from validator.upstreams.infomaniak.diff import Diff, ended
from validator.upstreams.infomaniak.full_read import FullRead
from validator.upstreams.infomaniak.memory import Memory
from validator.upstreams.infomaniak.rate_limit import POLLING, ApiRateLimit
from validator.upstreams.infomaniak.reporting import Reporter
from validator.upstreams.infomaniak.settings import Settings
from validator.upstreams.infomaniak.types import TicketState
from validator.upstreams.sieve import set_aside

_log = logging.getLogger(__name__)

_ZONES_EVERY_MS = 30 * MINUTE_MS


class InfomaniakUpstream:
    """Implements `validator.ports.Upstream`.

    A *full read* reads every list of the shop to its end; what it finds is compared with what was
    told. A ticket that is missing is only suspected: it is asked for by itself, at most `POLLING`
    of them in a full read (or as many as it took requests), and while one is open, the full read
    is not complete.

    Args:
        source: Id of the source.
        settings: The shop.
        path: File of its memory.
        ring: Hides plain codes; its issuer keys are not used.
        clock: Of the gateway.
        entropy: Random bytes.
        sleep: Waits so many seconds.
        timeout_s: Seconds that a request may take.
    """

    def __init__(
        self,
        source: str,
        settings: Settings,
        path: Path,
        ring: KeyRing,
        clock: Clock,
        entropy: Callable[[int], bytes],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        timeout_s: float = 30.0,
    ) -> None:
        self._source = source
        self._settings = settings
        self._clock = clock
        self._memory = Memory(path, entropy)
        rests_s = WINDOW_S - (clock.now() - self._memory.touched()) / 1000
        busy_s = rests_s if 0 < rests_s <= 2 * WINDOW_S else 0.0
        self._client = Client(
            settings, ApiRateLimit(clock, sleep, busy_s), clock, self._touch, timeout_s
        )
        self._catalogue = ShopCatalogue(source, settings, self._memory, KeyRing({}, ring.code_key))
        self._catalogue.shapes = frozenset(
            shape_of(key.partition("-")[0], said.code) for key, said in self._memory.told().items()
        )
        self._reporter = Reporter(self._client, settings, self._memory, self._catalogue)
        self._full_read: FullRead | None = None
        self._diff = self._new_diff()
        self._asked = False
        self._zones_read = Instant(0)
        self._gone: dict[str, int] = {}
        self._times: dict[str, int] = {}
        self._alarms: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """Id of the source."""
        return self._source

    @property
    def alarms(self) -> tuple[str, ...]:
        """What the last full read found that somebody has to look at, as sentences."""
        return self._alarms

    async def close(self) -> None:
        """Close the connections and the file."""
        await self._client.close()
        self._memory.close()

    async def report(self, reports: Sequence[Report]) -> Sequence[Outcome]:
        """Hand check-ins over; see `Upstream.report`."""
        return await self._reporter.report(reports)

    async def changes(self, cursor: str) -> Changes:
        """Go on with the full read until there is something to tell; see `Upstream.changes`."""
        if not await asyncio.to_thread(self._memory.settle, cursor):
            self._full_read = None
        full_read = self._full_read or self._begin()
        while not full_read.over:
            full = await full_read.step()
            await asyncio.to_thread(self._diff.take, full_read.taken(), self._clock.now())
            if full and self._diff.has_news:
                return await asyncio.to_thread(self._diff.answer, True, None)
            if full_read.over and not self._asked:
                self._asked = True
                full_read.ask_for(await asyncio.to_thread(self._doubtful, full_read))
        return await asyncio.to_thread(self._finish, full_read)

    def _begin(self) -> FullRead:
        now = self._clock.now()
        with_zones = not 0 <= now - self._zones_read < _ZONES_EVERY_MS
        self._diff = self._new_diff()
        self._asked = False
        self._full_read = FullRead(self._client, self._settings, self._catalogue, now, with_zones)
        return self._full_read

    def _new_diff(self) -> Diff:
        return Diff(self._source, self._settings, self._catalogue, self._memory)

    def _missing(self, full_read: FullRead) -> list[str]:
        """Return tickets that were told and that no list holds, but for those that are over."""
        told = self._memory.told_entries()
        now = self._clock.now()
        over = {int(key[12:]) for key, said in told.items() if ended(said, now)}
        return [
            key
            for key, said in self._memory.told().items()
            if said.state != TicketState.CANCELLED
            and key not in full_read.seen
            and said.scope not in over
        ]

    def _doubtful(self, full_read: FullRead) -> list[str]:
        """Choose the missing tickets to ask for: those first that were asked for least."""
        missing = self._missing(full_read)
        self._times = {key: self._times.get(key, 0) for key in missing}
        askable = [key for key in missing if key.partition("-")[0] in SINGLE]
        shown = [key for key in askable if self._is_shown(key)]
        chosen = sorted(shown, key=self._times.__getitem__)[: max(POLLING, full_read.pages)]
        for key in chosen:
            self._times[key] += 1
        return chosen

    def _is_shown(self, key: str) -> bool:
        said = self._memory.said(key)
        return said is not None and self._catalogue.is_shown(said.scope)

    def _finish(self, full_read: FullRead) -> Changes:
        self._gone = {key: self._gone.get(key, 0) + 1 for key in full_read.gone}
        surely = {key for key, times in self._gone.items() if times >= GONE_PASSES}
        for key in surely:
            self._diff.cancel(key)
        missing = [key for key in self._missing(full_read) if key not in surely]
        hidden = [key for key in missing if not self._is_shown(key)]
        unasked = [key for key in missing if key.partition("-")[0] not in SINGLE]
        self._look_at(full_read, len(missing), len(hidden))
        aside = set_aside({**full_read.sieve.aside, **self._diff.aside})
        complete = full_read.whole and len(missing) == len(unasked) and not aside
        changes = self._diff.answer(False, full_read.began if complete else None, aside)
        if full_read.with_zones:
            self._zones_read = full_read.began
        self._full_read = None
        return changes

    def _look_at(self, full_read: FullRead, missing: int, hidden: int) -> None:
        """Say what somebody has to look at, once for as long as it stays the same."""
        alarms = [
            f"The status {status!r} of {count} tickets is not known here, and nothing was changed "
            "for it. Add it to valid, cancelled or used."
            for status, count in sorted(self._diff.unknown.items())
        ]
        if hidden:
            alarms.append(
                f"{hidden} tickets are of performances that the key does not see any more; they "
                "stay as they were. Give the key access, or name the events to follow."
            )
        if missing > hidden:
            alarms.append(
                f"{missing - hidden} tickets are missing from the list; they are asked for one by "
                "one and stay as they are until then."
            )
        if not full_read.whole:
            alarms.append("The list of tickets moved too much while it was read.")
        if tuple(alarms) != self._alarms:
            self._alarms = tuple(alarms)
            for alarm in alarms:
                _log.error("%s: %s", self._source, alarm)

    async def _touch(self) -> None:
        await asyncio.to_thread(self._memory.touch, self._clock.now())
