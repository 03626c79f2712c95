"""The one way from a code, a serial, a number or what a revocation names to its ticket.

A ticket may have several rows: it was reissued, or is printed with a code of another system, too.
They are read oldest first, and what the newest one says of the ticket counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from validator.gateway.store.port import Session
from validator.model import (
    By,
    CheckIn,
    CodeId,
    Listing,
    Numbered,
    Opaque,
    Reading,
    Ref,
    Serial,
    Ticket,
    TicketId,
    Token,
)
from validator.token import claims_of
from validator.wire.rows import ref_key


def keys_of(reading: Reading) -> tuple[CodeId | Serial, ...]:
    """Return what a reading is listed under."""
    if isinstance(reading, Token):
        return (reading.serial, reading.code)
    return (reading.code,) if isinstance(reading, Opaque) else ()


def ref_of(reading: Reading) -> bytes | None:
    """Return the stream key that a use of this reading is filed under."""
    keys = keys_of(reading)
    return ref_key(keys[0]) if keys else None


def reading_of(check_in: CheckIn) -> Token | Opaque | Numbered:
    """Return what a check-in was made with, as far as the journal holds it.

    Raises:
        TokenError: Its payload is no token's.
    """
    if check_in.payload is not None:
        return claims_of(check_in.payload)
    if check_in.by is By.NUMBER or check_in.code is None:
        return Numbered("")
    return Opaque(check_in.code, "")


def rows_of(session: Session, ref: Ref) -> tuple[Listing, ...]:
    """Return the rows that a code or serial stands for, or that open a ticket; oldest first."""
    if isinstance(ref, str):
        return session.listings.of_ticket(ref)
    return session.listings.of_keys((ref,))


def ticket_of(session: Session, ref: Ref) -> Ticket | None:
    """Return the ticket of a code, a serial or a ticket's id, as listed; None = it is not."""
    return newest(rows_of(session, ref))


def newest(rows: Sequence[Listing]) -> Ticket | None:
    """Return what the newest of a ticket's rows says of it; None = there is no row."""
    return rows[-1].ticket if rows else None


def tickets_in(listings: Iterable[Listing]) -> tuple[Ticket, ...]:
    """Return the different tickets that rows lead to; of one ticket the last row counts."""
    return tuple({row.ticket.id: row.ticket for row in listings}.values())


def ticket_ids(reading: Reading, tickets: Iterable[Ticket]) -> tuple[TicketId, ...]:
    """Return the ids that a reading stands for; an unlisted token stands for itself."""
    ids = tuple(ticket.id for ticket in tickets)
    return ids or ((reading.serial.ticket(),) if isinstance(reading, Token) else ())


def targets_of(listing: Listing) -> tuple[Ref, ...]:
    """Return what a revocation of a listed ticket may point at."""
    return (listing.key, listing.ticket.id)
