"""Orders: selling, listing resellers' codes, payment, cancelling whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from validator.boxoffice.barcodes import is_code128, is_ean13
from validator.boxoffice.database import Database, Transaction
from validator.boxoffice.issuer import Issuer
from validator.boxoffice.model import Item, Order, Refund, State
from validator.boxoffice.sales import (
    add_listed,
    add_signed,
    check_item,
    order_of,
    ticket_number,
)
from validator.boxoffice.tickets import cancel_ticket, check_reason
from validator.clock import Instant
from validator.errors import FixRequest

MOST_ITEMS = 500
"""Tickets of one order."""

_FIRST_NUMBER = 1001
_CODE_FORMS: dict[str, Callable[[str], bool]] = {"ean13": is_ean13, "code128": is_code128}


class Orders:
    """What customers bought."""

    def __init__(self, database: Database, issuer: Issuer, entropy: Callable[[int], bytes]) -> None:
        self._database = database
        self._issuer = issuer
        self._entropy = entropy

    def sell(self, customer: str, email: str, items: Sequence[Item], paid: bool = True) -> Order:
        """Sell tickets, each with a signed token.

        Args:
            customer: Name, at most 200 characters.
            email: Address, at most 200 characters; may be empty.
            items: 1 to 500.
            paid: Until it is, control refuses the tickets as unpaid.

        Raises:
            FixRequest: An item is not for sale, or the order is too large; nothing was sold.
        """
        _check_size(items)
        with self._database.write() as transaction:
            number = self._open(transaction, customer, email, paid)
            for position, item in enumerate(items, 1):
                check_item(transaction, item)
                printed = ticket_number(number, position, self._entropy)
                add_signed(transaction, self._issuer, printed, number, position, item)
                transaction.noted(printed, "sold", {"paid": paid})
            return order_of(transaction, number)

    def forget(self, before: Instant) -> int:
        """Erase the names and addresses of customers whose performances are all long over.

        Args:
            before: Performances that finished earlier are long over.

        Returns:
            How many orders were changed; their tickets stay as they are.
        """
        with self._database.write() as transaction:
            due = transaction.rows(
                "SELECT number FROM orders WHERE distributor = '' AND (customer <> '-'"
                " OR email <> '') AND NOT EXISTS (SELECT 1 FROM tickets JOIN performances"
                " USING (scope) WHERE order_number = orders.number AND finish >= ?)",
                before,
            )
            for (number,) in due:
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
            number = self._open(transaction, distributor, "", True, distributor)
            shapes = _shapes(transaction)
            for position, (text, symbology) in enumerate(codes, 1):
                _check_code(transaction, item.scope, position, text, symbology)
                check_item(transaction, item)
                printed = ticket_number(number, position, self._entropy)
                add_listed(transaction, printed, number, position, item, text, symbology)
                transaction.noted(printed, "listed", {"distributor": distributor})
            if _shapes(transaction) != shapes:
                transaction.changed("source", "")
            return order_of(transaction, number)

    def get(self, number: int) -> Order:
        """Return an order.

        Raises:
            FixRequest: There is none with this number.
        """
        with self._database.read() as transaction:
            return order_of(transaction, number)

    def latest(self, limit: int) -> tuple[Order, ...]:
        """Return the newest orders, at most `limit`."""
        with self._database.read() as transaction:
            rows = transaction.rows("SELECT number FROM orders ORDER BY number DESC LIMIT ?", limit)
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
            transaction.run("UPDATE orders SET paid = ? WHERE number = ?", int(paid), number)
            for ticket in order.tickets:
                transaction.noted(ticket.number, "paid" if paid else "unpaid")
            return order_of(transaction, number)

    def cancel(self, number: int, refund: Refund, reason: str) -> Order:
        """Cancel every valid ticket of an order; their seats go back on sale.

        Args:
            number: Of the order.
            refund: For the accounts; no money moves.
            reason: For the accounts, 1 to 200 characters.

        Raises:
            FixRequest: There is no such order, or nothing of it is left to cancel.
        """
        check_reason(reason)
        with self._database.write() as transaction:
            order = order_of(transaction, number)
            valid = [ticket for ticket in order.tickets if ticket.state is State.VALID]
            if not valid:
                raise FixRequest(f"Order {number} has no valid ticket left to cancel.")
            for ticket in valid:
                cancel_ticket(transaction, ticket, refund, reason)
            return order_of(transaction, number)

    def _open(
        self,
        transaction: Transaction,
        customer: str,
        email: str,
        paid: bool,
        distributor: str = "",
    ) -> int:
        if not customer.strip() or len(customer) > 200 or len(email) > 200:
            raise FixRequest("An order needs a name; name and e-mail have 200 characters at most.")
        number = transaction.value(
            "SELECT max(ifnull(max(number), 0) + 1, ?) FROM orders", _FIRST_NUMBER
        )
        transaction.run(
            "INSERT INTO orders (number, customer, email, paid, distributor, at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            number,
            customer,
            email,
            int(paid),
            distributor,
            transaction.now,
        )
        return int(number)


def _check_size(items: Sequence[object]) -> None:
    if not 1 <= len(items) <= MOST_ITEMS:
        raise FixRequest(f"An order has 1 to {MOST_ITEMS} tickets. Split it.")


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


def _shapes(transaction: Transaction) -> set[tuple[str, int]]:
    rows = transaction.rows(
        "SELECT DISTINCT symbology, length(text) AS length FROM codes WHERE serial IS NULL"
    )
    return {(row["symbology"], row["length"]) for row in rows}
