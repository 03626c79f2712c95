"""Follows a pretix by its feeds, and hands check-ins back to it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from validator.clock import Clock, Instant, iso
from validator.errors import WireError
from validator.keys import KeyRing
from validator.ports import Changes, Outcome, Report
from validator.upstreams.pretix.api import ORDERS, Feed, Site, feeds_of
from validator.upstreams.pretix.catalogue import Plan
from validator.upstreams.pretix.diff import News
from validator.upstreams.pretix.memory import Memory
from validator.upstreams.pretix.orders import Reader
from validator.upstreams.pretix.reporting import Reporter
from validator.upstreams.pretix.settings import Settings
from validator.wire.fields import Fields

_log = logging.getLogger(__name__)

_PAGES = 20
"""Pages of one answer: at most so many are read again if it is lost."""

_PLAN_EVERY_S = 60.0
_FOLLOWED_MS = 7 * 24 * 3_600_000
_BACK_MS, _FAR_BACK_MS, _FAR_EVERY_MS = 30_000, 900_000, 600_000
"""A row bears the time at which its writing began, and is seen once that is through. So every pass
reaches back a little, and now and then far."""


@dataclass(frozen=True, slots=True)
class State:
    """How far pretix was read.

    Args:
        since: By feed, the time from which the next pass reads.
        started: When the pass under way began, by our clock; 0 = none is under way.
        generated: Likewise by pretix's clock; 0 = it didn't say.
        done: Feeds that the pass has read.
        at: Where it stands in the next one; empty = at its beginning.
        page: Page from there.
        anew: It is the first pass: nothing is known of what was told before.
        far: When a pass last reached far back, by our clock.
        events: Whose orders were read.
    """

    since: dict[str, str] = field(default_factory=dict)
    started: int = 0
    generated: int = 0
    done: tuple[str, ...] = ()
    at: str = ""
    page: int = 1
    anew: bool = True
    far: int = 0
    events: tuple[str, ...] = ()


class PretixUpstream:
    """Implements `validator.ports.Upstream`.

    Args:
        source: Its id.
        settings: The pretix.
        memory: File of what it remembers, with its key.
        ring: Hides plain codes; its issuer keys are not used.
        clock: Both clocks.
        entropy: Random bytes.

    Raises:
        FixConfig: The file can't be opened.
    """

    def __init__(
        self,
        source: str,
        settings: Settings,
        memory: Path,
        ring: KeyRing,
        clock: Clock,
        entropy: Callable[[int], bytes],
    ) -> None:
        self._source = source
        self._clock = clock
        self._memory = Memory(memory, entropy)
        self._site = Site(settings, self._memory)
        self._plan = Plan(source, self._memory, ring.code_key)
        self._planned_s: float | None = None
        self._reporter = Reporter(source, self._site, self._memory, self._plan, self._read_plan)

    @property
    def source(self) -> str:
        """Id of the source."""
        return self._source

    @property
    def alarms(self) -> tuple[str, ...]:
        """Nothing: what goes wrong is raised."""
        return ()

    async def close(self) -> None:
        """Close connections and files."""
        await self._site.close()
        self._memory.close()

    async def changes(self, cursor: str) -> Changes:
        """Fetch what is new; see `Upstream.changes`."""
        had = await asyncio.to_thread(self._memory.settle, cursor)
        state = _state(self._memory) if had else State()
        if not state.started:
            state = self._begun(state)
        now_s = self._clock.boot_s()
        if self._planned_s is None or now_s - self._planned_s >= _PLAN_EVERY_S:
            await self._read_plan()
        device = await self._site.device()
        news = News(self._memory, state.anew)
        slugs = tuple(sorted(self._plan.events))
        if set(slugs) - set(state.events):
            # Orders of an event that is new here may be old.
            state = replace(state, since=_without(state.since, ORDERS.key), events=slugs)
        feeds = feeds_of(slugs)
        reader = Reader(self._source, self._plan, self._plan.ring, device.numbers)
        for _ in range(_PAGES):
            feed = next((feed for feed in feeds if feed.key not in state.done), None)
            if feed is None:
                break
            state, rows = await self._page(state, feed)
            if feed is ORDERS and self._tells_of_strangers(rows):
                await self._read_plan()
                reader = Reader(self._source, self._plan, self._plan.ring, device.numbers)
            await asyncio.to_thread(self._take, feed, rows, reader, news)
        return await asyncio.to_thread(self._answer, state, feeds, news)

    async def report(self, reports: Sequence[Report]) -> Sequence[Outcome]:
        """Hand over check-ins; see `Upstream.report`."""
        return await self._reporter.report(reports)

    def _begun(self, state: State) -> State:
        now = self._clock.now()
        far = now - state.far >= _FAR_EVERY_MS
        return replace(state, started=now, done=(), at="", page=1, far=now if far else state.far)

    async def _read_plan(self) -> None:
        events = await self._site.events(self._clock.now(), _FOLLOWED_MS)
        self._plan.take(events)
        self._planned_s = self._clock.boot_s()

    async def _page(self, state: State, feed: Feed) -> tuple[State, Sequence[Fields]]:
        at = state.at or state.since.get(feed.key, "")
        page = await self._site.page(feed, at, state.page)
        if feed is ORDERS and not state.generated and page.generated is not None:
            state = replace(state, generated=page.generated)
        last = page.rows[-1].text(feed.field, 60) if page.rows else at
        if not page.more:
            kept = {**state.since, feed.key: last} if last else state.since
            return replace(state, since=kept, done=(*state.done, feed.key), at="", page=1), (
                page.rows
            )
        if not page.rows:
            raise WireError("pretix says that there is more, and gives nothing.")
        # Onwards by time, not by page: a row that is changed meanwhile moves behind the others.
        stuck = last == at
        return replace(state, at=last, page=state.page + 1 if stuck else 1), page.rows

    def _tells_of_strangers(self, orders: Iterable[Fields]) -> bool:
        """Tell whether an order names an event, product or date that is not known yet."""
        for order in orders:
            event = self._plan.events.get(order.text("event"))
            if event is None:
                return True
            for row in order.items("positions", 10_000):
                key = (row.integer("item", 1, 2**53), row.maybe_integer("variation", 1, 2**53) or 0)
                subevent = row.maybe_integer("subevent", 1, 2**53) or 0
                if key not in event.products or subevent not in event.days:
                    return True
        return False

    def _take(self, feed: Feed, rows: Iterable[Fields], reader: Reader, news: News) -> None:
        for row in rows:
            if feed is ORDERS:
                event = self._plan.events.get(row.text("event"))
                if event is not None:
                    news.positions(reader.positions(row, event))
                continue
            id, code = row.integer("id", 1, 2**53), reader.code_of(row.text("secret", 1_000))
            if code is None:
                _log.error("pretix refuses a code that no lane could read; it is left out.")
            elif feed.key.startswith("revoked/"):
                news.revoked(id, code)
            else:
                news.blocked(id, code, row.flag("blocked"))

    def _answer(self, state: State, feeds: Sequence[Feed], news: News) -> Changes:
        news.entries(self._plan.entries())
        complete = {feed.key for feed in feeds} <= set(state.done)
        as_of = Instant(state.started) if complete else None
        if complete:
            state = _ended(state)
        told = news.told()
        return replace(
            news.changes(),
            cursor=self._memory.tell(told, asdict(state)),
            as_of=as_of,
            more=not complete,
        )


def _ended(state: State) -> State:
    since = state.since
    if state.generated:
        back = _FAR_BACK_MS if state.far == state.started else _BACK_MS
        since = dict.fromkeys(since, iso(Instant(state.generated - back)))
    return replace(state, since=since, started=0, generated=0, anew=False)


def _without(since: dict[str, str], key: str) -> dict[str, str]:
    return {each: time for each, time in since.items() if each != key}


def _state(memory: Memory) -> State:
    plain = memory.state()
    listed = {name: tuple(plain[name]) for name in ("done", "events")} if plain else {}
    return State(**{**plain, **listed})
