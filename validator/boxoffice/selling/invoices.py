"""Orders that wait for the payment of their invoice: reminded, cancelled, remade."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from validator.boxoffice.database import Database, Transaction
from validator.boxoffice.letters.mails import enqueue_letter
from validator.boxoffice.letters.wording import LetterKind
from validator.boxoffice.model import Item, Order, Payment, Refund, Refused, SoldTicket
from validator.boxoffice.records.issuer import Issuer
from validator.boxoffice.records.order_rows import (
    Buyer,
    add_order,
    add_signed_ticket,
    check_item,
    order_of,
    ticket_number,
)
from validator.boxoffice.records.settings import OfficeSettings, settings_of
from validator.boxoffice.selling.cancellation import cancel_ticket, check_reason
from validator.clock import DAY_MS, Instant
from validator.errors import FixRequest

_MOST_AT_ONCE = 500
_UNPAID = "Invoice not paid"


class Invoices:
    """What becomes of unpaid orders."""

    def __init__(self, database: Database, issuer: Issuer, entropy: Callable[[int], bytes]) -> None:
        self._database = database
        self._issuer = issuer
        self._entropy = entropy

    def process_due(self) -> int:
        """Take the next step of every order whose deadline has passed.

        That is a reminder, which extends the deadline by `reminder_days`, or after the last one
        the cancellation: `d + n * d` days after the order. A step that comes late (the gateway
        was off) extends from now, so that nobody is cancelled without the days that were told.

        Returns:
            How many orders took a step.
        """
        with self._database.read() as transaction:
            if not _due(transaction):
                return 0
        with self._database.write() as transaction:
            due = _due(transaction)
            settings = settings_of(transaction)
            for number in due:
                _step(transaction, order_of(transaction, number), settings)
            return len(due)

    def remake(self, number: int, without: Sequence[str], reason: str) -> Order:
        """Take tickets out of an unpaid order: it is cancelled whole, the rest ordered anew.

        The new order has new tickets for the same seats, and its customer gets a new invoice.

        Args:
            number: Of the order.
            without: Ticket numbers that are left out.
            reason: For the accounts, 1 to 200 characters.

        Returns:
            The new order.

        Raises:
            FixRequest: The order does not wait for a payment by invoice, a ticket is not a valid
                one of it, or none would be left.
        """
        check_reason(reason)
        gone = {ticket.strip().upper() for ticket in without}
        with self._database.write() as transaction:
            old = order_of(transaction, number)
            if old.paid or old.payment is not Payment.INVOICE:
                raise Refused(
                    "not_waiting",
                    f"Order {number} waits for no payment. Cancel its tickets singly.",
                    order=number,
                )
            kept = [ticket for ticket in old.valid if ticket.number not in gone]
            if not gone or len(kept) + len(gone) != len(old.valid):
                raise FixRequest(f"Name valid tickets of order {number} that are to be left out.")
            if not kept:
                raise Refused(
                    "cancel_whole",
                    f"Nothing would be left of order {number}. Cancel it whole.",
                    order=number,
                )
            for ticket in old.valid:
                cancel_ticket(transaction, ticket, Refund.NONE, reason)
            transaction.run("UPDATE orders SET due = NULL WHERE number = ?", number)
            return self._again(transaction, old, kept)

    def _again(self, transaction: Transaction, old: Order, kept: Sequence[SoldTicket]) -> Order:
        buyer = Buyer(old.customer, old.email, old.language, Payment.INVOICE, False, "", old.number)
        number = add_order(transaction, buyer)
        for position, ticket in enumerate(kept, 1):
            item = Item(
                ticket.scope, ticket.tariff, ticket.zone, ticket.seat, ticket.admits, ticket.price
            )
            check_item(transaction, item)
            printed = ticket_number(number, position, self._entropy)
            add_signed_ticket(transaction, self._issuer, printed, number, position, item)
            transaction.append_history(
                printed, "sold", {"paid": False, "instead_of": ticket.number}
            )
        order = order_of(transaction, number)
        enqueue_letter(transaction, LetterKind.INVOICE, order, order.valid, order.due)
        return order


def _due(transaction: Transaction) -> list[int]:
    rows = transaction.rows(
        "SELECT number FROM orders WHERE due <= ? AND paid = 0 ORDER BY due, number LIMIT ?",
        transaction.now,
        _MOST_AT_ONCE,
    )
    return [row["number"] for row in rows]


def _step(transaction: Transaction, order: Order, settings: OfficeSettings) -> None:
    valid, due = order.valid, None
    if valid and order.reminders < settings.reminders:
        due = _extended(order.due or transaction.now, transaction.now, settings.reminder_days)
        told = enqueue_letter(transaction, LetterKind.REMINDER, order, valid, due)
        for ticket in valid:
            transaction.append_history(
                ticket.number, "reminded", {"reminder": order.reminders + 1, "by_mail": told}
            )
    else:
        for ticket in valid:
            cancel_ticket(transaction, ticket, Refund.NONE, _UNPAID)
        enqueue_letter(transaction, LetterKind.EXPIRED, order, valid)
    transaction.run(
        "UPDATE orders SET due = ?, reminders = reminders + ? WHERE number = ?",
        due,
        int(due is not None),
        order.number,
    )


def _extended(due: Instant, now: Instant, days: int) -> Instant:
    late = now - due > DAY_MS
    return Instant((now if late else due) + days * DAY_MS)
