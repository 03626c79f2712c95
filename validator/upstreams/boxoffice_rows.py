"""Rows of the box office's feed, read strictly.

What is malformed, or says something unknown here (a newer box office), is a `WireError`: the row is
set aside and keeps nothing else out. A kind of rows that is unknown is passed over, loudly.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass

from validator.bounds import LONGEST_NUMBER, LONGEST_SEAT, MOST_ADMITTED
from validator.clock import Instant
from validator.errors import TokenError, WireError
from validator.keys import KEY_BYTES, KeyRing
from validator.model import (
    CodeId,
    Entry,
    IssuerKey,
    KeyState,
    Listing,
    Opaque,
    Pass,
    Performance,
    Ref,
    Revocation,
    RevocationKind,
    Serial,
    Shape,
    Source,
    Status,
    Tariff,
    Ticket,
    TicketId,
)
from validator.token import read
from validator.wire.fields import Fields

SOURCE = "boxoffice"
"""Id of the box office, as in `Ticket.source`."""

_log = logging.getLogger(__name__)

_NAME = "The box office"
_U16, _U32 = 0xFFFF, 0xFFFF_FFFF
_UNTOLD = Instant(0)
"""The gateway sets `Revocation.since` itself."""

_SERIAL = re.compile(r"[0-9]{1,10}\.[0-9]{1,10}")
_KEYS = {"performance": "scope", "pass": "scope", "tariff": "id", "key": "kid"}
"""What entries of the catalogue are numbered by."""

_VALID = "valid"
_REVOKED = {"cancelled": RevocationKind.CANCELLED, "exchanged": RevocationKind.EXCHANGED}


@dataclass(frozen=True, slots=True)
class TicketRow:
    """What one ticket's present state means for control.

    Args:
        listings: Its codes, replaced ones too: they still name the ticket.
        revocations: Of the ticket, and of replaced codes.
        lifted: The ticket, if a cancellation was taken back or a pass enabled.
    """

    listings: tuple[Listing, ...] = ()
    revocations: tuple[Revocation, ...] = ()
    lifted: tuple[Ref, ...] = ()


def read_ticket(row: Fields, ring: KeyRing) -> TicketRow:
    """Read a ticket.

    Args:
        row: From the feed.
        ring: Hides plain codes.

    Raises:
        WireError: The row is malformed.
    """
    number, state = row.text("number", LONGEST_NUMBER), row.text("state")
    if state != _VALID and state not in _REVOKED:
        raise WireError(f"{_NAME} told of a ticket with a state that is unknown here.")
    ticket = Ticket(
        id=TicketId(row.text("id", 80)),
        scope=row.integer("scope", 1, _U32),
        tariff=row.integer("tariff", 1, _U16),
        source=SOURCE,
        zones=row.integer("zones", 0, _U32),
        admits=row.integer("admits", 1, MOST_ADMITTED),
        attention=row.flag("attention"),
        number=number,
        seat=row.maybe_text("seat", LONGEST_SEAT),
        status=row.choice("status", Status),
        distributor=row.maybe_text("distributor") or "",
    )
    listings: list[Listing] = []
    revocations: list[Revocation] = []
    if state in _REVOKED:
        replacement = row.maybe_text("replacement", LONGEST_NUMBER)
        revocations.append(Revocation(ticket.id, _REVOKED[state], _UNTOLD, replacement))
    for code in row.items("codes", 1000):
        key = _code(ticket, code, ring)
        if key is None:
            continue
        listings.append(Listing(key, ticket))
        if code.flag("replaced"):
            revocations.append(Revocation(key, RevocationKind.EXCHANGED, _UNTOLD, number))
    disabled = state == _VALID and row.flag("disabled")
    if disabled:
        revocations.append(Revocation(ticket.id, RevocationKind.SUSPENDED, _UNTOLD))
    back = state == _VALID and row.flag("reactivated") and not disabled
    lifted = (ticket.id,) if back else ()
    return TicketRow(tuple(listings), tuple(revocations), lifted)


def id_of(row: Fields, sequence: int) -> str:
    """Return how people find a row: what it tells of, if that can be read, or its sequence.

    A reseller's ticket is called by its printed number, which is nobody's business: it has none.
    """
    try:
        kind = row.text("kind", 20)
        if kind == "ticket" and _SERIAL.fullmatch(ticket := row.text("id", 80)):
            return f"ticket {ticket}"
        if key := _KEYS.get(kind):
            return f"{kind} {row.integer(key, 1, _U32)}"
    except WireError:
        pass
    return f"change {sequence}"


def read_entry(kind: str, row: Fields) -> Entry | None:
    """Read an entry of the catalogue; None for a kind that is unknown here.

    Raises:
        WireError: The row is malformed.
    """
    match kind:
        case "performance":
            return _performance(row)
        case "pass":
            return _pass(row)
        case "tariff":
            return _tariff(row)
        case "key":
            return _key(row)
        case "source":
            return _source(row)
        case _:
            _log.error("The box office tells of %r, which is unknown here.", kind[:20])
            return None


def _code(ticket: Ticket, code: Fields, ring: KeyRing) -> CodeId | Serial | None:
    if code.has("serial"):
        return Serial(ticket.scope, code.integer("serial", 1, _U32))
    try:
        # Read as a lane reads it, so that both arrive at the same canonical text.
        reading = read(code.text("text", 500), ring, code.text("symbology", 40))
    except TokenError:
        reading = None
    if isinstance(reading, Opaque):
        return reading.code
    _log.error("Ticket %s has a code that no lane could read; it is left out.", ticket.number)
    return None


def _performance(row: Fields) -> Performance:
    return Performance(
        scope=row.integer("scope", 1, _U32),
        event=row.text("event"),
        name=row.text("name"),
        doors=row.instant("doors"),
        start=row.instant("start"),
        end=row.instant("end"),
        zone=row.text("timezone", 60),
        cutoff_min=row.integer("cutoff_min", 0, 1440),
    )


def _pass(row: Fields) -> Pass:
    return Pass(
        scope=row.integer("scope", 1, _U32),
        name=row.text("name"),
        performances=_scopes(row, "performances"),
        limit=row.maybe_integer("limit", 1, _U32),
        per_day=row.maybe_integer("per_day", 1, _U32),
        per_performance=row.maybe_integer("per_performance", 1, _U32),
        choice=row.maybe_integer("choice", 1, _U32),
    )


def _scopes(row: Fields, field: str) -> tuple[int, ...]:
    scopes = row.array(field, 100_000)
    if not all(isinstance(scope, int) and 1 <= scope <= _U32 for scope in scopes):
        raise WireError(f"{_NAME} told of '{field}' that are no numbers.")
    return tuple(scope for scope in scopes if isinstance(scope, int))


def _tariff(row: Fields) -> Tariff:
    return Tariff(
        id=row.integer("id", 1, _U16),
        name=row.texts("name"),
        icon=row.maybe_text("icon", 40) or "",
        attention=row.texts("attention"),
    )


def _key(row: Fields) -> IssuerKey:
    try:
        public = bytes.fromhex(row.text("public", 64))
    except ValueError as error:
        raise WireError(f"{_NAME} told of an issuer key that is not hexadecimal.") from error
    if len(public) != KEY_BYTES:
        raise WireError(f"{_NAME} told of an issuer key that has not {KEY_BYTES} bytes.")
    return IssuerKey(
        kid=row.integer("kid", 1, _U16),
        public=public,
        state=row.choice("state", KeyState),
        scopes=_scopes(row, "scopes"),
        source=SOURCE,
    )


def _source(row: Fields) -> Source:
    shapes = (
        Shape(shape.text("symbology", 40), shape.integer("length", 1, 500))
        for shape in row.items("shapes", 1000)
    )
    return Source(SOURCE, row.text("name"), tuple(shapes))
