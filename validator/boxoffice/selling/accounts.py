"""The accounts of a performance: what was sold, taken back and refunded, and the commission."""

from __future__ import annotations

from dataclasses import dataclass

from validator.boxoffice.database import Database
from validator.boxoffice.model import Refund, TicketState
from validator.boxoffice.records.catalogue import performance_of
from validator.clock import Instant


@dataclass(frozen=True, slots=True)
class Account:
    """The tickets of one tariff and distributor; money in cents.

    Args:
        tariff: Its number.
        distributor: Reseller; empty = the organiser.
        sold: Tickets, cancelled and exchanged ones too.
        cancelled: Tickets.
        exchanged: Tickets.
        price: Of the paid tickets, cancelled ones too.
        refunded: By the organiser.
        commission: Of all tickets: cancelled ones bear it as well.
    """

    tariff: int
    distributor: str
    sold: int
    cancelled: int
    exchanged: int
    price: int
    refunded: int
    commission: int


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A ticket that was cancelled or exchanged; money in cents.

    Args:
        number: Of the ticket.
        state: Cancelled or exchanged.
        since: When.
        refund: Method.
        refunded: Amount.
        reason: Why.
        commission: It still bears.
    """

    number: str
    state: TicketState
    since: Instant
    refund: Refund | None
    refunded: int
    reason: str
    commission: int


class Accounts:
    """The accounts, by performance."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, scope: int) -> tuple[Account, ...]:
        """Return a performance's accounts, by tariff and distributor.

        Raises:
            FixRequest: There is no such performance.
        """
        with self._database.read() as transaction:
            performance_of(transaction, scope)
            rows = transaction.rows(
                "SELECT tariff, distributor, count(*) AS sold, sum(state = 'cancelled'),"
                " sum(state = 'exchanged'), sum(price * paid), sum(refunded), sum(commission)"
                " FROM tickets JOIN orders ON orders.number = order_number WHERE scope = ?"
                " GROUP BY tariff, distributor ORDER BY tariff, distributor",
                scope,
            )
        return tuple(Account(*row) for row in rows)

    def taken_back(self, scope: int) -> tuple[TakenBack, ...]:
        """Return every cancelled or exchanged ticket of a performance, oldest first."""
        with self._database.read() as transaction:
            rows = transaction.rows(
                "SELECT * FROM tickets WHERE scope = ? AND state <> 'valid' ORDER BY since, number",
                scope,
            )
        return tuple(
            TakenBack(
                row["number"],
                TicketState(row["state"]),
                row["since"],
                None if row["refund"] is None else Refund(row["refund"]),
                row["refunded"],
                row["reason"] or "",
                row["commission"],
            )
            for row in rows
        )
