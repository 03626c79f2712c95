"""All that is assumed of Infomaniak's SHOP API 0.4.0: in this file and nowhere else.

The live service was not asked. What stands here is what public clients of the API do, and where
they are silent, a guess that does no harm if it is wrong. `docs/infomaniak.md` lists what to
compare with the live service; the words for states are configuration.

Source: facts of the ticketing system as its public guides and clients describe it, 2026.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from zoneinfo import ZoneInfo

from validator.clock import HOUR_MS, Instant
from validator.errors import WireError
from validator.upstreams.infomaniak.json_rows import Row, read_time
from validator.upstreams.infomaniak.types import Event, PassKind, Sold, Zone

URL = "https://etickets.infomaniak.com/api/shop"
"""Without the closing slash."""

LIMIT, WINDOW_S = 60, 60.0
"""Requests in any so many seconds, of all keys together."""

PAGE = 500
"""Tickets asked for at once. Whether the service gives as many does not matter: a list ends where
a page brings nothing new."""

OVERLAP = 10
"""Tickets by which pages overlap, so that a list that shrinks meanwhile is noticed."""

LANGUAGES = {"fr": "fr_FR", "en": "en_GB", "de": "de_DE"}
CURRENCIES = {"CHF": "1", "EUR": "2"}

VALID, CANCELLED, USED = ("valid",), ("cancelled", "canceled"), ("used", "scanned")
"""What a status means unless the configuration says otherwise. Only `valid` is known."""

EVENTS, PASS_KINDS = "events", "categorypasses"
"""Asked for with the shop's key; everything below with the counter's."""

LISTS = {"ticket": "tickets", "imported": "importedtickets", "pass": "passes"}
"""Paths of the lists, by what their rows are. One that does not exist (404) counts as empty as
long as it never held anything."""

SINGLE = {"ticket": "ticket", "pass": "pass"}
"""Paths of one row, before its id; an imported ticket can't be asked for."""

LOGIN = "login"

LASTS_MS, DOORS_MS = 6 * HOUR_MS, 2 * HOUR_MS
"""A performance that names no end is over six hours after its start; one that names no doors opens
them two hours before it."""

EARLIEST_MS = 18 * HOUR_MS
"""Doors that are named by the hour only open so long before the start at most, or else after it."""

ALREADY = re.compile(r"already|d[ée]j[àa]|bereits|gi[àa]\b", re.IGNORECASE)
"""Stands in the error of a scan that changes nothing: the ticket is in (or out) there already."""

GONE_PASSES = 2
"""A ticket that is on no list any more, and unknown (404) when asked for, in so many passes in a
row, while its performance is still shown, counts as cancelled."""


class Scanning(Enum):
    """What is told of a ticket, and the end point that takes it: `PUT ticket/CODE/...`."""

    ENTRY = "scan"
    REENTRY = "scan-in"
    EXIT = "scan-out"


def rows(answer: object, name: str) -> list[object]:
    """Return the rows of a list: bare, or under `data` or its own name.

    Raises:
        WireError: There are none.
    """
    if isinstance(answer, dict):
        answer = next((answer[key] for key in ("data", name) if key in answer), None)
    if not isinstance(answer, list):
        raise WireError(f"Infomaniak's answer holds no list of {name}.")
    return answer


def single(answer: object, kind: str) -> object:
    """Return the object of an answer: bare, or under `data` or its kind."""
    if isinstance(answer, dict):
        return next((answer[key] for key in ("data", kind) if key in answer), answer)
    return answer


def credential_in(answer: object) -> str:
    """Return the token that a login gave.

    Raises:
        WireError: There is none.
    """
    found = Row(single(answer, "login")).text(4096, "credential", "token")
    if not found:
        raise WireError("Infomaniak's answer to the login holds no credential.")
    return found


def is_already(answer: object) -> bool:
    """Tell whether a refused scan was refused because the ticket is in (or out) there already."""
    if not isinstance(answer, dict):
        return False
    said = Row(answer)
    return ALREADY.search(f"{said.text(500, 'error')} {said.text(60, 'error_code')}") is not None


