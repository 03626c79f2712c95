"""Rows of orders and tickets: written when something is sold, read by everyone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from validator.bounds import LONGEST_SEAT, MOST_ADMITTED
from validator.boxoffice.database import Transaction
from validator.boxoffice.model import (
    Code,
    Item,
    NotFound,
    Order,
    Payment,
    Refund,
    Refused,
    SoldTicket,
    TicketState,
)
from validator.boxoffice.records.catalogue import SOURCE, performance_of, tariff_of, zone_name
from validator.boxoffice.records.issuer import IssuedToken, Issuer
from validator.boxoffice.records.offers import check_left
from validator.boxoffice.records.program import HIGHEST_PRICE
from validator.boxoffice.records.settings import settings_of
from validator.clock import DAY_MS, Instant
from validator.errors import FixRequest
from validator.model import TicketId

LANGUAGES = ("en", "fr", "de", "es", "it")
"""Languages of letters to customers."""

_SIGNS = "34679ACDEFGHJKMNPQRTUVWXY"
"""No two look alike: without 0 O, 1 I L, 2 Z, 5 S, 8 B."""

_RANDOM_SIGNS = 4
_FIRST_ORDER = 1001


def ticket_number(order: int, position: int, entropy: Callable[[int], bytes]) -> str:
    """Make a printed number such as `1043-2-K7QM`; its last part can't be guessed from others."""
    signs: list[str] = []
    while len(signs) < _RANDOM_SIGNS:
        # Bytes above the last multiple are thrown away, so that every sign is equally likely.
        signs += [
            _SIGNS[byte % len(_SIGNS)] for byte in entropy(8) if byte < 256 // len(_SIGNS) * 25
        ]
    return f"{order}-{position}-{''.join(signs[:_RANDOM_SIGNS])}"


def check_item(transaction: Transaction, item: Item) -> None:
    """Check that an item can be sold.

    Raises:
        FixRequest: It names something that is not there, or its seat is sold.
    """
    performance_of(transaction, item.scope)
    tariff_of(transaction, item.tariff)
    zone_name(transaction, item.scope, item.zone)
    if not 1 <= item.admits <= MOST_ADMITTED:
        raise FixRequest(f"A ticket admits 1 to {MOST_ADMITTED} people.")
    if not 0 <= item.price <= HIGHEST_PRICE:
        raise FixRequest("A price is from 0 to 1,000,000.00.")
    if item.seat is not None and not 1 <= len(item.seat) <= LONGEST_SEAT:
        raise FixRequest(f"A seat has 1 to {LONGEST_SEAT} characters.")
    check_seat(transaction, item.scope, item.zone, item.seat)
    check_left(transaction, item)


def check_seat(transaction: Transaction, scope: int, zone: int | None, seat: str | None) -> None:
    """Check that a seat is free.

    Raises:
        FixRequest: Somebody else has it; the error names the ticket.
    """
    holder = transaction.value(
        "SELECT number FROM tickets WHERE scope = ? AND zone IS ? AND seat = ? AND state = 'valid'",
        scope,
        zone,
        seat,
    )
    if holder is not None:
        raise Refused(
            "seat_sold",
            f"Seat {seat} is sold to ticket {holder}. Choose another seat.",
            seat=seat or "",
            ticket=holder,
        )


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who buys, and how it is paid.

    Args:
        name: 1 to 200 characters.
        email: At most 200 characters; may be empty.
        language: Of letters, such as `fr`.
        payment: Method.
        paid: It is paid already.
        distributor: Reseller; empty = the organiser's own customer.
        replaces: Number of the order that this one is remade from.
    """

    name: str = field(repr=False)
    email: str = field(repr=False, default="")
    language: str = "en"
    payment: Payment = Payment.CARD
    paid: bool = True
    distributor: str = ""
    replaces: int | None = None


def add_order(transaction: Transaction, buyer: Buyer) -> int:
    """Write an order without tickets and return its number.

    Raises:
        FixRequest: Its customer has no name, or something is too long.
    """
    if not buyer.name.strip() or len(buyer.name) > 200 or len(buyer.email) > 200:
        raise FixRequest("An order needs a name; name and e-mail have 200 characters at most.")
    if buyer.language not in LANGUAGES:
        raise FixRequest(f"'language' must be one of {', '.join(LANGUAGES)}.")
    number = transaction.value(
        "SELECT max(ifnull(max(number), 0) + 1, ?) FROM orders", _FIRST_ORDER
    )
    transaction.run(
        "INSERT INTO orders (number, customer, email, paid, distributor, at, payment, language,"
        " due, replaces) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        number,
        buyer.name,
        buyer.email,
        int(buyer.paid),
        buyer.distributor,
        transaction.now,
        buyer.payment,
        buyer.language,
        due_of(transaction, buyer.payment, buyer.paid),
        buyer.replaces,
    )
    return int(number)


def due_of(transaction: Transaction, payment: Payment, paid: bool) -> Instant | None:
    """Return the deadline of an order whose payment is awaited from now on; None = it is not.

    Args:
        transaction: Whose instant the days run from.
        payment: Method.
        paid: It is paid already.
    """
    if paid or payment is not Payment.INVOICE:
        return None
    return Instant(transaction.now + settings_of(transaction).reminder_days * DAY_MS)


def add_signed_ticket(
    transaction: Transaction, issuer: Issuer, number: str, order: int, position: int, item: Item
) -> None:
    """Write a ticket with a signed token of its own, which names its entitlement."""
    issued = issuer.issue(
        transaction,
        item.scope,
        tariff_of(transaction, item.tariff),
        item.zone,
        item.admits,
    )
    _add(transaction, number, issued.serial.ticket(), order, position, item)
    transaction.run(
        "UPDATE tickets SET commission = ? WHERE number = ?",
        settings_of(transaction).commission(item.price),
        number,
    )
    add_signed_code(transaction, number, issued)


def add_signed_code(transaction: Transaction, number: str, issued: IssuedToken) -> None:
    """Write a signed code of a ticket."""
    transaction.run(
        "INSERT INTO codes (scope, text, ticket, kid, serial, symbology, at)"
        " VALUES (?, ?, ?, ?, ?, 'qrcode', ?)",
        issued.serial.scope,
        issued.text,
        number,
        issued.kid,
        issued.serial.serial,
        transaction.now,
    )


def add_listed_ticket(
    transaction: Transaction,
    number: str,
    order: int,
    position: int,
    item: Item,
    text: str,
    symbology: str,
) -> None:
    """Write a reseller's ticket with the code that it printed."""
    _add(transaction, number, TicketId(f"{SOURCE}:{number}"), order, position, item)
    transaction.run(
        "INSERT INTO codes (scope, text, ticket, symbology, at) VALUES (?, ?, ?, ?, ?)",
        item.scope,
        text,
        number,
        symbology,
        transaction.now,
    )


