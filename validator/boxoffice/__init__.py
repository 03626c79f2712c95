"""The embedded ticketing system: orders, tickets, cancellations, exchanges, history.

It runs in the gateway's process with a file of its own, and the gateway reaches it through the
upstream port and its HTTP API only.
"""

from validator.boxoffice.api.app import create_app, create_counter_app
from validator.boxoffice.api.waker import wake_by_post
from validator.boxoffice.model import (
    Code,
    Item,
    Order,
    Refund,
    SoldTicket,
    TicketState,
)
from validator.boxoffice.office import BoxOffice
from validator.boxoffice.sample import SampleEvening, sell_sample_evening

__all__ = [
    "BoxOffice",
    "Code",
    "Item",
    "Order",
    "Refund",
    "SampleEvening",
    "SoldTicket",
    "TicketState",
    "create_app",
    "create_counter_app",
    "sell_sample_evening",
    "wake_by_post",
]
