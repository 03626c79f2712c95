"""One complete look at a shop, request by request; an error in between loses nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import TypeVar

from validator.clock import Instant
from validator.errors import WireError
from validator.upstreams.infomaniak.assumed_api import (
    EVENTS,
    LISTS,
    OVERLAP,
    PAGE,
    PASS_KINDS,
    SINGLE,
    id_of,
    number_of,
    read_event,
    read_pass_kind,
    read_sold,
    read_zone,
    rows,
    single,
)
from validator.upstreams.infomaniak.catalogue import ShopCatalogue
from validator.upstreams.infomaniak.client import Answer, Client
from validator.upstreams.infomaniak.settings import Settings
from validator.upstreams.infomaniak.types import Sold
from validator.upstreams.sieve import Sieve

T = TypeVar("T")

_MOST_STEPS_BACK = 20


class FullRead:
    """Reads performances, then each list to its end, then single tickets that are asked for.

    Args:
        client: Of the shop.
        settings: The shop.
        catalogue: Is brought up to date.
        began: Wall clock: what is found is known to have been so then, or later.
        with_zones: Zones, tariffs and subscriptions are read too; they seldom change.

    Attributes:
        began, with_zones: As above.
        seen: Keys of everything that a list held.
        gone: Keys that were asked for and are unknown there.
        pages: Requests so far.
        sieve: What could not be read, by id.
        whole: No list moved so much that rows may have been missed.
    """

    def __init__(
        self,
        client: Client,
        settings: Settings,
        catalogue: ShopCatalogue,
        began: Instant,
        with_zones: bool,
    ) -> None:
        self.began = began
        self.seen: set[str] = set()
        self.gone: set[str] = set()
        self.pages = 0
        self.sieve = Sieve("Infomaniak")
        self.whole = True
        self.with_zones = with_zones
        self._client = client
        self._settings = settings
        self._catalogue = catalogue
        self._offset, self._steps_back = 0, 0
        self._page: set[str] = set()
        self._found: list[Sold] = []
        self._full = False
        self._errands: deque[Callable[[], Awaitable[bool]]] = deque([self._read_events])
        self._errands += [self._list(kind) for kind in LISTS]

    @property
    def over(self) -> bool:
        """Whether there is nothing left to read."""
        return not self._errands

    async def step(self) -> bool:
        """Send the next request; one that fails is the next one again.

        Returns:
            Whether it gave a full page, so that the end may be far.

        Raises:
            RetryLater: The service can't be reached, is broken, or asks to wait.
            NotAllowed: It does not accept our keys.
            WireError: Its answer can't be understood; nothing was taken from it.
        """
        self._full = False
        if await self._errands[0]():
            self._errands.popleft()
        self.pages += 1
        return self._full

    def taken(self) -> list[Sold]:
        """Return what was found since the last time."""
        found, self._found = self._found, []
        return found

    def ask_for(self, keys: Iterable[str]) -> None:
        """Ask for single tickets next."""
        self._errands += [self._single(key) for key in keys]

    async def _read_events(self) -> bool:
        answer = await self._client.shop(EVENTS)
        zone = self._settings.zone
        plain = _listed(answer, EVENTS)
        events = self._readable(plain, "event", partial(read_event, zone=zone))
        wanted = self._settings.events
        found = {event.date: event for event in events if not wanted or event.event in wanted}
        catalogue = self._catalogue
        catalogue.events = found
        ids = {event.event for event in found.values()}
        unread = ids if self.with_zones else ids - catalogue.zones.keys()
        first: list[Callable[[], Awaitable[bool]]] = [self._zones(id) for id in sorted(unread)]
        if self.with_zones:
            first.append(self._read_pass_kinds)
        for errand in reversed(first):
            self._errands.insert(1, errand)
        return True

    def _zones(self, event: int) -> Callable[[], Awaitable[bool]]:
        async def read() -> bool:
            answer = await self._client.shop(f"event/{event}/zones")
            name = f"event {event}, zone"
            if answer.status == 404:
                self._catalogue.zones[event] = ()
            elif (
                plain := self.sieve.take(f"{name}s", partial(_listed, answer, "zones"))
            ) is not None:
                self._catalogue.zones[event] = tuple(self._readable(plain, name, read_zone))
            return True

        return read

    async def _read_pass_kinds(self) -> bool:
        answer = await self._client.shop(PASS_KINDS)
        if answer.status != 404:
            plain = _listed(answer, PASS_KINDS)
            kinds = self._readable(plain, "pass category", read_pass_kind)
            self._catalogue.pass_kinds = {kind.id: kind for kind in kinds}
        return True

    def _list(self, kind: str) -> Callable[[], Awaitable[bool]]:
        async def read() -> bool:
            over = await self._read_page(kind)
            if over:
                self._offset, self._steps_back, self._page = 0, 0, set()
            return over

        return read

    async def _read_page(self, kind: str) -> bool:
        """Read a page; return whether it was the last.

        It must overlap the one before. If it does not, the list has shrunk meanwhile and rows
        were skipped: they are looked for further ahead.
        """
        start = max(0, self._offset - OVERLAP)
        query = {"limit": str(PAGE), "offset": str(start)}
        if self._settings.since:
            query["begin"] = self._settings.since
        answer = await self._client.counter(LISTS[kind], query)
        if answer.status == 404 and kind != "ticket":
            return True
        page = _listed(answer, LISTS[kind])
        ids = [
            self.sieve.take(f"{kind} at place {place}", partial(id_of, row, kind))
            for place, row in enumerate(page, start + 1)
        ]
        keys = {f"{kind}-{id}" for id in ids if id is not None}
        if start > 0 and not keys & self.seen:
            self._steps_back += 1
            if self._steps_back > _MOST_STEPS_BACK:
                self.whole = False
                return True
            self._offset = max(0, self._offset - PAGE)
            return False
        again = start > 0 and keys == self._page
        new, self._page = keys - self.seen, keys
        self.seen |= keys
        for row, id in zip(page, ids, strict=True):
            if (key := f"{kind}-{id}") in new:
                self._take(key, row)
        self._offset = start + len(page)
        self._full = len(page) >= PAGE
        # A page that brings nothing new is the end, or one that was gone back to.
        return not new and (len(page) <= OVERLAP or again)

    def _single(self, key: str) -> Callable[[], Awaitable[bool]]:
        async def read() -> bool:
            kind, _, id = key.partition("-")
            answer = await self._client.counter(f"{SINGLE[kind]}/{id}")
            if answer.ok:
                if (said := self.sieve.take(key, partial(_good, answer, key))) is not None:
                    self._take(key, single(said, kind))
                self.seen.add(key)
            elif answer.status == 404:
                self.gone.add(key)
            return True

        return read

    def _take(self, key: str, row: object) -> None:
        sold = self.sieve.take(key, partial(read_sold, row, key.partition("-")[0]))
        if sold is not None and self._catalogue.follows(sold):
            self._found.append(sold)

    def _readable(
        self, plain: Iterable[object], name: str, reader: Callable[[object], T]
    ) -> list[T]:
        """Read rows; one that can't be read is called by the name and its number or place."""
        found: list[T] = []
        for place, row in enumerate(plain, 1):
            id = f"{name} {number_of(row) or f'at place {place}'}"
            if (read := self.sieve.take(id, partial(reader, row))) is not None:
                found.append(read)
        return found


def _listed(answer: Answer, name: str) -> list[object]:
    return rows(_good(answer, name), name)


def _good(answer: Answer, name: str) -> object:
    if not answer.ok:
        raise WireError(f"Infomaniak does not give its {name} (status {answer.status}).")
    if answer.body is None:
        raise WireError(f"What Infomaniak answers for {name} is no JSON.")
    return answer.body
