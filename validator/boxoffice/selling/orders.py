"""Orders: selling, listing resellers' codes, payment, cancelling whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from validator.boxoffice.database import Database, Transaction
from validator.boxoffice.letters.mails import Mails, enqueue_letter
from validator.boxoffice.letters.wording import LetterKind
from validator.boxoffice.model import Item, NotListed, Order, Payment, Refund, Refused
from validator.boxoffice.records.barcodes import is_code128, is_ean13
from validator.boxoffice.records.catalogue import performance_of, source_of
from validator.boxoffice.records.issuer import Issuer
from validator.boxoffice.records.offers import is_listed
from validator.boxoffice.records.order_rows import (
    Buyer,
    add_listed_ticket,
    add_order,
    add_signed_ticket,
    check_item,
    due_of,
    order_of,
    ticket_number,
)
from validator.boxoffice.records.settings import settings_of
from validator.boxoffice.selling.cancellation import cancel_ticket, check_reason
from validator.clock import DAY_MS, Instant
from validator.errors import FixRequest

MOST_ITEMS = 500
"""Tickets of one order."""

_CODE_FORMS: dict[str, Callable[[str], bool]] = {"ean13": is_ean13, "code128": is_code128}


class Orders:
    """What customers bought."""

    def __init__(
        self, database: Database, issuer: Issuer, mails: Mails, entropy: Callable[[int], bytes]
    ) -> None:
        self._database = database
        self._mails = mails
        self._issuer = issuer
        self._entropy = entropy

    def sell(
        self,
        customer: str,
        email: str,
        items: Sequence[Item],
        paid: bool = True,
        payment: Payment | None = None,
        language: str = "en",
        as_listed: bool = False,
    ) -> Order:
        """Sell tickets, each with a signed token.

        Args:
            customer: Name, at most 200 characters.
            email: Address, at most 200 characters; may be empty.
            items: 1 to 500.
            paid: Until it is, control refuses the tickets as unpaid.
            payment: Method; None = by card, or by invoice if it is not paid yet.
            language: Of letters: `en`, `fr`, `de`, `es` or `it`.
            as_listed: Whoever sells is bound to the program's prices, one person a ticket.

        Raises:
            FixRequest: Payment by invoice is not offered any more, an item is not for sale, or
                the order is too large; nothing was sold.
            NotListed: The program has another price for an item.
        """
        _check_size(items)
        payment = payment or (Payment.CARD if paid else Payment.INVOICE)
        if payment is Payment.INVITATION and (not paid or any(item.price for item in items)):
            raise FixRequest("An invited guest pays nothing. Leave prices out, and say it is paid.")
        with self._database.write() as transaction:
            number = add_order(transaction, Buyer(customer, email, language, payment, paid))
            for position, item in enumerate(items, 1):
                check_item(transaction, item)
                if as_listed and not is_listed(transaction, item):
                    raise NotListed(
                        f"Ticket {position} is not in the program for this price. A supervisor or "
                        "organiser may sell it so, or give it away."
                    )
                printed = ticket_number(number, position, self._entropy)
                add_signed_ticket(transaction, self._issuer, printed, number, position, item)
                transaction.append_history(printed, "sold", {"paid": paid})
            order = order_of(transaction, number)
            if order.due is not None:
                _check_offered(transaction, items)
                enqueue_letter(transaction, LetterKind.INVOICE, order, order.valid, order.due)
            return order

    def erase_customers(self, before: Instant) -> int:
        """Erase the names and addresses of customers whose performances are all long over.

        Args:
            before: Performances that finished earlier are long over.

        Returns:
            How many orders were changed; their tickets stay as they are.

        Raises:
            RetryLater: The disk does not take it.
        """
        with self._database.read() as transaction:
            rows = transaction.rows(
                "SELECT number FROM orders WHERE distributor = '' AND (customer <> '-'"
                " OR email <> '') AND NOT EXISTS (SELECT 1 FROM tickets JOIN performances"
                " USING (scope) WHERE order_number = orders.number AND finish >= ?)",
                before,
            )
        due = [row["number"] for row in rows]
        self._mails.erase(due)
        with self._database.write() as transaction:
            for number in due:
                transaction.run(
                    "UPDATE orders SET customer = '-', email = '' WHERE number = ?", number
                )
        return len(due)

    def list_codes(self, distributor: str, item: Item, codes: Sequence[tuple[str, str]]) -> Order:
        """List tickets that a reseller sold with codes of its own.

        Args:
            distributor: Reseller's name.
            item: What each of them is for; without a seat.
            codes: 1 to 500 pairs of code text and symbology (`ean13` or `code128`).

        Raises:
            FixRequest: A code is malformed or listed already; none was listed.
        """
        _check_size(codes)
        if item.seat is not None and len(codes) > 1:
            raise FixRequest("One seat can't be listed for several codes.")
        with self._database.write() as transaction:
            number = add_order(transaction, Buyer(distributor, distributor=distributor))
            shapes = source_of(transaction).shapes
            for position, (text, symbology) in enumerate(codes, 1):
                _check_code(transaction, item.scope, position, text, symbology)
                check_item(transaction, item)
                printed = ticket_number(number, position, self._entropy)
                add_listed_ticket(transaction, printed, number, position, item, text, symbology)
                transaction.append_history(printed, "listed", {"distributor": distributor})
            if source_of(transaction).shapes != shapes:
                transaction.append_change("source", "")
            return order_of(transaction, number)

    def get(self, number: int) -> Order:
        """Return an order.

        Raises:
            FixRequest: There is none with this number.
        """
        with self._database.read() as transaction:
            return order_of(transaction, number)

    def latest(self, limit: int) -> tuple[Order, ...]:
        """Return the newest orders, at most `limit`; those of imported files are left out."""
        with self._database.read() as transaction:
            rows = transaction.rows(
                "SELECT number FROM orders WHERE import IS NULL ORDER BY number DESC LIMIT ?", limit
            )
            return tuple(order_of(transaction, row["number"]) for row in rows)

    def mark_paid(self, number: int, paid: bool = True) -> Order:
        """Note that an order was paid, or that its payment was taken back.

        Raises:
            FixRequest: There is no such order.
        """
        with self._database.write() as transaction:
            order = order_of(transaction, number)
            if order.paid == paid:
                return order
            transaction.run(
                "UPDATE orders SET paid = ?, due = ?, reminders = 0 WHERE number = ?",
                int(paid),
                due_of(transaction, order.payment, paid),
                number,
            )
            for ticket in order.tickets:
                transaction.append_history(ticket.number, "paid" if paid else "unpaid")
            return order_of(transaction, number)

    def cancel(self, number: int, refund: Refund, reason: str, amount: int | None = None) -> Order:
        """Cancel every valid ticket of an order; their seats go back on sale.

        Args:
            number: Of the order.
            refund: For the accounts; no money moves.
            reason: For the accounts, 1 to 200 characters.
            amount: Refunded together, in cents; None = the whole price, or nothing without a
                refund or a payment.

        Raises:
            FixRequest: There is no such order, the amount is above its price, or nothing of it is
                left to cancel.
        """
        check_reason(reason)
        with self._database.write() as transaction:
            order = order_of(transaction, number)
            if not order.valid:
                raise Refused(
                    "nothing_left",
                    f"Order {number} has no valid ticket left to cancel.",
                    order=number,
                )
            left = amount
            for place, ticket in enumerate(order.valid, 1):
                last = place == len(order.valid)
                share = left if left is None or last else min(left, ticket.price)
                cancel_ticket(transaction, ticket, refund, reason, share)
                left = None if left is None or share is None else left - share
            transaction.run("UPDATE orders SET due = NULL WHERE number = ?", number)
            return order_of(transaction, number)


def _check_size(items: Sequence[object]) -> None:
    if not 1 <= len(items) <= MOST_ITEMS:
        raise FixRequest(f"An order has 1 to {MOST_ITEMS} tickets. Split it.")


def _check_offered(transaction: Transaction, items: Sequence[Item]) -> None:
    days = settings_of(transaction).invoice_days_before
    doors = min(performance_of(transaction, item.scope).doors for item in items)
    if days and transaction.now > doors - days * DAY_MS:
        raise Refused(
            "invoice_late",
            f"Payment by invoice is offered until {days} days before the doors open. Choose"
            " another method.",
            days=days,
        )


def _check_code(
    transaction: Transaction, scope: int, position: int, text: str, symbology: str
) -> None:
    form = _CODE_FORMS.get(symbology)
    if form is None:
        raise FixRequest(f"Code {position}: its symbology must be ean13 or code128.")
    if not form(text):
        raise FixRequest(f"Code {position} is no {symbology} code; check it against the list.")
    if transaction.row("SELECT 1 FROM codes WHERE scope = ? AND text = ?", scope, text):
        raise FixRequest(f"Code {position} is listed already.")
