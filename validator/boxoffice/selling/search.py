"""Finding orders by number, customer, e-mail or ticket number, as people type them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from validator.boxoffice.database import Database, Transaction
from validator.boxoffice.model import Order
from validator.boxoffice.records.customer_index import CustomerIndex
from validator.boxoffice.records.order_rows import order_of
from validator.errors import FixRequest, TokenError
from validator.formats.scanned import clean

LONGEST_QUESTION = 200
"""Characters of a question."""

MOST_MATCHES = 50
"""Orders of an answer."""

_TICKET = re.compile(r"([0-9]{1,12})-[0-9]{1,6}-[A-Z0-9]{4}")
_ORDER = re.compile(r"#?([0-9]{1,12})")


@dataclass(frozen=True, slots=True)
class Match:
    """An order that was found.

    Args:
        order: It.
        score: From 0 to 100; 100 = exactly what was asked for.
    """

    order: Order
    score: float


class Search:
    """Looks for orders."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._customers = CustomerIndex()

    def find(self, text: str, limit: int = 20) -> tuple[Match, ...]:
        """Return the orders that a question is about, best first.

        A number finds its order or the order of its ticket, and so does what a scanner reads on
        a ticket. Anything else is compared with names and addresses; case and accents do not
        matter, some letters may be wrong, and the last ones may be missing yet.

        Args:
            text: 1 to 200 characters.
            limit: From 1 to 50.

        Raises:
            FixRequest: The question is empty or too long, or the limit is out of range.
        """
        asked = text.strip()
        if not asked or len(asked) > LONGEST_QUESTION or not 1 <= limit <= MOST_MATCHES:
            raise FixRequest(
                f"Ask with 1 to {LONGEST_QUESTION} characters for 1 to {MOST_MATCHES} orders."
            )
        with self._database.read() as transaction:
            number = _number(transaction, asked)
            close = (
                self._customers.closest(transaction, asked, limit)
                if number is None
                else [(number, 100.0)]
            )
            return tuple(Match(order_of(transaction, order), score) for order, score in close)


def _number(transaction: Transaction, asked: str) -> int | None:
    ticket, order = _TICKET.fullmatch(asked.upper()), _ORDER.fullmatch(asked)
    if ticket is not None:
        found = transaction.value(
            "SELECT order_number FROM tickets WHERE number = ?", asked.upper()
        )
    elif order is not None:
        found = transaction.value("SELECT number FROM orders WHERE number = ?", int(order.group(1)))
    else:
        found = None
    found = _scanned(transaction, asked) if found is None else found
    return None if found is None else int(found)


def _scanned(transaction: Transaction, asked: str) -> int | None:
    try:
        text = clean(asked).text
    except TokenError:
        return None
    found = transaction.value(
        "SELECT order_number FROM performances JOIN codes USING (scope)"
        " JOIN tickets ON tickets.number = ticket WHERE text = ?",
        text,
    )
    return None if found is None else int(found)
