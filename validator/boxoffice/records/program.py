"""What an organiser announces: an event with its zones, performances and tariffs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from validator.boxoffice.model import Offer
from validator.clock import Instant, time_zones
from validator.errors import FixRequest
from validator.model import Tariff
from validator.wire.fields import Fields

MOST_PERFORMANCES = 200
"""Performances that one announcement may hold."""

MOST_TARIFFS = 200
"""Tariffs that one announcement may hold."""

MOST_OFFERS = 1000
"""Offers of one performance."""

HIGHEST_PRICE = 100_000_000
"""Of a ticket, in cents."""

_LATEST = Instant(4_102_444_800_000)
"""The year 2100: what is later was mistyped."""

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_BIT = re.compile(r"[12]?[0-9]|3[01]")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")
_ICON = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


@dataclass(frozen=True, slots=True)
class AnnouncedPerformance:
    """A performance that is announced.

    Args:
        scope: Its number; None = the one that it has, or a new one.
        name: For people, up to 200 characters.
        doors: When guests may come in.
        start: When it begins.
        end: When nobody is let in any more.
        zone: IANA time zone of the venue.
        cutoff_min: Minutes after local midnight at which the day of limits turns, 0 to 1440.
    """

    scope: int | None
    name: str
    doors: Instant
    start: Instant
    end: Instant
    zone: str
    cutoff_min: int


@dataclass(frozen=True, slots=True)
class Program:
    """An event as it is announced.

    Args:
        id: Lower-case letters, digits and dashes, up to 40.
        name: For people, up to 200 characters.
        zones: Name by bit number 0 to 31.
        performances: 1 to 200.
        tariffs: Up to 200; their numbers are the whole box office's.
        offers: Up to 1,000: what each of the performances is sold for.
    """

    id: str
    name: str
    zones: Mapping[int, str]
    performances: tuple[AnnouncedPerformance, ...]
    tariffs: tuple[Tariff, ...]
    offers: tuple[Offer, ...] = ()


def read_program(fields: Fields) -> Program:
    """Read an announcement from JSON.

    Args:
        fields: `id`, `name`, `zones` (`{"0": "Stalls"}`), `performances` (`scope` may be missing,
            `name`, `doors`, `start`, `end`, `zone`, `cutoff_min` may be missing), `tariffs`
            (`id`, `name` by language, `icon` and `attention` may be missing) and, if they are
            there, `offers` (see `read_offers`).

    Raises:
        FixRequest: A field is missing or wrong; the sentence names it.
    """
    id = fields.text("id", 40)
    if not _ID.fullmatch(id):
        raise FixRequest("The body: 'id' must be lower-case letters, digits and dashes.")
    shows = [
        _show(item, f"The body: 'performances' {place}")
        for place, item in enumerate(fields.items("performances", MOST_PERFORMANCES), 1)
    ]
    if not shows:
        raise FixRequest("The body: 'performances' must hold at least one.")
    _once("performances", "scope", [show.scope for show in shows if show.scope is not None])
    _once("performances", "name and start", [(show.name, show.start) for show in shows])
    tariffs = [
        _tariff(item, f"The body: 'tariffs' {place}")
        for place, item in enumerate(fields.items("tariffs", MOST_TARIFFS), 1)
    ]
    _once("tariffs", "id", [tariff.id for tariff in tariffs])
    return Program(
        id,
        _line(fields, "name", "The body"),
        _zones(fields),
        tuple(shows),
        tuple(tariffs),
        read_offers(fields),
    )


def read_offers(fields: Fields) -> tuple[Offer, ...]:
    """Read what is on sale: `offers` of `tariff` and `price`; `zone`, `quantity` may be missing.

    Raises:
        FixRequest: A field is wrong, or two of them are for the same tariff and zone.
    """
    if not fields.has("offers"):
        return ()
    offers = tuple(
        Offer(
            zone=item.maybe_integer("zone", 0, 31),
            tariff=item.integer("tariff", 1, 0xFFFF),
            price=item.integer("price", 0, HIGHEST_PRICE),
            quantity=item.maybe_integer("quantity", 0, 10_000_000),
        )
        for item in fields.items("offers", MOST_OFFERS)
    )
    _once("offers", "tariff and zone", [(offer.tariff, offer.zone) for offer in offers])
    return offers


def check_times(where: str, doors: Instant, start: Instant, end: Instant, zone: str) -> None:
    """Check that a performance can take place.

    Args:
        where: How it is called in errors.
        doors: When guests may come in.
        start: When it begins.
        end: When nobody is let in any more.
        zone: IANA time zone.

    Raises:
        FixRequest: The times are out of order, or the time zone is unknown.
    """
    if doors > start:
        raise FixRequest(f"{where}: 'doors' must not be after 'start'.")
    if start >= end:
        raise FixRequest(f"{where}: 'end' must be after 'start'.")
    if zone not in time_zones():
        raise FixRequest(f"{where}: 'zone' must be an IANA time zone such as Europe/Zurich.")


def local_time(instant: Instant, zone: str) -> datetime:
    """Return what a clock at the venue shows.

    Args:
        instant: When.
        zone: IANA time zone of the venue.
    """
    return datetime.fromtimestamp(instant / 1000, UTC).astimezone(ZoneInfo(zone))


def _show(fields: Fields, where: str) -> AnnouncedPerformance:
    times = {field: fields.instant(field) for field in ("doors", "start", "end")}
    for field, at in times.items():
        if not 0 <= at < _LATEST:
            raise FixRequest(f"{where}: '{field}' must be from 1970 to 2099.")
    zone = fields.text("zone", 60)
    check_times(where, times["doors"], times["start"], times["end"], zone)
    return AnnouncedPerformance(
        scope=fields.maybe_integer("scope", 1, 0xFFFF_FFFF),
        name=_line(fields, "name", where),
        doors=times["doors"],
        start=times["start"],
        end=times["end"],
        zone=zone,
        cutoff_min=fields.maybe_integer("cutoff_min", 0, 1440) or 0,
    )


def _tariff(fields: Fields, where: str) -> Tariff:
    icon = fields.maybe_text("icon", 40) or ""
    if icon and not _ICON.fullmatch(icon):
        raise FixRequest(f"{where}: 'icon' must be lower-case letters, digits and dashes.")
    name = _by_language(fields, "name", where)
    if not name:
        raise FixRequest(f"{where}: 'name' must be given in one language at least.")
    attention = _by_language(fields, "attention", where) if fields.has("attention") else {}
    return Tariff(fields.integer("id", 1, 0xFFFF), name, icon, attention)


def _zones(fields: Fields) -> dict[int, str]:
    zones = fields.texts("zones")
    for bit, name in zones.items():
        if not _BIT.fullmatch(bit):
            raise FixRequest("The body: 'zones' must have numbers from 0 to 31 as names of fields.")
        if not _fits(name):
            raise FixRequest(f"The body: 'zones' {bit} must be a name in one line.")
    return {int(bit): name for bit, name in zones.items()}


def _by_language(fields: Fields, field: str, where: str) -> dict[str, str]:
    texts = fields.texts(field)
    for language, text in texts.items():
        if not _LANGUAGE.fullmatch(language):
            raise FixRequest(f"{where}: '{field}' must have languages such as en as its fields.")
        if not _fits(text):
            raise FixRequest(f"{where}: '{field}' in '{language}' must be a text in one line.")
    return texts


def _line(fields: Fields, field: str, where: str) -> str:
    text = fields.text(field)
    if not _fits(text):
        raise FixRequest(f"{where}: '{field}' must be a text in one line.")
    return text


def _fits(text: str) -> bool:
    return bool(text.strip()) and text.isprintable()


def _once(field: str, what: str, keys: Sequence[object]) -> None:
    if len(set(keys)) < len(keys):
        raise FixRequest(f"The body: two of '{field}' have the same {what}.")
