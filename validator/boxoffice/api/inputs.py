"""What callers of the HTTP API send in paths, queries and bodies, read with its bounds."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Self

from aiohttp import web

from validator.bounds import LONGEST_SEAT, MOST_ADMITTED
from validator.boxoffice.letters.prints import PaperSize
from validator.boxoffice.model import Item, Refund
from validator.boxoffice.records.program import HIGHEST_PRICE
from validator.boxoffice.selling.passes import MOST_PERFORMANCES, NEW_PASS
from validator.errors import FixRequest
from validator.http.bodies import body_of, parse_json
from validator.model import Pass
from validator.wire.fields import Fields

MAX_BODY = 2 * 1024 * 1024
"""Largest body that is read, in bytes."""

REQUEST_DIGEST = web.RequestKey("digest", bytes)
"""Digest of what a request asks for, once its body was read."""

ORDER = "/api/v1/orders/{order:[0-9]{1,12}}"
"""Path of an order; see `order_number`."""


@dataclass(frozen=True, slots=True)
class CancellationBody:
    """What the operator says about a cancellation.

    Args:
        refund: Method.
        reason: Why.
        amount: Refunded, in cents; None = the whole price.
    """

    refund: Refund
    reason: str
    amount: int | None

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read `refund`, `reason` and, if it is there, `amount`.

        Raises:
            FixRequest: A field is missing or wrong.
        """
        return cls(
            fields.choice("refund", Refund),
            fields.text("reason"),
            fields.maybe_integer("amount", 0, HIGHEST_PRICE * 500),
        )


def order_number(request: web.Request) -> int:
    """Return the order that a path names."""
    return int(request.match_info["order"])


def read_limit(request: web.Request, usual: int) -> int:
    """Read how many are asked for at most.

    Args:
        request: With `limit` in its query.
        usual: Without it.

    Raises:
        FixRequest: It is no whole number of at most five digits.
    """
    limit = request.query.get("limit", str(usual))
    if not (limit.isascii() and limit.isdigit() and len(limit) < 6):
        raise FixRequest("'limit' must be a whole number.")
    return int(limit)


def paper_size(request: web.Request) -> PaperSize:
    """Return the paper that a query names; A4 without one.

    Raises:
        FixRequest: No printer of ours holds it.
    """
    asked = request.query.get("paper", PaperSize.A4)
    if asked not in list(PaperSize):
        raise FixRequest(f"'paper' must be one of {', '.join(PaperSize)}.")
    return PaperSize(asked)


def read_item(fields: Fields) -> Item:
    """Read a ticket that somebody wants.

    Raises:
        FixRequest: A field is missing or wrong.
    """
    return Item(
        scope=fields.integer("performance", 1, 0xFFFF_FFFF),
        tariff=fields.integer("tariff", 1, 0xFFFF),
        zone=fields.maybe_integer("zone", 0, 31),
        seat=fields.maybe_text("seat", LONGEST_SEAT),
        admits=fields.maybe_integer("admits", 1, MOST_ADMITTED) or 1,
        price=fields.maybe_integer("price", 0, HIGHEST_PRICE) or 0,
    )


def read_pass(fields: Fields) -> Pass:
    """Read a pass: `name`, `performances`; `scope` and limits may be missing.

    Raises:
        FixRequest: A field is missing or wrong.
    """
    scopes = fields.array("performances", MOST_PERFORMANCES)
    if not all(type(scope) is int and 1 <= scope <= 0xFFFF_FFFF for scope in scopes):
        raise FixRequest("The body: 'performances' must be a list of their numbers.")
    return Pass(
        scope=fields.maybe_integer("scope", 1, 0xFFFF_FFFF) or NEW_PASS,
        name=fields.text("name"),
        performances=tuple(scope for scope in scopes if isinstance(scope, int)),
        limit=fields.maybe_integer("limit", 1, 1_000_000),
        per_day=fields.maybe_integer("per_day", 1, 1_000_000),
        per_performance=fields.maybe_integer("per_performance", 1, 1_000_000),
        choice=fields.maybe_integer("choice", 1, MOST_PERFORMANCES),
    )


def read_texts(fields: Fields, field: str, most: int) -> list[str]:
    """Read a list of short texts.

    Raises:
        FixRequest: It is no list, too long, or holds something else.
    """
    values = fields.array(field, most)
    if not all(isinstance(value, str) and len(value) <= 64 for value in values):
        raise FixRequest(f"The body: '{field}' must be a list of texts of 64 characters at most.")
    return [str(value) for value in values]


async def read_body(request: web.Request) -> Fields:
    """Read a JSON object.

    Raises:
        FixRequest: The body is too large, or no JSON object in UTF-8.
    """
    data = await body_of(request, MAX_BODY)
    request[REQUEST_DIGEST] = hashlib.sha256(f"{request.path}\n".encode() + data).digest()
    plain = parse_json(data)
    try:
        # Half a surrogate pair passes the parser; no database and no answer can hold it.
        json.dumps(plain, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise FixRequest("The body is no JSON in UTF-8.") from error
    return Fields(plain, FixRequest)
