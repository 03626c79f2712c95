"""The embedded ticketing system: orders, tickets, cancellations, exchanges, resellers' files.

It has a file of its own and knows neither lanes nor the gateway's store. The gateway opens it and
mounts its applications; changes and check-ins pass between them over HTTP only, as with any other
ticketing system.
"""

from validator.boxoffice.api.app import create_app, create_counter_app
from validator.boxoffice.api.route import Clerk
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
    "Clerk",
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
