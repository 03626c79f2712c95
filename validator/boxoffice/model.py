"""What the box office speaks of: orders, tickets, printed codes, refunds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from validator.clock import Instant
from validator.errors import FixRequest, NotAllowed
from validator.model import TicketId


class NotFound(FixRequest):
    """There is no such order or ticket: check the number."""


class Refused(FixRequest):
    """Something can't be done as things are now; programs know it by a code.

    Args:
        code: Such as `seat_sold`; pages have a text for it in every language.
        message: A sentence for people.
        facts: What the sentence names.
    """

    def __init__(self, code: str, message: str, **facts: str | int) -> None:
        super().__init__(message)
        self.code = code
        self.facts = facts


class NotListed(NotAllowed):
    """Only a supervisor or organiser sells for another price than the program's.

    Attributes:
        code: For programs.
    """

    code = "not_listed"


class InvoiceOpen(FixRequest):
    """A single ticket of an order that waits for its payment can't be taken out of its invoice.

    Args:
        order: Its number.
        ticket: Number of the ticket.
    """

    def __init__(self, order: int, ticket: str) -> None:
        super().__init__(
            f"Order {order} waits for the payment of its invoice, which would be wrong without"
            f" ticket {ticket}. Remake the order: it is cancelled whole, a new one is made with"
            " the remaining tickets, and its new invoice is sent."
        )
        self.order = order
        self.ticket = ticket


class Payment(StrEnum):
    """How an order is paid."""

    CARD = "card"
    CASH = "cash"
    TRANSFER = "transfer"
    INVOICE = "invoice"
    VOUCHER = "voucher"
    EXCHANGE = "exchange"
    INVITATION = "invitation"


class TicketState(StrEnum):
    """What a ticket is worth."""

    VALID = "valid"
    CANCELLED = "cancelled"
    EXCHANGED = "exchanged"


class Refund(StrEnum):
    """How the organiser refunds a cancelled ticket; it does so itself, this is for the accounts."""

    NONE = "none"
    CASH = "cash"
    TRANSFER = "transfer"
    CARD = "card"
    VOUCHER = "voucher"
    EXCHANGE = "exchange"


@dataclass(frozen=True, slots=True)
class Item:
    """A ticket that somebody wants.

    Args:
        scope: Performance.
        tariff: Tariff number.
        zone: Bit number 0 to 31 of its zone; None = all zones.
        seat: As printed, at most 40 characters; None = free seating.
        admits: People, 1 to 255.
        price: In cents, 0 to 100,000,000.
    """

    scope: int
    tariff: int
    zone: int | None = None
    seat: str | None = None
    admits: int = 1
    price: int = 0


@dataclass(frozen=True, slots=True)
class Offer:
    """A tariff in a zone.

    Args:
        zone: Bit number 0 to 31; None = all zones.
        tariff: Tariff number.
        price: In cents, 0 to 100,000,000.
        quantity: Tickets in all, 0 or more; None = no limit.
        left: Of them not sold now; None = no limit.
    """

    zone: int | None
    tariff: int
    price: int
    quantity: int | None = None
    left: int | None = None


@dataclass(frozen=True, slots=True)
class Code:
    """A code that was printed for a ticket.

    Args:
        text: What a decoder reads.
        symbology: `qrcode`, `ean13` or `code128`.
        serial: Of a signed token; None for a reseller's code.
        replaced: A newer code was issued for the same ticket.
    """

    text: str = field(repr=False)
    symbology: str
    serial: int | None
    replaced: bool


@dataclass(frozen=True, slots=True)
class SoldTicket:
    """A ticket as the box office knows it now.

    Args:
        number: As printed, `ORDER-POSITION-XXXX`.
        id: Entitlement, as the gateway names it.
        order: Number of its order.
        scope: Performance.
        tariff: Tariff number.
        zone: Bit number of its zone; None = all zones.
        seat: As printed; None = free seating.
        admits: People.
        paid: Its order is paid.
        invoiced: Its order is paid by invoice.
        distributor: Reseller; empty = the organiser.
        state: Valid, cancelled or exchanged.
        since: When it came into that state.
        refund: How it is refunded, if it was cancelled.
        reason: Why it was cancelled.
        replacement: Number of the ticket that it was exchanged for.
        reactivated: A cancellation of it was taken back once.
        codes: What was printed for it, oldest first.
        price: In cents.
        commission: Of the ticketing, in cents; a cancelled ticket bears it as well.
        refunded: By the organiser, in cents.
        disabled: A pass that is suspended.
    """

    number: str
    id: TicketId
    order: int
    scope: int
    tariff: int
    zone: int | None
    seat: str | None
    admits: int
    paid: bool
    invoiced: bool
    distributor: str
    state: TicketState
    since: Instant
    refund: Refund | None
    reason: str | None
    replacement: str | None
    reactivated: bool
    codes: tuple[Code, ...]
    price: int
    commission: int
    refunded: int
    disabled: bool

    @property
    def code(self) -> Code:
        """Return the code that is good now."""
        return self.codes[-1]

    @property
    def awaits_payment(self) -> bool:
        """Tell whether its order waits for the payment of an invoice."""
        return self.invoiced and not self.paid


@dataclass(frozen=True, slots=True)
class Order:
    """What a customer bought.

    Args:
        number: From 1001.
        customer: Name.
        email: Address.
        paid: Until it is, its tickets are `unpaid` at control.
        distributor: Reseller that it stands for; empty = the organiser's own customer.
        at: When it was made.
        tickets: In order of their positions.
        payment: How it is paid.
        language: Of the letters to its customer.
        reminders: Sent so far, of an unpaid invoice.
        due: Its next reminder, or its cancellation; None = there is none.
        replaces: Number of the order that it was remade from.
    """

    number: int
    customer: str = field(repr=False)
    email: str = field(repr=False)
    paid: bool
    distributor: str
    at: Instant
    tickets: tuple[SoldTicket, ...]
    payment: Payment
    language: str
    reminders: int
    due: Instant | None
    replaces: int | None

    @property
    def valid(self) -> tuple[SoldTicket, ...]:
        """Return the tickets that are neither cancelled nor exchanged."""
        return tuple(ticket for ticket in self.tickets if ticket.state is TicketState.VALID)

    @property
    def total(self) -> int:
        """Return the price of the valid tickets, in cents."""
        return sum(ticket.price for ticket in self.valid)


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One line of a ticket's history.

    Args:
        at: When.
        what: `sold`, `listed`, `paid`, `unpaid`, `reminded`, `cancelled`, `reactivated`,
            `reissued`, `exchanged`,
            `disabled`, `enabled` or `check_in`.
        details: What else is known, ready for JSON.
    """

    at: Instant
    what: str
    details: Mapping[str, object]
