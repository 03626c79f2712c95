"""Orders of pretix: which tickets they are here, what cancels them, who went through."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from hashlib import blake2s

from validator.clock import Instant
from validator.errors import TokenError, WireError
from validator.keys import KeyRing
from validator.model import (
    CodeId,
    DeviceId,
    Direction,
    Listing,
    Opaque,
    Status,
    Ticket,
    TicketId,
    Use,
    uuid7,
)
from validator.token import read
from validator.upstreams.pretix.catalogue import PretixCatalogue
from validator.upstreams.pretix.events import Event
from validator.upstreams.sieve import Sieve
from validator.wire.fields import Fields

_BIG = 2**53
_MOST = 10_000
_LONGEST_TEXT = 200
_PENDING, _PAID = "n", "p"
_GONE = frozenset({"e", "c"})


@dataclass(frozen=True, slots=True)
class Position:
    """What one position of an order is here.

    Args:
        id: Its number.
        ticket: Entitlement.
        code: By which it is scanned; None = no lane could read it.
        gone: It is cancelled, or its order is cancelled or expired.
        uses: Check-ins of other devices, oldest first.
        event: Short form of its event.
        subevent: Date; 0 = no series.
    """

    id: int
    ticket: Ticket
    code: CodeId | None
    gone: bool
    uses: tuple[Use, ...]
    event: str
    subevent: int

    @property
    def listing(self) -> Listing | None:
        """Its row; None = it has none."""
        return Listing(self.code, self.ticket) if self.code is not None else None


class OrderReader:
    """Reads the orders of one pretix.

    Args:
        source: Id of the source.
        catalogue: What is on.
        ring: Reads codes as lanes do.
        own: Numbers of the devices whose check-ins are known here already.
    """

    def __init__(
        self, source: str, catalogue: PretixCatalogue, ring: KeyRing, own: Collection[int]
    ) -> None:
        self._source = source
        self._catalogue = catalogue
        self._ring = ring
        self._own = own

    def positions(self, order: Fields, event: Event, name: str, sieve: Sieve) -> list[Position]:
        """Read an order.

        Args:
            order: As pretix gives it.
            event: Whose it is.
            name: How people find it, should its positions not be readable.
            sieve: Takes positions that can't be read.
        """
        plain = sieve.take(name, lambda: order.array("positions", _MOST))
        rows = [
            Fields(row if isinstance(row, dict) else {}, WireError, "A position of pretix")
            for row in plain or []
        ]
        addons: dict[int, list[CodeId]] = {}
        for row in rows:
            # What can't be read is told below.
            with suppress(WireError):
                parent, code = row.maybe_integer("addon_to", 1, _BIG), self._code(row)
                if parent is not None and code is not None and not row.flag("canceled"):
                    addons.setdefault(parent, []).append(code)
        found = [
            sieve.take(
                _name(row, f"{name}, position at place {place}"),
                partial(self._position, order, row, event, addons),
            )
            for place, row in enumerate(rows, 1)
        ]
        return [position for position in found if position is not None]

    def code_of(self, secret: str) -> CodeId | None:
        """Return the digest of a secret; None = no lane could read it."""
        try:
            reading = read(secret, self._ring)
        except TokenError:
            return None
        return reading.code if isinstance(reading, Opaque) else None

    def _position(
        self, order: Fields, row: Fields, event: Event, addons: dict[int, list[CodeId]]
    ) -> Position:
        id = row.integer("id", 1, _BIG)
        item, variation = row.integer("item", 1, _BIG), row.maybe_integer("variation", 1, _BIG) or 0
        subevent = row.maybe_integer("subevent", 1, _BIG) or 0
        ticket = Ticket(
            id=TicketId(f"{self._source}:{id}"),
            scope=self._catalogue.show(event.slug, subevent),
            tariff=self._catalogue.tariff(item, variation),
            source=self._source,
            valid_from=row.instant("valid_from") if row.has("valid_from") else None,
            # pretix lets in at that very instant still.
            valid_until=Instant(row.instant("valid_until") + 1) if row.has("valid_until") else None,
            attention=order.flag("checkin_attention"),
            number=f"{order.text('code', 40)}-{row.integer('positionid', 1, _BIG)}",
            seat=_seat(row),
            status=_status(order, row, event.asked.get(item, frozenset())),
            note=(order.maybe_text("checkin_text", 10_000) or "")[:_LONGEST_TEXT],
            # pretix gives rows of one instant now in this order, now in that.
            addons=tuple(sorted(addons.get(id, ()))),
        )
        uses = sorted(
            self._uses(row, ticket.id, event.slug, subevent), key=lambda use: (use.at, use.id)
        )
        gone = row.flag("canceled") or order.text("status", 1) in _GONE
        return Position(id, ticket, self._code(row), gone, tuple(uses), event.slug, subevent)

    def _code(self, row: Fields) -> CodeId | None:
        return self.code_of(row.text("secret", 1_000))

    def _uses(self, row: Fields, ticket: TicketId, event: str, subevent: int) -> Iterator[Use]:
        for check_in in row.items("checkins", _MOST):
            device = check_in.maybe_integer("device_id", 1, _BIG)
            if device in self._own:
                continue
            id, at = check_in.integer("id", 1, _BIG), check_in.instant("datetime")
            list_ = check_in.integer("list", 1, _BIG)
            digest = blake2s(f"{self._source}/{id}".encode(), digest_size=10).digest()
            yield Use(
                id=uuid7(at, digest),
                ticket=ticket,
                performance=self._catalogue.door(event, subevent, list_),
                direction=check_in.choice("type", Direction),
                count=1,
                at=at,
                gate=self._catalogue.gate(list_),
                device=DeviceId(f"{self._source}:{device or 'web'}"),
            )


def _name(row: Fields, otherwise: str) -> str:
    try:
        return f"position {row.integer('id', 1, _BIG)}"
    except WireError:
        return otherwise


def _status(order: Fields, row: Fields, asked: frozenset[int]) -> Status:
    state = order.text("status", 1)
    if state not in {_PENDING, _PAID, *_GONE}:
        raise WireError("pretix told of an order with an unknown status.")
    if state == _PENDING and order.flag("require_approval"):
        return Status.UNAPPROVED
    if state == _PENDING and not order.flag("valid_if_pending"):
        return Status.UNPAID
    answered = {answer.integer("question", 1, _BIG) for answer in row.items("answers", _MOST)}
    return Status.INCOMPLETE if asked - answered else Status.OK


def _seat(row: Fields) -> str | None:
    name = row.part("seat").maybe_text("name", 1_000) if row.has("seat") else None
    return name[:40] if name else None
