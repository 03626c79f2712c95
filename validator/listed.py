"""What listed rows mean, at the gateway and on a lane alike.

Which rows a code stands for where an add-on may stand for its ticket, and which codes of a ticket
are dead when its number is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from validator.clock import Instant
from validator.model import Catalogue, CodeId, Gate, Listing, Serial, Ticket
from validator.rules import performance_for

Find = Callable[[Sequence[CodeId]], Sequence[Listing]]
"""Returns the rows of codes."""


def counted_rows(
    listed: Sequence[Listing], gate: Gate, plan: Catalogue, now: Instant, find: Find
) -> Sequence[Listing]:
    """Return the rows that a scanned code stands for at a gate.

    Of a ticket and its add-ons the one counts whose tariff the check-in list is for; of several
    the one that is good now. If none is, the ticket itself is judged; several are ambiguous.

    Args:
        listed: Rows of the code.
        gate: Where.
        plan: The evening's plan.
        now: Corrected time.
        find: Looks up the add-ons.
    """
    ticket = listed[0].ticket if len(listed) == 1 else None
    if ticket is None or not ticket.addons:
        return listed
    here = performance_for(ticket.scope, gate, plan, now)
    policy = here.check_list if here else None
    if policy is None or not policy.addons:
        return listed
    fitting = [
        row
        for row in (*listed, *find(ticket.addons))
        if policy.tariffs is None or row.ticket.tariff in policy.tariffs
    ]
    if len(fitting) > 1:
        fitting = [row for row in fitting if _good(row.ticket, now)]
    return fitting or listed


def _good(ticket: Ticket, now: Instant) -> bool:
    begun = ticket.valid_from is None or ticket.valid_from <= now
    return begun and (ticket.valid_until is None or now < ticket.valid_until)


def dead_codes(
    codes_by_ticket: Iterable[Sequence[CodeId | Serial]], refused: Callable[[CodeId | Serial], bool]
) -> tuple[CodeId | Serial, ...]:
    """Return the codes of tickets of which none is good any more.

    A number names the ticket, not one of its codes: an exchanged code does not matter while the
    ticket has a good one.

    Args:
        codes_by_ticket: Codes and serials of each ticket.
        refused: Tells whether something refuses a code.
    """
    return tuple(code for codes in codes_by_ticket if all(map(refused, codes)) for code in codes)
