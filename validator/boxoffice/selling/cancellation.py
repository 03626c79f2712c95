"""What taking a ticket back means, and when it can't be."""

from __future__ import annotations

from validator.boxoffice.database import Transaction
from validator.boxoffice.model import InvoiceOpen, Refund, Refused, SoldTicket, TicketState
from validator.errors import FixRequest


def check_reason(reason: str) -> None:
    """Check that the accounts get a reason.

    Raises:
        FixRequest: It is missing or too long.
    """
    if not reason.strip() or len(reason) > 200:
        raise FixRequest("Give the reason of the cancellation, in 200 characters at most.")


def cancel_ticket(
    transaction: Transaction,
    ticket: SoldTicket,
    refund: Refund,
    reason: str,
    amount: int | None = None,
) -> None:
    """Cancel one ticket within a larger change.

    Args:
        transaction: The change.
        ticket: As it is now.
        refund: For the accounts.
        reason: For the accounts.
        amount: Refunded, in cents; None = its price, or nothing without a refund or a payment.

    Raises:
        FixRequest: It is not valid any more, or its price is lower than the amount.
    """
    require_valid(ticket)
    most = ticket.price if ticket.paid and refund is not Refund.NONE else 0
    refunded = most if amount is None else amount
    if not 0 <= refunded <= most:
        raise Refused(
            "too_much",
            f"Of ticket {ticket.number}, {most} cents at most are refunded. Check refund and"
            " amount.",
            ticket=ticket.number,
            most=most,
        )
    transaction.run(
        "UPDATE tickets SET state = 'cancelled', since = ?, refund = ?, reason = ?, refunded = ?,"
        " disabled = 0 WHERE number = ?",
        transaction.now,
        refund,
        reason,
        refunded,
        ticket.number,
    )
    details = {"refund": refund, "reason": reason, "refunded": refunded}
    transaction.append_history(ticket.number, "cancelled", details)


def require_settled(ticket: SoldTicket) -> SoldTicket:
    """Return a ticket that may leave its order.

    Raises:
        InvoiceOpen: Its order waits for the payment of an invoice.
    """
    if ticket.awaits_payment:
        raise InvoiceOpen(ticket.order, ticket.number)
    return ticket


def require_valid(ticket: SoldTicket) -> SoldTicket:
    """Return a ticket that is good.

    Raises:
        Refused: It is cancelled or exchanged.
    """
    if ticket.state is TicketState.EXCHANGED:
        raise Refused(
            "exchanged",
            f"Ticket {ticket.number} was exchanged for {ticket.replacement}. Use that one.",
            ticket=ticket.number,
            replacement=ticket.replacement or "",
        )
    if ticket.state is not TicketState.VALID:
        raise Refused(
            "cancelled",
            f"Ticket {ticket.number} is cancelled already.",
            ticket=ticket.number,
        )
    return ticket
