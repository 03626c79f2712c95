"""What has happened with one ticket, for people."""

from __future__ import annotations

from typing import Any

from validator.clock import iso
from validator.gateway.ledger.tickets import newest, targets_of
from validator.gateway.store.journal import Event
from validator.gateway.store.port import Session
from validator.model import inside

MOST_EVENTS = 200
"""Most events that are told of one ticket, the oldest ones."""


def ticket_history(session: Session, number: str) -> dict[str, Any] | None:
    """Return a ticket and its events, ready for JSON; None = no such number.

    Args:
        session: An open transaction.
        number: As printed; case does not matter.
    """
    listings = session.listings.of_number(number.strip().upper())
    ticket = newest(listings)
    if ticket is None:
        return None
    targets = {target for listing in listings for target in targets_of(listing)}
    return {
        "number": ticket.number,
        "scope": ticket.scope,
        "tariff": ticket.tariff,
        "source": ticket.source,
        "admits": ticket.admits,
        "seat": ticket.seat,
        "status": ticket.status.value,
        "revocations": [
            {"kind": row.kind.value, "since": iso(row.since), "replacement": row.replacement}
            for row in session.revocations.active(tuple(targets))
        ],
        "inside": inside(session.uses.of_ticket(ticket.id)),
        "events": [_event(event) for event in session.totals.ticket_events(ticket.id, MOST_EVENTS)],
    }


def _event(event: Event) -> dict[str, Any]:
    shown = event.check_in
    return {
        "id": shown.id,
        "at": iso(shown.corrected),
        "kind": shown.kind.value,
        "gate": shown.gate,
        "direction": shown.direction.value,
        "decision": shown.decision.value,
        "reason": shown.reason.value,
        "assurance": shown.assurance.value,
        "count": shown.count,
        "by": shown.by.value,
        "of": shown.of,
        "override": shown.override_by,
        "conflict": event.conflict,
    }
