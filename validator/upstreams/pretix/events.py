"""What pretix says of one event: products, dates, check-in lists, questions, keys."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from validator.clock import Instant
from validator.errors import WireError
from validator.model import Reentry
from validator.upstreams.sieve import Sieve
from validator.wire.fields import Fields

T = TypeVar("T")

_BIG = 2**53
_MOST = 100_000
_SIGNED = "pretix_sig1"
_LONGEST_RULE = 32_768
"""With all that stands around it, half of the longest row that lanes are sent."""

_NAMED = frozenset({"product", "variation"})
"""Of these a rule's look-ups name the number; gates it knows by their name."""


@dataclass(frozen=True, slots=True)
class Product:
    """A product, or one of its variations.

    Args:
        item: Number of the product.
        variation: Number of the variation; 0 = it has none.
        name: By language.
        text: What staff must read; empty = nothing.
        attention: Staff must look at the guest.
    """

    item: int
    variation: int
    name: Mapping[str, str]
    text: str
    attention: bool


@dataclass(frozen=True, slots=True)
class Day:
    """A date: of a series, or the event itself.

    Args:
        subevent: Number; 0 = the event itself.
        name: For people.
        admission: When guests may come.
        start: When it begins.
        end: When it ends.
    """

    subevent: int
    name: str
    admission: Instant
    start: Instant
    end: Instant


@dataclass(frozen=True, slots=True)
class CheckInList:
    """A check-in list.

    Args:
        id: Number.
        name: For people.
        items: Products that it is for; None = all.
        subevent: Date that it is for; None = all of the event's.
        pending: Unpaid orders are on it too.
        reentry: Who may come back.
        rule: JSONLogic; empty = none.
        addons: An add-on may stand for its ticket.
    """

    id: int
    name: str
    items: frozenset[int] | None
    subevent: int | None
    pending: bool
    reentry: Reentry
    rule: str
    addons: bool


@dataclass(frozen=True, slots=True)
class Event:
    """All that is known of an event.

    Args:
        slug: Short form.
        name: For people.
        timezone: IANA time zone.
        keys: Public keys of its signed codes, 32 bytes each.
        days: Dates by number; one with number 0 if it is no series.
        products: By product and variation.
        lists: Check-in lists by number.
        asked: Questions that must be answered at check-in, by product.
    """

    slug: str
    name: str
    timezone: str
    keys: tuple[bytes, ...]
    days: Mapping[int, Day]
    products: Mapping[tuple[int, int], Product]
    lists: Mapping[int, CheckInList]
    asked: Mapping[int, frozenset[int]]


def read_event(
    detail: Fields,
    items: Sequence[Fields],
    lists: Sequence[Fields],
    subevents: Sequence[Fields],
    questions: Sequence[Fields],
    sieve: Sieve,
) -> Event:
    """Put together what pretix says of an event.

    Args:
        detail: The event itself.
        items: Its products.
        lists: Its check-in lists.
        subevents: Dates of a series.
        questions: What guests are asked.
        sieve: Takes rows of these lists that can't be read.

    Raises:
        WireError: The event itself is malformed.
    """
    slug, whole = detail.text("slug"), _day(detail, 0)
    is_series = detail.flag("has_subevents")
    of = f"event {slug}"
    series = list(_readable(sieve, f"{of}, date", subevents, _date))
    asked: dict[int, set[int]] = {}
    for question, its in _readable(sieve, f"{of}, question", questions, _question):
        for item in its:
            asked.setdefault(item, set()).add(question)
    products = [
        product
        for found in _readable(sieve, f"{of}, product", items, _products)
        for product in found
    ]
    return Event(
        slug=slug,
        name=whole.name,
        timezone=detail.zone("timezone"),
        keys=_keys(detail, of, sieve),
        days={day.subevent: day for day in (series if is_series else [whole])},
        products={(product.item, product.variation): product for product in products},
        lists={row.id: row for row in _readable(sieve, f"{of}, check-in list", lists, _list)},
        asked={item: frozenset(ids) for item, ids in asked.items()},
    )


def _readable(
    sieve: Sieve, name: str, rows: Sequence[Fields], reader: Callable[[Fields], T]
) -> Iterator[T]:
    for place, row in enumerate(rows, 1):
        if (found := sieve.take(_name(name, row, place), partial(reader, row))) is not None:
            yield found


