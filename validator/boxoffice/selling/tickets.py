"""Single tickets: cancelling and its undoing, new codes, exchange, history, picture."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace

from validator.boxoffice.database import Database, Transaction
from validator.boxoffice.letters.pictures import draw_ticket, printed_ticket
from validator.boxoffice.model import (
    HistoryEntry,
    Item,
    NotListed,
    Payment,
    Refund,
    Refused,
    SoldTicket,
    TicketState,
)
from validator.boxoffice.records.catalogue import tariff_of
from validator.boxoffice.records.check_ins import CheckIns
from validator.boxoffice.records.issuer import Issuer
from validator.boxoffice.records.offers import check_left, is_listed
from validator.boxoffice.records.order_rows import (
    add_signed_code,
    add_signed_ticket,
    check_item,
    check_seat,
    due_of,
    ticket_number,
    ticket_of,
)
from validator.boxoffice.selling.cancellation import (
    cancel_ticket,
    check_reason,
    require_settled,
    require_valid,
)


class Tickets:
    """Tickets by their printed number; upper and lower case are the same."""

    def __init__(
        self,
        database: Database,
        issuer: Issuer,
        check_ins: CheckIns,
        entropy: Callable[[int], bytes],
    ) -> None:
        self._database = database
        self._issuer = issuer
        self._check_ins = check_ins
        self._entropy = entropy

    def get(self, number: str) -> SoldTicket:
        """Return a ticket.

        Raises:
            FixRequest: There is none with this number.
        """
        with self._database.read() as transaction:
            return ticket_of(transaction, number)

    def cancel(
        self, numbers: Sequence[str], refund: Refund, reason: str, amount: int | None = None
    ) -> tuple[SoldTicket, ...]:
        """Cancel tickets: control refuses them from now on and their seats go back on sale.

        Cancelling moves no money, and a ticket that is inside can be cancelled as well.

        Args:
            numbers: All of them or, if one can't be cancelled, none.
            refund: For the accounts.
            reason: For the accounts, 1 to 200 characters.
            amount: Refunded for each, in cents; None = its price, or nothing without a refund.

        Raises:
            InvoiceOpen: Its order waits for the payment of an invoice; see `Invoices.remake`.
            FixRequest: A ticket is not there, is not valid any more, or has a lower price.
        """
        check_reason(reason)
        with self._database.write() as transaction:
            for number in numbers:
                ticket = require_settled(ticket_of(transaction, number))
                cancel_ticket(transaction, ticket, refund, reason, amount)
            return tuple(ticket_of(transaction, number) for number in numbers)

    def reactivate(self, number: str) -> SoldTicket:
        """Take a cancellation back: the same ticket, with the same code, is valid again.

        Raises:
            FixRequest: It is not cancelled, or its seat or the last ticket was sold meanwhile.
        """
        with self._database.write() as transaction:
            ticket = ticket_of(transaction, number)
            if ticket.state is not TicketState.CANCELLED:
                raise Refused(
                    "not_cancelled",
                    f"Ticket {ticket.number} is not cancelled; it is {ticket.state}.",
                    ticket=ticket.number,
                )
            check_seat(transaction, ticket.scope, ticket.zone, ticket.seat)
            check_left(transaction, Item(ticket.scope, ticket.tariff, ticket.zone))
            transaction.run(
                "UPDATE tickets SET state = 'valid', since = ?, refund = NULL, reason = NULL,"
                " refunded = 0, reactivated = 1 WHERE number = ?",
                transaction.now,
                ticket.number,
            )
            if ticket.awaits_payment:
                transaction.run(
                    "UPDATE orders SET due = ifnull(due, ?) WHERE number = ?",
                    due_of(transaction, Payment.INVOICE, paid=False),
                    ticket.order,
                )
            transaction.append_history(ticket.number, "reactivated")
            return ticket_of(transaction, number)

    def reissue(self, number: str) -> SoldTicket:
        """Print a new code for the same ticket; the code before is refused as exchanged.

        Raises:
            FixRequest: The ticket is not valid, or its code is a reseller's.
        """
        with self._database.write() as transaction:
            ticket = require_valid(ticket_of(transaction, number))
            if ticket.code.serial is None:
                raise Refused(
                    "not_ours",
                    f"Ticket {ticket.number} bears a code of {ticket.distributor}. Ask there for a"
                    " new one, or exchange the ticket.",
                    ticket=ticket.number,
                    distributor=ticket.distributor,
                )
            issued = self._issuer.issue(
                transaction,
                ticket.scope,
                tariff_of(transaction, ticket.tariff),
                ticket.zone,
                ticket.admits,
            )
            transaction.run(
                "UPDATE codes SET replaced_at = ? WHERE ticket = ? AND replaced_at IS NULL",
                transaction.now,
                ticket.number,
            )
            add_signed_code(transaction, ticket.number, issued)
            transaction.append_history(ticket.number, "reissued")
            return ticket_of(transaction, number)

    def exchange(
        self, number: str, item: Item | None = None, reason: str = "", as_listed: bool = False
    ) -> SoldTicket:
        """Exchange a ticket: the old one is cancelled and a new one stands in the same order.

        Args:
            number: Of the old ticket.
            item: What the guest gets; None = the same again, the same seat included.
            reason: For the accounts, at most 200 characters.
            as_listed: Whoever exchanges is bound to the program's prices, or to the old one for
                the same place; for no more people than before.

        Returns:
            The new ticket.

        Raises:
            InvoiceOpen: Its order waits for the payment of an invoice.
            FixRequest: The old ticket is not valid, or the item is not for sale.
            NotListed: The program has another price for it.
        """
        with self._database.write() as transaction:
            old = require_valid(require_settled(ticket_of(transaction, number)))
            if old.disabled:
                raise Refused(
                    "disabled",
                    f"Pass {old.number} is disabled. Enable it, then exchange it.",
                    ticket=old.number,
                )
            wanted = item or Item(old.scope, old.tariff, old.zone, old.seat, old.admits, old.price)
            if as_listed and not _may_replace(transaction, old, wanted):
                raise NotListed(
                    "The new ticket is not in the program for this price. A supervisor or "
                    "organiser may exchange it so."
                )
            position = transaction.value(
                "SELECT max(position) + 1 FROM tickets WHERE order_number = ?", old.order
            )
            printed = ticket_number(old.order, position, self._entropy)
            transaction.run(
                "UPDATE tickets SET state = 'exchanged', since = ?, refund = ?, reason = ?,"
                " refunded = price WHERE number = ?",
                transaction.now,
                Refund.EXCHANGE,
                reason[:200],
                old.number,
            )
            check_item(transaction, wanted)
            add_signed_ticket(transaction, self._issuer, printed, old.order, position, wanted)
            transaction.run(
                "UPDATE tickets SET replacement = ? WHERE number = ?", printed, old.number
            )
            transaction.append_history(
                old.number, "exchanged", {"replacement": printed, "reason": reason}
            )
            transaction.append_history(
                printed, "sold", {"paid": old.paid, "exchanged_for": old.number}
            )
            return ticket_of(transaction, printed)

    def history(self, number: str) -> tuple[HistoryEntry, ...]:
        """Return everything that happened to a ticket, scans included, oldest first.

        Raises:
            FixRequest: There is no such ticket.
        """
        with self._database.read() as transaction:
            ticket = ticket_of(transaction, number)
            rows = transaction.rows(
                "SELECT * FROM history WHERE ticket = ? ORDER BY id", ticket.number
            )
        sold = [HistoryEntry(row["at"], row["what"], json.loads(row["details"])) for row in rows]
        scanned = [
            HistoryEntry(check_in.at, "check_in", check_in.to_json())
            for check_in in self._check_ins.of(ticket.number)
        ]
        return tuple(sorted(sold + scanned, key=lambda happening: happening.at))

    def inside(self, number: str) -> int:
        """Return how many people of a ticket are inside now."""
        return self._check_ins.inside(self.get(number).number)

    def picture(self, number: str) -> bytes:
        """Draw a ticket with the code that is good now, as PNG.

        Raises:
            FixRequest: There is no such ticket.
        """
        with self._database.read() as transaction:
            ticket = ticket_of(transaction, number)
            printed = printed_ticket(transaction, ticket)
        return draw_ticket(printed)


def _may_replace(transaction: Transaction, old: SoldTicket, new: Item) -> bool:
    """Tell whether a ticket may be exchanged by somebody who is bound to the program's prices."""
    if new.admits > old.admits:
        return False
    same = (new.scope, new.tariff, new.zone) == (old.scope, old.tariff, old.zone)
    return (same and new.price == old.price) or is_listed(transaction, replace(new, admits=1))