def _add(
    transaction: Transaction, number: str, id: TicketId, order: int, position: int, item: Item
) -> None:
    transaction.run(
        "INSERT INTO tickets (number, id, order_number, position, scope, tariff, zone, seat,"
        " admits, since, price) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        number,
        id,
        order,
        position,
        item.scope,
        item.tariff,
        item.zone,
        item.seat,
        item.admits,
        transaction.now,
        item.price,
    )


def ticket_of(transaction: Transaction, number: str) -> SoldTicket:
    """Return a ticket.

    Raises:
        NotFound: There is none with this number.
    """
    row = transaction.row(
        "SELECT tickets.*, paid, payment, distributor FROM tickets"
        " JOIN orders ON orders.number = order_number WHERE tickets.number = ?",
        number.strip().upper()[:64],
    )
    if row is None:
        raise NotFound("There is no ticket with this number. Check it, or search its order.")
    codes = transaction.rows(
        "SELECT * FROM codes WHERE ticket = ? ORDER BY at, serial", row["number"]
    )
    return SoldTicket(
        number=row["number"],
        id=row["id"],
        order=row["order_number"],
        scope=row["scope"],
        tariff=row["tariff"],
        zone=row["zone"],
        seat=row["seat"],
        admits=row["admits"],
        paid=bool(row["paid"]),
        invoiced=row["payment"] == Payment.INVOICE,
        distributor=row["distributor"],
        state=TicketState(row["state"]),
        since=row["since"],
        refund=None if row["refund"] is None else Refund(row["refund"]),
        reason=row["reason"],
        replacement=row["replacement"],
        reactivated=bool(row["reactivated"]),
        codes=tuple(
            Code(
                code["text"],
                code["symbology"],
                code["serial"],
                code["replaced_at"] is not None,
            )
            for code in codes
        ),
        price=row["price"],
        commission=row["commission"],
        refunded=row["refunded"],
        disabled=bool(row["disabled"]),
    )


def order_of(transaction: Transaction, number: int) -> Order:
    """Return an order with its tickets.

    Raises:
        NotFound: There is none with this number.
    """
    row = transaction.row("SELECT * FROM orders WHERE number = ?", number)
    if row is None:
        raise NotFound(f"There is no order {number}.")
    tickets = transaction.rows(
        "SELECT number FROM tickets WHERE order_number = ? ORDER BY position", number
    )
    return Order(
        row["number"],
        row["customer"],
        row["email"],
        bool(row["paid"]),
        row["distributor"],
        row["at"],
        tuple(ticket_of(transaction, ticket["number"]) for ticket in tickets),
        Payment(row["payment"]),
        row["language"],
        row["reminders"],
        row["due"],
        row["replaces"],
    )
