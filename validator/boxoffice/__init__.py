"""The embedded ticketing system: orders, tickets, cancellations, exchanges, history.

It runs in the gateway's process with a file of its own, and the gateway reaches it through the
upstream port and its HTTP API only.
"""

from validator.boxoffice.api.routes import counter_app, create_app
from validator.boxoffice.api.waker import webhook
from validator.boxoffice.model import (
    Code,
    Item,
    Order,
    Refund,
    SoldTicket,
    TicketState,
)
from validator.boxoffice.office import BoxOffice
from validator.boxoffice.sample import Evening, sample

__all__ = [
    "BoxOffice",
    "Code",
    "Evening",
    "Item",
    "Order",
    "Refund",
    "SoldTicket",
    "TicketState",
    "counter_app",
    "create_app",
    "sample",
    "webhook",
]
