"""The API of one pretix, by what is asked: events with all that belongs to them, and feeds."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from validator.clock import Instant
from validator.errors import WireError
from validator.upstreams.pretix.client import PAGE, Answer, Client, path_of
from validator.upstreams.pretix.device import Device, connect, is_for
from validator.upstreams.pretix.events import Event, read_event
from validator.upstreams.pretix.memory import Memory
from validator.upstreams.pretix.settings import Settings
from validator.upstreams.sieve import Sieve
from validator.wire.fields import Fields

_MOST_PAGES = 1_000


@dataclass(frozen=True, slots=True)
class Feed:
    """A list that is read onwards, by the time of its rows.

    Args:
        key: Of its own.
        path: Below the organizer.
        since: Name of the parameter that asks for rows from an instant on, that one included.
        field: Which holds that instant; the rows are ordered by it.
        event: Whose it is; empty = of all.
    """

    key: str
    path: str
    since: str
    field: str
    event: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a feed.

    Args:
        rows: At most `PAGE`.
        more: There are further rows.
        generated: When pretix began to answer, by its clock; None = it doesn't say.
    """

    rows: tuple[Fields, ...]
    more: bool
    generated: Instant | None


ORDERS = Feed("orders", "orders/", "modified_since", "last_modified")


def feeds_of(events: Iterable[str]) -> tuple[Feed, ...]:
    """Return everything that is read onwards: orders first, then what refuses their codes."""
    return (
        ORDERS,
        *(
            feed
            for event in events
            for feed in (
                Feed(
                    f"revoked/{event}",
                    path_of("events", event, "revokedsecrets"),
                    "created_since",
                    "created",
                    event,
                ),
                Feed(
                    f"blocked/{event}",
                    path_of("events", event, "blockedsecrets"),
                    "updated_since",
                    "updated",
                    event,
                ),
            )
        ),
    )


class PretixApi:
    """Speaks to a pretix as its device.

    Args:
        settings: The pretix.
        memory: Keeps our device.
    """

    def __init__(self, settings: Settings, memory: Memory) -> None:
        self._settings = settings
        self._client = Client(settings.url)
        self._memory = memory
        self._device = memory.device()
        self._connecting = asyncio.Lock()

    async def device(self) -> Device:
        """Return our device; connected at first, and anew with a new code.

        Raises:
            NotAllowed: It can't be connected.
            RetryLater: pretix can't be reached.
        """
        setup = self._settings.setup
        # Poller and forwarder may both be the first to ask; the code works once.
        async with self._connecting:
            if self._device is None or not is_for(self._device, setup):
                self._device = await connect(self._client, setup, self._device)
                self._memory.keep_device(self._device)
            return self._device

    async def events(self, now: Instant, after_ms: int, sieve: Sieve) -> list[Event]:
        """Read the events that are followed.

        Args:
            now: Our clock.
            after_ms: Unless they are named in the settings, events that ended so long ago are
                left out; of a series nobody knows when it ends.
            sieve: Takes what can't be read of them.
        """
        named = self._settings.events
        found: list[Event] = []
        for place, row in enumerate(await self._rows("events/"), 1):
            slug = sieve.take(f"event at place {place}", partial(row.text, "slug"))
            # pretix's own filter `ends_after` leaves out every series.
            lasts = partial(_lasts, row, Instant(now - after_ms))
            if slug is None or not (slug in named if named else sieve.take(f"event {slug}", lasts)):
                continue
            answer = await self._get(path_of("events", slug), {})
            detail = sieve.take(f"event {slug}", answer.fields)
            if detail and (event := await self._event(slug, detail, sieve)) is not None:
                found.append(event)
        return found

    async def page(self, feed: Feed, since: str, number: int) -> Page:
        """Read a page of a feed.

        Args:
            feed: Which.
            since: Time of the first rows, as pretix wrote it; empty = from the beginning.
            number: Page from there on, from 1.
        """
        query = {"ordering": feed.field, "page_size": str(PAGE), "page": str(number)}
        if feed is ORDERS:
            query["include_canceled_positions"] = "true"
        if since:
            query[feed.since] = since
        answer = await self._get(feed.path, query)
        found = answer.fields()
        return Page(
            tuple(map(_row, found.array("results", PAGE))), found.has("next"), answer.generated
        )

    async def subevent_of(self, event: str, position: int) -> int | None:
        """Return the date of a position, 0 = the event is no series; None = it is not there."""
        path = path_of("events", event, "orderpositions", position)
        answer = await self._get(path, {"include_canceled_positions": "true"})
        if answer.status == 404:
            return None
        return answer.fields().maybe_integer("subevent", 1, 2**53) or 0

    async def post(self, path: str, body: object) -> Answer:
        """Send something to the organizer's part of the API."""
        device = await self.device()
        return await self._client.post(device.token, _below(device, path), body)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _event(self, slug: str, detail: Fields, sieve: Sieve) -> Event | None:
        path = path_of("events", slug)
        items = await self._rows(f"{path}items/")
        lists = await self._rows(f"{path}checkinlists/")
        series = detail.value("has_subevents") is True
        dates = await self._rows(f"{path}subevents/") if series else []
        questions = await self._rows(f"{path}questions/")
        read = partial(read_event, detail, items, lists, dates, questions, sieve)
        return sieve.take(f"event {slug}", read)

    async def _rows(self, path: str) -> list[Fields]:
        rows: list[Fields] = []
        for number in range(1, _MOST_PAGES + 1):
            answer = await self._get(path, {"page": str(number)})
            found = answer.fields()
            rows += map(_row, found.array("results", PAGE))
            if not found.has("next"):
                return rows
        raise WireError(f"pretix has more than {_MOST_PAGES * PAGE} rows of {path}")

    async def _get(self, path: str, query: dict[str, str]) -> Answer:
        device = await self.device()
        return await self._client.get(device.token, _below(device, path), query)


def _row(plain: object) -> Fields:
    """Return a row; one that is no object has no field that could be read."""
    return Fields(plain if isinstance(plain, dict) else {}, WireError, "A row of pretix")


def _lasts(event: Fields, since: Instant) -> bool:
    end = "date_to" if event.has("date_to") else "date_from"
    return event.flag("has_subevents") or event.instant(end) >= since


def _below(device: Device, path: str) -> str:
    return path_of("organizers", device.organizer) + path
