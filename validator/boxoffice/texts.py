"""The box office's things as its HTTP API writes them."""

from __future__ import annotations

from collections.abc import Sequence

from validator.boxoffice.catalogue import Event
from validator.boxoffice.model import Happening, Order, SoldTicket
from validator.clock import iso
from validator.model import Tariff
from validator.ports import Outcome


def event_json(event: Event) -> dict[str, object]:
    """Return an event with its zones and performances."""
    return {
        "id": event.id,
        "name": event.name,
        "zones": [{"id": bit, "name": name} for bit, name in event.zones.items()],
        "performances": [
            {
                "scope": show.scope,
                "name": show.name,
                "doors": iso(show.doors),
                "start": iso(show.start),
                "end": iso(show.end),
                "zone": show.zone,
                "cutoff_min": show.cutoff_min,
            }
            for show in event.performances
        ],
    }


def tariff_json(tariff: Tariff) -> dict[str, object]:
    """Return a tariff."""
    return {
        "id": tariff.id,
        "name": dict(tariff.name),
        "icon": tariff.icon,
        "attention": dict(tariff.attention),
    }


def ticket_json(ticket: SoldTicket) -> dict[str, object]:
    """Return a ticket without its codes, which stand in its picture only."""
    return {
        "number": ticket.number,
        "id": ticket.id,
        "order": ticket.order,
        "performance": ticket.scope,
        "tariff": ticket.tariff,
        "zone": ticket.zone,
        "seat": ticket.seat,
        "admits": ticket.admits,
        "paid": ticket.paid,
        "distributor": ticket.distributor,
        "state": ticket.state.value,
        "since": iso(ticket.since),
        "refund": None if ticket.refund is None else ticket.refund.value,
        "reason": ticket.reason,
        "replacement": ticket.replacement,
    }


def history_json(
    ticket: SoldTicket, history: Sequence[Happening], inside: int
) -> dict[str, object]:
    """Return a ticket with all that happened to it, and how many of its people are inside."""
    lines = [
        {**happening.details, "at": iso(happening.at), "what": happening.what}
        for happening in history
    ]
    return ticket_json(ticket) | {"inside": inside, "history": lines}


def order_json(order: Order) -> dict[str, object]:
    """Return an order with its tickets."""
    return {
        "number": order.number,
        "customer": order.customer,
        "email": order.email,
        "paid": order.paid,
        "distributor": order.distributor,
        "at": iso(order.at),
        "tickets": [ticket_json(ticket) for ticket in order.tickets],
    }


def outcome_json(outcome: Outcome) -> dict[str, object]:
    """Return what became of a check-in."""
    return {"id": outcome.id, "accepted": outcome.accepted, "why": outcome.why}
