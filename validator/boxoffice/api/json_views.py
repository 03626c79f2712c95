"""The box office's things as its HTTP API writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from validator.boxoffice.letters.mails import Mail
from validator.boxoffice.letters.wording import Letter
from validator.boxoffice.model import HistoryEntry, InvoiceOpen, Offer, Order, SoldTicket
from validator.boxoffice.records.catalogue import Event
from validator.boxoffice.records.check_ins import Visit
from validator.boxoffice.selling.accounts import Account, TakenBack
from validator.clock import Instant, iso
from validator.ports import Outcome


def event_json(event: Event, offers: Mapping[int, Sequence[Offer]]) -> dict[str, object]:
    """Return an event with its zones, performances, and what they are sold for."""
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
                "offers": offers_json(offers.get(show.scope, ())),
            }
            for show in event.performances
        ],
    }


def offers_json(offers: Sequence[Offer]) -> list[dict[str, object]]:
    """Return what is on sale; zone null = all of them, quantity and left null = no limit."""
    return [asdict(offer) for offer in offers]


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
        "disabled": ticket.disabled,
        "since": iso(ticket.since),
        "refund": None if ticket.refund is None else ticket.refund.value,
        "reason": ticket.reason,
        "price": ticket.price,
        "commission": ticket.commission,
        "refunded": ticket.refunded,
        "replacement": ticket.replacement,
    }


def history_json(
    ticket: SoldTicket, history: Sequence[HistoryEntry], inside: int
) -> dict[str, object]:
    """Return a ticket with all that happened to it, and how many of its people are inside."""
    lines = [_entry_json(entry) for entry in history]
    return ticket_json(ticket) | {"inside": inside, "history": lines}


def order_history_json(
    histories: Sequence[tuple[str, Sequence[HistoryEntry]]], mails: Sequence[Mail]
) -> list[dict[str, object]]:
    """Return what happened to an order's tickets and what was written to its customer.

    Args:
        histories: By ticket number.
        mails: About the order.
    """
    lines: list[tuple[Instant, dict[str, object]]] = [
        (entry.at, _entry_json(entry) | {"ticket": number})
        for number, history in histories
        for entry in history
    ]
    lines += [
        (mail.at, {"at": iso(mail.at), "what": "letter", "kind": mail.kind.value}) for mail in mails
    ]
    return [line for _, line in sorted(lines, key=lambda each: each[0])]


def _entry_json(entry: HistoryEntry) -> dict[str, object]:
    return {**entry.details, "at": iso(entry.at), "what": entry.what}


def order_json(order: Order) -> dict[str, object]:
    """Return an order with its tickets."""
    return {
        "number": order.number,
        "customer": order.customer,
        "email": order.email,
        "paid": order.paid,
        "distributor": order.distributor,
        "at": iso(order.at),
        "payment": order.payment.value,
        "language": order.language,
        "total": order.total,
        "reminders": order.reminders,
        "due": None if order.due is None else iso(order.due),
        "replaces": order.replaces,
        "tickets": [ticket_json(ticket) for ticket in order.tickets],
    }


def visit_json(visit: Visit) -> dict[str, object]:
    """Return who of a ticket is inside, and who came or went last."""
    return {
        "inside": visit.inside,
        "at": iso(visit.last.at),
        "gate": visit.last.gate,
        "direction": visit.last.direction.value,
    }


def letter_json(letter: Letter | None) -> dict[str, object] | None:
    """Return a letter; null if its customer has no address."""
    return None if letter is None else asdict(letter)


def mail_json(mail: Mail) -> dict[str, object]:
    """Return a letter that was sent or waits for it."""
    state = {"kind": mail.kind.value, "at": iso(mail.at), "written": mail.written}
    return state | asdict(mail.letter)


def way_out_json(error: InvoiceOpen) -> dict[str, object]:
    """Return the call that takes a ticket out of an unpaid order."""
    return {
        "method": "POST",
        "path": f"orders/{error.order}/remake",
        "body": {"without": [error.ticket], "reason": None},
    }


def accounts_json(
    accounts: Sequence[Account], taken_back: Sequence[TakenBack]
) -> dict[str, object]:
    """Return a performance's accounts; money in cents."""
    rows = [
        asdict(row) | {"since": iso(row.since), "state": row.state.value, "refund": row.refund}
        for row in taken_back
    ]
    return {"accounts": [asdict(account) for account in accounts], "taken_back": rows}


def outcome_json(outcome: Outcome) -> dict[str, object]:
    """Return what became of a check-in."""
    return {"id": outcome.id, "accepted": outcome.accepted, "why": outcome.why}