def why(answer: object) -> str:
    """Return what a refused scan says; its text may name the customer, so only the code counts."""
    code = Row(answer).text(60, "error_code") if isinstance(answer, dict) else ""
    return f" (error code {code})" if code else ""


def id_of(row: object, kind: str) -> int:
    """Return a row's number.

    Raises:
        WireError: It has none.
    """
    return Row(row).number(f"{kind}_id", "id", "imported_ticket_id")


def number_of(row: object) -> int | None:
    """Return the number of a performance, zone or kind of passes; None = it has none."""
    if not isinstance(row, dict):
        return None
    return Row(row).maybe_number("event_id", "zone_id", "category_id", "id")


def read_event(row: object, zone: ZoneInfo) -> Event:
    """Read a performance; times without an offset are the venue's.

    Raises:
        WireError: Its number or date is missing or malformed.
    """
    said = Row(row)
    event = said.number("event_id", "id")
    start = said.time(zone, "start", "date")
    if start is None:
        raise WireError("An event of Infomaniak names no date.")
    end = said.time(zone, "closing_doors", "end", since=start)
    doors = said.time(zone, "opening_doors", since=Instant(start - EARLIEST_MS))
    return Event(
        date=said.maybe_number("date_id") or event,
        event=event,
        name=said.text(200, "name") or f"Event {event}",
        doors=Instant(start - DOORS_MS) if doors is None else doors,
        start=start,
        end=Instant(start + LASTS_MS) if end is None else end,
    )


def read_zone(row: object) -> Zone:
    """Read a zone with its categories.

    Raises:
        WireError: A number is missing.
    """
    said = Row(row)
    found = said.value("categories")
    categories = [Row(item) for item in found] if isinstance(found, list) else []
    names = {item.number("category_id", "id"): item.text(200, "name") for item in categories}
    return Zone(said.number("zone_id", "id"), names)


def read_pass_kind(row: object) -> PassKind:
    """Read a subscription that can be bought; a limit of 0 is none, no events are all of them.

    Raises:
        WireError: Its number is missing.
    """
    said = Row(row)
    id = said.number("category_id", "id")
    return PassKind(
        id=id,
        name=said.text(200, "name") or f"Pass {id}",
        limit=said.maybe_number("max_tickets"),
        per_day=said.maybe_number("max_tickets_per_day"),
        per_performance=said.maybe_number("max_tickets_performance"),
        dates=tuple(_numbers(said.value("events"))),
    )


def read_sold(row: object, kind: str) -> Sold:
    """Read a row of one of `LISTS`.

    Raises:
        WireError: What control needs of it is missing or malformed.
    """
    said = Row(row)
    code = code_in(said.text(200, "code", "barcode", "qrcode", "ticket_number", "number"))
    return Sold(
        kind=kind,
        id=id_of(row, kind),
        code=code,
        number=said.text(64, "ticket_number", "number") or code[:64],
        status=said.text(60, "status").lower(),
        date=said.maybe_number("date_id"),
        event=said.maybe_number("event_id"),
        category=said.maybe_number("category_id", "pass_category_id") or 0,
        category_name=said.text(200, "category_name", "category"),
        zone=said.maybe_number("zone_id"),
        seat=said.text(40, "seat", "seat_name") or None,
        distributor=said.text(80, "distributor", "reseller"),
        used_at=said.text(40, "scanned_at", "scan_date", "used_at"),
    )


def code_in(text: str) -> str:
    """Return the code by which the scanning end points know a ticket.

    `2000000000A^0^100000000` is `00000000A`: up to the first `^`, without two characters.

    Raises:
        WireError: There is none.
    """
    found = text.partition("^")[0][2:] if "^" in text else text
    if not found or not found.isprintable():
        raise WireError("A ticket of Infomaniak has no code that could be scanned.")
    return found


def used_at(sold: Sold, zone: ZoneInfo, now: Instant) -> Instant:
    """Return when a ticket was scanned; not told, or ahead: now, when it was learned."""
    try:
        return min(read_time(sold.used_at, zone), now)
    except WireError:
        return now


def _numbers(found: object) -> Iterator[int]:
    for item in found if isinstance(found, list) else []:
        yield Row(item if isinstance(item, dict) else {"id": item}).number(
            "date_id", "event_id", "id"
        )
