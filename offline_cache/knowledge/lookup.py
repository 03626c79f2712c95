"""What the tables say of one reading: its tickets, what cancels them, who went through."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from offline_cache.knowledge.cancellations import Cancellations
from offline_cache.knowledge.listings import Listings
from offline_cache.knowledge.recent import Recent
from offline_cache.knowledge.uses import Uses
from validator.clock import Instant
from validator.errors import TokenError
from validator.listed import counted_rows, dead_codes
from validator.model import (
    Catalogue,
    CodeId,
    Facts,
    Gate,
    Listing,
    Numbered,
    Opaque,
    Reading,
    Ref,
    Serial,
    TicketId,
    Token,
)

_Codes = Mapping[TicketId, Sequence[CodeId | Serial]]
"""By ticket, what it is listed under."""


class Lookup:
    """Indexed look-ups across the tables, inside a transaction that the caller holds."""

    def __init__(self, listings: Listings, cancellations: Cancellations, uses: Uses) -> None:
        self._listings = listings
        self._cancellations = cancellations
        self._uses = uses

    def facts(
        self,
        db: sqlite3.Connection,
        reading: Reading,
        catalogue: Catalogue,
        ages_s: tuple[tuple[str, float], ...],
        recent: Recent,
        gate: Gate,
        now: Instant,
    ) -> Facts:
        """Return what a reading is judged by.

        Args:
            db: Connection.
            reading: What was scanned.
            catalogue: The evening's plan.
            ages_s: By source, as `Facts` has them.
            recent: What the lane has just done.
            gate: Where.
            now: Corrected time.
        """
        if isinstance(reading, TokenError):
            return Facts(catalogue, ages_s=ages_s, last=recent.last)
        listed = self._listings.tickets(db, reading)
        tickets = listed
        targets: list[Ref] = []
        if isinstance(reading, Opaque):
            find = partial(self._listings.of_codes, db)
            found = [Listing(reading.code, ticket) for ticket in listed]
            rows = counted_rows(found, gate, catalogue, now, find)
            tickets = [row.ticket for row in rows]
            targets += [row.key for row in rows]
        ids = [ticket.id for ticket in tickets]
        if not isinstance(reading, Numbered):
            targets.append(reading.code)
            ids += self._uses.tickets(db, reading.code)
        if isinstance(reading, Token):
            targets.append(reading.serial)
            ids.append(reading.serial.ticket())
        codes = self._codes(db, ids)
        if isinstance(reading, Numbered):
            targets += dead_codes(
                codes.values(), lambda code: bool(self._cancellations.of(db, [code]))
            )
        names = _names(codes)
        # Where an add-on stands for its ticket here, the gateway may judge the ticket.
        others = self._codes(db, (ticket.id for ticket in listed if ticket.id not in codes))
        return Facts(
            catalogue,
            tuple(tickets),
            self._cancellations.of(db, [*targets, *ids]),
            self._uses.of(db, names),
            ages_s,
            recent.last,
            recent.open_for(names, None if isinstance(reading, Numbered) else reading.code),
            names=names | _names(others) if listed else None,
        )

    def _codes(self, db: sqlite3.Connection, tickets: Iterable[TicketId]) -> _Codes:
        return {ticket: self._listings.credentials(db, ticket) for ticket in dict.fromkeys(tickets)}


def _names(codes: _Codes) -> frozenset[TicketId]:
    """Return every name that uses of tickets may be filed under.

    A code that was issued anew may have been let in before its row was known here: then its
    serial stood for itself. So each serial that a row names counts as a name of the ticket,
    whichever came first, the use or the row.
    """
    serials = (ref for refs in codes.values() for ref in refs if isinstance(ref, Serial))
    return frozenset(codes) | {serial.ticket() for serial in serials}
