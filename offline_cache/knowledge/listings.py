"""Ticket rows: which code or serial opens which ticket."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from validator.errors import WireError
from validator.feed import Row
from validator.model import CodeId, Listing, Numbered, Opaque, Serial, Ticket, TicketId, Token
from validator.wire.codec import unpack
from validator.wire.rows import read_listing, read_ref, ref_key

_LIVE = "SELECT value FROM tickets CROSS JOIN streams ON id = stream WHERE stage = 'live' AND"


class Listings:
    """The table `tickets`, inside a transaction that the caller holds."""

    def write(self, db: sqlite3.Connection, stream: int, rows: Iterable[Row]) -> int:
        """Apply rows; return how many could not be read and were left out."""
        put: list[tuple[int, bytes, str, str | None, bytes]] = []
        dropped: list[tuple[bytes, int]] = []
        unread = 0
        for key, value in rows:
            if value is None:
                dropped.append((key, stream))
                continue
            try:
                ticket = read_listing(key, value).ticket
            except WireError:
                unread += 1
                continue
            number = ticket.number.upper() if ticket.number else None
            put.append((stream, key, ticket.id, number, value))
        db.executemany("DELETE FROM tickets WHERE key = ? AND stream = ?", dropped)
        db.executemany("INSERT OR REPLACE INTO tickets VALUES (?, ?, ?, ?, ?)", put)
        return unread

    def tickets(self, db: sqlite3.Connection, reading: Token | Opaque | Numbered) -> list[Ticket]:
        """Return the tickets that a reading leads to, each once."""
        if isinstance(reading, Numbered):
            found = db.execute(f"{_LIVE} number = ?", (reading.number,))
        else:
            ref = reading.serial if isinstance(reading, Token) else reading.code
            found = db.execute(f"{_LIVE} key = ?", (ref_key(ref),))
        tickets = (unpack(Ticket, value) for (value,) in found)
        return list({ticket.id: ticket for ticket in tickets}.values())

    def of_codes(self, db: sqlite3.Connection, codes: Sequence[CodeId]) -> list[Listing]:
        """Return the rows of codes."""
        return [
            Listing(code, unpack(Ticket, value))
            for code in codes
            for (value,) in db.execute(f"{_LIVE} key = ?", (ref_key(code),))
        ]

    def credentials(self, db: sqlite3.Connection, ticket: TicketId) -> list[CodeId | Serial]:
        """Return every code and serial that a ticket was listed under."""
        rows = db.execute(
            "SELECT DISTINCT key FROM tickets CROSS JOIN streams ON id = stream"
            " WHERE ticket = ? AND stage = 'live'",
            (ticket,),
        )
        refs = (read_ref(key) for (key,) in rows)
        return [ref for ref in refs if isinstance(ref, Serial | bytes)]
