"""One complete look at a shop, request by request; an error in between loses nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Iterable
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
        troubles: What could not be read, by what is wrong with it, counted.
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
        self.troubles: dict[str, int] = {}
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
        events = self._readable(answer, EVENTS, lambda row: read_event(row, zone))
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
            found = [] if answer.status == 404 else self._readable(answer, "zones", read_zone)
            self._catalogue.zones[event] = tuple(found)
            return True

        return read

    async def _read_pass_kinds(self) -> bool:
        answer = await self._client.shop(PASS_KINDS)
        if answer.status != 404:
            kinds = self._readable(answer, PASS_KINDS, read_pass_kind)
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
        page = rows(_good(answer, LISTS[kind]), LISTS[kind])
        ids = [self._id(row, kind) for row in page]
        keys = {f"{kind}-{id}" for id in ids if id is not None}
        if page and not keys:
            raise WireError(f"None of Infomaniak's {LISTS[kind]} can be read.")
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
        fresh = (row for row, id in zip(page, ids, strict=True) if f"{kind}-{id}" in new)
        self._take(fresh, kind)
        self._offset = start + len(page)
        self._full = len(page) >= PAGE
        # A page that brings nothing new is the end, or one that was gone back to.
        return not new and (len(page) <= OVERLAP or again)

    def _single(self, key: str) -> Callable[[], Awaitable[bool]]:
        async def read() -> bool:
            kind, _, id = key.partition("-")
            answer = await self._client.counter(f"{SINGLE[kind]}/{id}")
            if answer.ok:
                self._take([single(_good(answer, kind), kind)], kind)
                self.seen.add(key)
            elif answer.status == 404:
                self.gone.add(key)
            return True

        return read

    def _take(self, page: Iterable[object], kind: str) -> None:
        for row in page:
            try:
                sold = read_sold(row, kind)
            except WireError as error:
                self.trouble(str(error))
                continue
            if self._catalogue.follows(sold):
                self._found.append(sold)

    def _readable(self, answer: Answer, name: str, reader: Callable[[object], T]) -> list[T]:
        """Read rows; one that can't be read keeps no other out, but some must be readable."""
        found: list[T] = []
        plain = rows(_good(answer, name), name)
        for row in plain:
            try:
                found.append(reader(row))
            except WireError as error:
                self.trouble(str(error))
        if plain and not found:
            raise WireError(f"None of Infomaniak's {name} can be read.")
        return found

    def _id(self, row: object, kind: str) -> int | None:
        try:
            return id_of(row, kind)
        except WireError as error:
            self.trouble(str(error))
            return None

    def trouble(self, what: str) -> None:
        """Count something that could not be read."""
        self.troubles[what] = self.troubles.get(what, 0) + 1


def _good(answer: Answer, name: str) -> object:
    if not answer.ok:
        raise WireError(f"Infomaniak does not give its {name} (status {answer.status}).")
    if answer.body is None:
        raise WireError(f"What Infomaniak answers for {name} is no JSON.")
    return answer.body
