"""What the tables say of one reading: its tickets, what cancels them, who went through."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
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
    Facts,
    Gate,
    Listing,
    Numbered,
    Opaque,
    Reading,
    Ref,
    Revocation,
    Serial,
    Ticket,
    TicketId,
    Token,
    Use,
)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one reading.

    Args:
        tickets: Rows that it leads to, each ticket once.
        revocations: Of the code, its serial and its tickets.
        uses: Of the ticket under all of its names, in order of (time, id).
        names: Those names.
    """

    tickets: tuple[Ticket, ...]
    revocations: tuple[Revocation, ...]
    uses: tuple[Use, ...]
    names: frozenset[TicketId]


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
        find = partial(self._listings.of_codes, db)
        known = self.known(db, reading, lambda rows: counted_rows(rows, gate, catalogue, now, find))
        code = None if isinstance(reading, Numbered) else reading.code
        return Facts(
            catalogue,
            known.tickets,
            known.revocations,
            known.uses,
            ages_s,
            recent.last,
            recent.open_for(known.names, code),
        )

    def known(
        self,
        db: sqlite3.Connection,
        reading: Token | Opaque | Numbered,
        stands: Callable[[Sequence[Listing]], Sequence[Listing]] = tuple,
    ) -> Known:
        """Return all that the tables say of a reading.

        Args:
            db: Connection.
            reading: What was scanned.
            stands: Says which rows count of those that a code leads to.
        """
        tickets = tuple(self._listings.tickets(db, reading))
        targets: list[Ref] = []
        if isinstance(reading, Opaque):
            rows = stands([Listing(reading.code, ticket) for ticket in tickets])
            tickets = tuple(row.ticket for row in rows)
            targets += [row.key for row in rows]
        ids = [ticket.id for ticket in tickets]
        if isinstance(reading, Numbered):
            codes = (self._listings.credentials(db, ticket) for ticket in ids)
            targets += dead_codes(codes, lambda code: bool(self._cancellations.of(db, [code])))
        else:
            targets.append(reading.code)
            ids += self._uses.tickets(db, reading.code)
        if isinstance(reading, Token):
            targets.append(reading.serial)
            ids.append(reading.serial.ticket())
        names = self.names(db, ids)
        return Known(
            tickets,
            self._cancellations.of(db, [*targets, *ids]),
            self._uses.of(db, names),
            names,
        )

    def names(self, db: sqlite3.Connection, tickets: Iterable[TicketId]) -> frozenset[TicketId]:
        """Return every name that uses of these tickets may be filed under.

        A code that was issued anew may have been let in before its row was known here: then its
        serial stood for itself. So each serial that a row names counts as a name of the ticket,
        whichever came first, the use or the row.
        """
        asked = frozenset(tickets)
        credentials = (ref for ticket in asked for ref in self._listings.credentials(db, ticket))
        return asked | {ref.ticket() for ref in credentials if isinstance(ref, Serial)}
