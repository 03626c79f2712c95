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
from validator.upstreams.infomaniak.catalogue import Programme, shape_of
from validator.upstreams.infomaniak.client import Client
from validator.upstreams.infomaniak.diff import Telling, ended
from validator.upstreams.infomaniak.full_read import Sweep
from validator.upstreams.infomaniak.memory import Ledger
from validator.upstreams.infomaniak.rate_limit import POLLING, Budget
from validator.upstreams.infomaniak.reporting import Scans
from validator.upstreams.infomaniak.settings import Settings
from validator.upstreams.infomaniak.types import State

_log = logging.getLogger(__name__)

_ZONES_EVERY_MS = 30 * MINUTE_MS


class InfomaniakUpstream:
    """Implements `validator.ports.Upstream`.

    A *sweep* reads every list of the shop to its end; what it finds is compared with what was
    told. A ticket that is missing is only suspected: it is asked for by itself, at most `POLLING`
    of them in a sweep (or as many as the sweep took requests), and while one is open, the sweep
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
        self._ledger = Ledger(path, entropy)
        rests_s = WINDOW_S - (clock.now() - self._ledger.touched()) / 1000
        busy_s = rests_s if 0 < rests_s <= 2 * WINDOW_S else 0.0
        self._client = Client(settings, Budget(clock, sleep, busy_s), clock, self._touch, timeout_s)
        self._programme = Programme(source, settings, self._ledger, KeyRing({}, ring.code_key))
        self._programme.shapes = frozenset(
            shape_of(key.partition("-")[0], said.code) for key, said in self._ledger.told().items()
        )
        self._scans = Scans(self._client, settings, self._ledger, self._programme)
        self._sweep: Sweep | None = None
        self._telling = self._new_telling()
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
        """What the last sweep found that somebody has to look at, as sentences."""
        return self._alarms

    async def close(self) -> None:
        """Close the connections and the file."""
        await self._client.close()
        self._ledger.close()

    async def report(self, reports: Sequence[Report]) -> Sequence[Outcome]:
        """Hand check-ins over; see `Upstream.report`."""
        return await self._scans.report(reports)

    async def changes(self, cursor: str) -> Changes:
        """Go on with the sweep until there is something to tell; see `Upstream.changes`."""
        if not await asyncio.to_thread(self._ledger.settle, cursor):
            self._sweep = None
        sweep = self._sweep or self._begin()
        while not sweep.over:
            full = await sweep.step()
            await asyncio.to_thread(self._telling.take, sweep.taken(), self._clock.now())
            if full and self._telling.has_news:
                return await asyncio.to_thread(self._telling.answer, True, None)
            if sweep.over and not self._asked:
                self._asked = True
                sweep.ask_for(await asyncio.to_thread(self._doubtful, sweep))
        return await asyncio.to_thread(self._finish, sweep)

    def _begin(self) -> Sweep:
        now = self._clock.now()
        with_zones = not 0 <= now - self._zones_read < _ZONES_EVERY_MS
        self._telling = self._new_telling()
        self._asked = False
        self._sweep = Sweep(self._client, self._settings, self._programme, now, with_zones)
        return self._sweep

    def _new_telling(self) -> Telling:
        return Telling(self._source, self._settings, self._programme, self._ledger)

    def _missing(self, sweep: Sweep) -> list[str]:
        """Return tickets that were told and that no list holds, but for those that are over."""
        told = self._ledger.told_entries()
        now = self._clock.now()
        over = {int(key[12:]) for key, said in told.items() if ended(said, now)}
        return [
            key
            for key, said in self._ledger.told().items()
            if said.state != State.CANCELLED and key not in sweep.seen and said.scope not in over
        ]

    def _doubtful(self, sweep: Sweep) -> list[str]:
        """Choose the missing tickets to ask for: those first that were asked for least."""
        missing = self._missing(sweep)
        self._times = {key: self._times.get(key, 0) for key in missing}
        askable = [key for key in missing if key.partition("-")[0] in SINGLE]
        shown = [key for key in askable if self._is_shown(key)]
        chosen = sorted(shown, key=self._times.__getitem__)[: max(POLLING, sweep.pages)]
        for key in chosen:
            self._times[key] += 1
        return chosen

    def _is_shown(self, key: str) -> bool:
        said = self._ledger.said(key)
        return said is not None and self._programme.is_shown(said.scope)

    def _finish(self, sweep: Sweep) -> Changes:
        self._gone = {key: self._gone.get(key, 0) + 1 for key in sweep.gone}
        surely = {key for key, times in self._gone.items() if times >= GONE_PASSES}
        for key in surely:
            self._telling.cancel(key)
        missing = [key for key in self._missing(sweep) if key not in surely]
        hidden = [key for key in missing if not self._is_shown(key)]
        unasked = [key for key in missing if key.partition("-")[0] not in SINGLE]
        self._look_at(sweep, len(missing), len(hidden))
        complete = sweep.whole and len(missing) == len(unasked)
        changes = self._telling.answer(False, sweep.began if complete else None)
        if sweep.with_zones:
            self._zones_read = sweep.began
        self._sweep = None
        return changes

    def _look_at(self, sweep: Sweep, missing: int, hidden: int) -> None:
        """Say what somebody has to look at, once for as long as it stays the same."""
        alarms = [
            f"The status {status!r} of {count} tickets is not known here, and nothing was changed "
            "for it. Add it to valid, cancelled or used."
            for status, count in sorted(self._telling.unknown.items())
        ]
        troubles = {**sweep.troubles, **self._telling.troubles}
        alarms += [f"{what} ({count} times)" for what, count in sorted(troubles.items())]
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
        if not sweep.whole:
            alarms.append("The list of tickets moved too much while it was read.")
        if tuple(alarms) != self._alarms:
            self._alarms = tuple(alarms)
            for alarm in alarms:
                _log.error("%s: %s", self._source, alarm)

    async def _touch(self) -> None:
        await asyncio.to_thread(self._ledger.touch, self._clock.now())