def _name(name: str, row: Fields, place: int) -> str:
    try:
        return f"{name} {row.integer('id', 1, _BIG)}"
    except WireError:
        return f"{name} at place {place}"


def name_of(names: Mapping[str, str]) -> str:
    """Return a name for people in some language."""
    return (names.get("en") or next(filter(None, names.values()), "?"))[:80]


def _day(row: Fields, subevent: int) -> Day:
    start = row.instant("date_from")
    end = row.instant("date_to") if row.has("date_to") else start
    admission = row.instant("date_admission") if row.has("date_admission") else start
    return Day(subevent, name_of(row.texts("name", 1000)), admission, start, end)


def _date(row: Fields) -> Day:
    return _day(row, row.integer("id", 1, _BIG))


def _question(row: Fields) -> tuple[int, list[int]]:
    asked = row.flag("ask_during_checkin")
    return row.integer("id", 1, _BIG), _numbers(row, "items") if asked else []


def _products(row: Fields) -> list[Product]:
    return list(_variations(row))


def _variations(row: Fields) -> Iterator[Product]:
    item, name = row.integer("id", 1, _BIG), row.texts("name", 1000)
    text, attention = row.maybe_text("checkin_text", 10_000) or "", row.flag("checkin_attention")
    variations = row.items("variations", _MOST)
    if not variations:
        yield Product(item, 0, name, text, attention)
    for variation in variations:
        value = variation.texts("value", 1000)
        yield Product(
            item,
            variation.integer("id", 1, _BIG),
            {
                language: " ".join(filter(None, (name.get(language), value.get(language))))
                for language in {**name, **value}
            },
            " ".join(filter(None, (variation.maybe_text("checkin_text", 10_000), text))),
            attention or variation.flag("checkin_attention"),
        )


def _list(row: Fields) -> CheckInList:
    reentry = Reentry.AFTER_EXIT if row.flag("allow_entry_after_exit") else Reentry.NEVER
    rules = row.value("rules")
    rule = json.dumps(_short(rules), separators=(",", ":")) if rules else ""
    if len(rule) > _LONGEST_RULE:
        raise WireError(f"pretix told of a rule of more than {_LONGEST_RULE} characters.")
    return CheckInList(
        id=row.integer("id", 1, _BIG),
        name=row.text("name", 1000)[:80],
        items=None if row.flag("all_products") else frozenset(_numbers(row, "limit_products")),
        subevent=row.maybe_integer("subevent", 1, _BIG),
        pending=row.flag("include_pending"),
        reentry=Reentry.ALWAYS if row.flag("allow_multiple_entries") else reentry,
        rule=rule,
        addons=row.flag("addon_match"),
    )


def _short(rule: Any) -> Any:
    """Return a rule without the names of products, which make it many times longer."""
    if isinstance(rule, list):
        return [_short(part) for part in rule]
    if not isinstance(rule, dict):
        return rule
    looked = rule.get("lookup")
    if isinstance(looked, list) and len(looked) > 1 and looked[0] in _NAMED:
        return looked[1]
    return {name: _short(part) for name, part in rule.items()}


def _numbers(row: Fields, field: str) -> list[int]:
    numbers = row.array(field, _MOST)
    found = [number for number in numbers if isinstance(number, int)]
    if len(found) != len(numbers):
        raise WireError(f"pretix told of '{field}' that are no numbers.")
    return found


def _keys(detail: Fields, of: str, sieve: Sieve) -> tuple[bytes, ...]:
    if not detail.has("valid_keys") or not (known := detail.part("valid_keys")).has(_SIGNED):
        return ()
    keys = enumerate(known.array(_SIGNED, 100), 1)
    found = [sieve.take(f"{of}, key at place {place}", partial(_key, key)) for place, key in keys]
    return tuple(key for key in found if key is not None)


def _key(text: object) -> bytes:
    try:
        key = load_pem_public_key(base64.b64decode(str(text), validate=True))
    except (ValueError, binascii.Error, UnsupportedAlgorithm) as error:
        raise WireError("pretix told of a key that can't be read.") from error
    if not isinstance(key, Ed25519PublicKey):
        raise WireError("pretix told of a key of an unknown kind.")
    return key.public_bytes_raw()
