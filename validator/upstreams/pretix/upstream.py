"""Follows a pretix by its feeds, and hands check-ins back to it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path

from validator.clock import Clock, Instant, iso, parse_iso
from validator.errors import WireError
from validator.keys import KeyRing
from validator.ports import Changes, Outcome, Report
from validator.upstreams.pretix.api import ORDERS, Feed, PretixApi, feeds_of
from validator.upstreams.pretix.catalogue import PretixCatalogue
from validator.upstreams.pretix.diff import Diff
from validator.upstreams.pretix.memory import Memory
from validator.upstreams.pretix.orders import OrderReader
from validator.upstreams.pretix.reporting import Reporter
from validator.upstreams.pretix.settings import Settings
from validator.upstreams.sieve import MOST_ASIDE, Sieve, set_aside
from validator.wire.fields import Fields

_log = logging.getLogger(__name__)

_PAGES = 20
"""Pages of one answer: at most so many are read again if it is lost."""

_CATALOGUE_EVERY_S = 60.0
_FOLLOWED_MS = 7 * 24 * 3_600_000
_BACK_MS, _FAR_BACK_MS, _FAR_EVERY_MS = 30_000, 900_000, 600_000
"""A row bears the time at which its writing began, and is seen once that is through. So every pass
reaches back a little, and now and then far."""


@dataclass(frozen=True, slots=True)
class Progress:
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
        began: By feed, the time from which the pass under way reads; missing = from the beginning.
        aside: By id, what is known of rows that can't be read: their feed, its time there (empty =
            its beginning), what is wrong, and when the pass began that met them last.
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
    began: dict[str, str] = field(default_factory=dict)
    aside: dict[str, tuple[str, str, str, int]] = field(default_factory=dict)


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
        self._api = PretixApi(settings, self._memory)
        self._catalogue = PretixCatalogue(source, self._memory, ring.code_key)
        self._catalogue_read_s: float | None = None
        self._catalogue_aside: dict[str, str] = {}
        self._reporter = Reporter(
            source, self._api, self._memory, self._catalogue, self._read_catalogue
        )

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
        await self._api.close()
        self._memory.close()

    async def changes(self, cursor: str) -> Changes:
        """Fetch what is new; see `Upstream.changes`."""
        had = await asyncio.to_thread(self._memory.settle, cursor)
        progress = _progress(self._memory) if had else Progress()
        if not progress.started:
            progress = self._begun(progress)
        now_s = self._clock.boot_s()
        if self._catalogue_read_s is None or now_s - self._catalogue_read_s >= _CATALOGUE_EVERY_S:
            await self._read_catalogue()
        device = await self._api.device()
        diff = Diff(self._memory, progress.anew)
        slugs = tuple(sorted(self._catalogue.events))
        if set(slugs) - set(progress.events):
            # Orders of an event that is new here may be old.
            progress = replace(
                progress,
                since=_without(progress.since, ORDERS.key),
                began=_without(progress.began, ORDERS.key),
                events=slugs,
            )
        feeds = feeds_of(slugs)
        reader = OrderReader(self._source, self._catalogue, self._catalogue.ring, device.numbers)
        for _ in range(_PAGES):
            feed = next((feed for feed in feeds if feed.key not in progress.done), None)
            if feed is None:
                break
            at = progress.at or progress.since.get(feed.key, "")
            progress, rows = await self._page(progress, feed, at)
            if feed is ORDERS and self._tells_of_strangers(rows):
                await self._read_catalogue()
                reader = OrderReader(
                    self._source, self._catalogue, self._catalogue.ring, device.numbers
                )
            aside = await asyncio.to_thread(self._take, progress, feed, at, rows, reader, diff)
            progress = replace(progress, aside=aside)
        return await asyncio.to_thread(self._answer, progress, feeds, diff)

    async def report(self, reports: Sequence[Report]) -> Sequence[Outcome]:
        """Hand over check-ins; see `Upstream.report`."""
        return await self._reporter.report(reports)

    def _begun(self, progress: Progress) -> Progress:
        now = self._clock.now()
        far = now - progress.far >= _FAR_EVERY_MS
        return replace(
            progress,
            started=now,
            done=(),
            at="",
            page=1,
            far=now if far else progress.far,
            began=progress.since,
        )

    async def _read_catalogue(self) -> None:
        sieve = Sieve("pretix")
        events = await self._api.events(self._clock.now(), _FOLLOWED_MS, sieve)
        read = {event.slug for event in events}
        # An event that can't be read now stays as it was.
        events += [
            event
            for slug, event in self._catalogue.events.items()
            if slug not in read and f"event {slug}" in sieve.aside
        ]
        self._catalogue.take(events)
        self._catalogue_aside = dict(sieve.aside)
        self._catalogue_read_s = self._clock.boot_s()

    async def _page(
        self, progress: Progress, feed: Feed, at: str
    ) -> tuple[Progress, Sequence[Fields]]:
        page = await self._api.page(feed, at, progress.page)
        if feed is ORDERS and not progress.generated and page.generated is not None:
            progress = replace(progress, generated=page.generated)
        times = (_time(row, feed) for row in reversed(page.rows))
        last = next(filter(None, times), at)
        if not page.more:
            kept = {**progress.since, feed.key: last} if last else progress.since
            done = (*progress.done, feed.key)
            return replace(progress, since=kept, done=done, at="", page=1), page.rows
        if not page.rows:
            raise WireError("pretix says that there is more, and gives nothing.")
        # Onwards by time, not by page: a row that is changed meanwhile moves behind the others.
        stuck = last == at
        return replace(progress, at=last, page=progress.page + 1 if stuck else 1), page.rows

    def _tells_of_strangers(self, orders: Iterable[Fields]) -> bool:
        """Tell whether an order names an event, product or date that is not known yet."""
        for order in orders:
            # What can't be read is set aside when it is taken.
            with suppress(WireError):
                if self._is_of_strangers(order):
                    return True
        return False

    def _is_of_strangers(self, order: Fields) -> bool:
        event = self._catalogue.events.get(order.text("event"))
        if event is None:
            return True
        for row in order.items("positions", 10_000):
            key = (row.integer("item", 1, 2**53), row.maybe_integer("variation", 1, 2**53) or 0)
            subevent = row.maybe_integer("subevent", 1, 2**53) or 0
            if key not in event.products or subevent not in event.days:
                return True
        return False

    def _take(
        self,
        progress: Progress,
        feed: Feed,
        at: str,
        rows: Iterable[Fields],
        reader: OrderReader,
        diff: Diff,
    ) -> dict[str, tuple[str, str, str, int]]:
        """Take the rows of a page; return what is set aside after it."""
        aside = dict(progress.aside)
        for place, row in enumerate(rows, 1):
            sieve, time = Sieve("pretix"), _time(row, feed)
            name = f"row of {time}" if time else f"row {place} after {at or 'the beginning'}"
            if feed is ORDERS:
                self._take_order(row, f"orders, {name}", reader, diff, sieve)
            else:
                sieve.take(f"{feed.key}, {name}", partial(_take_code, feed, row, reader, diff))
            for id in sieve.read:
                aside.pop(id, None)
            for id, why in sieve.aside.items():
                aside[id] = (feed.key, time or at, why, progress.started)
        if len(aside) > MOST_ASIDE:
            raise WireError(
                f"More than {MOST_ASIDE} rows of pretix can't be read; nothing was changed."
            )
        return aside

    def _take_order(
        self, row: Fields, name: str, reader: OrderReader, diff: Diff, sieve: Sieve
    ) -> None:
        slug = sieve.take(name, partial(row.text, "event"))
        event = self._catalogue.events.get(slug) if slug else None
        if event is not None:
            diff.positions(reader.positions(row, event, name, sieve))

    def _answer(self, progress: Progress, feeds: Sequence[Feed], diff: Diff) -> Changes:
        diff.entries(self._catalogue.entries())
        complete = {feed.key for feed in feeds} <= set(progress.done)
        started = progress.started
        if complete:
            progress = _ended(progress)
        why = {id: why for id, (_, _, why, _) in progress.aside.items()} | self._catalogue_aside
        as_of = Instant(started) if complete and not why else None
        told = diff.told()
        return replace(
            diff.changes(),
            cursor=self._memory.tell(told, asdict(progress)),
            as_of=as_of,
            more=not complete,
            aside=set_aside(why),
        )


def _take_code(feed: Feed, row: Fields, reader: OrderReader, diff: Diff) -> None:
    id, code = row.integer("id", 1, 2**53), reader.code_of(row.text("secret", 1_000))
    if code is None:
        _log.error("pretix refuses a code that no lane could read; it is left out.")
    elif feed.key.startswith("revoked/"):
        diff.revoked(id, code)
    else:
        diff.blocked(id, code, row.flag("blocked"))


def _ended(progress: Progress) -> Progress:
    """Begin the rest after a pass: where the next one reads from, and what is still set aside."""
    since, far = dict(progress.since), progress.far == progress.started
    if progress.generated:
        back = _FAR_BACK_MS if far else _BACK_MS
        since = dict.fromkeys(since, iso(Instant(progress.generated - back)))
    aside = {
        id: row
        for id, row in progress.aside.items()
        # One that the pass would have met again, and did not, is gone.
        if row[3] == progress.started or not _reaches(progress.began.get(row[0], ""), row[1])
    }
    for feed, time, _, _ in aside.values() if far else ():
        if not _reaches(since.get(feed, ""), time):
            since = {**since, feed: time} if time else _without(since, feed)
    return replace(progress, since=since, started=0, generated=0, anew=False, aside=aside)


def _reaches(began: str, time: str) -> bool:
    """Tell whether a pass that reads from one time on meets a row of another; empty = the first."""
    return not began or (bool(time) and parse_iso(began) <= parse_iso(time))


def _time(row: Fields, feed: Feed) -> str:
    """Return the time of a row as pretix wrote it; empty = it can't be read."""
    try:
        row.instant(feed.field)
        return row.text(feed.field, 60)
    except WireError:
        return ""


def _without(since: dict[str, str], key: str) -> dict[str, str]:
    return {each: time for each, time in since.items() if each != key}


def _progress(memory: Memory) -> Progress:
    plain = memory.state()
    listed = {name: tuple(plain[name]) for name in ("done", "events")} if plain else {}
    aside = {id: tuple(row) for id, row in plain.get("aside", {}).items()}
    return Progress(**{**plain, **listed, "aside": aside})
