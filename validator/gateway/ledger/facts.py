"""What the gateway knows of one reading: the facts that the judge is given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from validator.addons import standing
from validator.errors import TokenError
from validator.gateway.ledger.unit_of_work import Work
from validator.gateway.store.claims import ClaimRow, ClaimState
from validator.model import (
    By,
    CheckIn,
    CodeId,
    DeviceId,
    Direction,
    Facts,
    Gate,
    Listing,
    Numbered,
    Opaque,
    Reading,
    Ref,
    Serial,
    Ticket,
    TicketId,
    Token,
    Use,
    UseState,
)
from validator.token import claims_of
from validator.wire.rows import ref_key


@dataclass(frozen=True, slots=True)
class Known:
    """Facts with the claims behind them.

    Args:
        facts: For the judge.
        own: Open claim of the same device for this ticket and direction: it is taken over.
        top: Highest ordinal of the ticket, 0 = none.
    """

    facts: Facts
    own: ClaimRow | None = None
    top: int = 0


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


def present(work: Work, reading: Reading, gate: Gate, device: DeviceId | None = None) -> Known:
    """Return what is known now.

    Args:
        work: The open transaction.
        reading: What was scanned.
        gate: Where, with the direction that is scanned.
        device: Whose own open claim is left out; None = nobody's.
    """
    session = work.session
    catalogue = work.catalogue
    ages = work.plan.ages_s(session, work.now)
    if isinstance(reading, TokenError):
        return Known(Facts(catalogue, ages_s=ages))
    keys = keys_of(reading)
    listed = (
        session.listings.of_number(reading.number)
        if isinstance(reading, Numbered)
        else standing(
            session.listings.of_keys(keys), gate, catalogue, work.now, session.listings.of_keys
        )
    )
    tickets = tickets_in(listed)
    ids = ticket_ids(reading, tickets)
    uses: list[Use] = []
    claims: tuple[ClaimRow, ...] = ()
    if len(ids) == 1:
        uses += session.uses.of_ticket(ids[0])
        claims = session.claims.of_ticket(ids[0])
    own = own_open(claims, device, gate.direction)
    uses += [_reserved(row) for row in claims if row.state is ClaimState.OPEN and row is not own]
    facts = Facts(
        catalogue,
        tickets,
        session.revocations.active(_targets(work, reading, ids, listed)),
        tuple(sorted(uses, key=lambda use: (use.at, use.id))),
        ages,
        silent_exits=work.plan.silent_exits(session, gate.performances),
    )
    return Known(facts, own, max((row.claim.ordinal for row in claims), default=0))


def past(work: Work, check_in: CheckIn, gate: Gate, ticket: TicketId, uses: Sequence[Use]) -> Facts:
    """Return what was known at a check-in's corrected time.

    Sources count as fresh: how old they were is not what makes an entry wrong.

    Args:
        work: The open transaction.
        check_in: What was shown.
        gate: Where.
        ticket: Entitlement that it counts for.
        uses: The ticket's earlier uses.
    """
    session, at = work.session, check_in.corrected
    keys = keys_of(reading_of(check_in))
    listed = session.listings.known(keys, at) if keys else ()
    addon = any(row.ticket.addons and row.ticket.id != ticket for row in listed)
    if addon or not keys:
        listed = session.listings.of_ticket(ticket)
    tickets = tickets_in(listed)
    catalogue = work.catalogue
    sources = {*catalogue.sources, *(key.source for key in catalogue.keys.values())}
    sources |= {row.source for row in tickets}
    return Facts(
        catalogue,
        tickets,
        session.revocations.known((*keys, ticket), at),
        tuple(uses),
        tuple((source, 0.0) for source in sorted(sources)),
        silent_exits=work.plan.silent_exits(session, gate.performances),
    )


def tickets_in(listings: Iterable[Listing]) -> tuple[Ticket, ...]:
    """Return the different tickets that rows lead to; of one ticket the last row counts."""
    return tuple({row.ticket.id: row.ticket for row in listings}.values())


def ticket_ids(reading: Reading, tickets: Iterable[Ticket]) -> tuple[TicketId, ...]:
    """Return the ids that a reading stands for; an unlisted token stands for itself."""
    ids = tuple(ticket.id for ticket in tickets)
    return ids or ((reading.serial.ticket(),) if isinstance(reading, Token) else ())


def own_open(
    claims: Iterable[ClaimRow], device: DeviceId | None, direction: Direction
) -> ClaimRow | None:
    """Return the open claim that a device's next one takes over."""
    for row in claims:
        mine = row.claim.device == device and row.claim.direction is direction
        if mine and row.state is ClaimState.OPEN:
            return row
    return None


def targets_of(listing: Listing) -> tuple[Ref, ...]:
    """Return what a revocation of a listed ticket may point at."""
    return (listing.key, listing.ticket.id)


def _targets(
    work: Work, reading: Reading, ids: Sequence[TicketId], listed: Iterable[Listing]
) -> tuple[Ref, ...]:
    """Return what a revocation of this reading may point at.

    A number names the ticket: an exchanged code does not matter while another one is good.
    """
    if isinstance(reading, Token):
        return (*keys_of(reading), reading.serial.ticket(), *ids)
    if not isinstance(reading, Numbered):
        return (*keys_of(reading), *(row.key for row in listed), *ids)
    listings, active = work.session.listings, work.session.revocations.active
    codes = [[row.key for row in listings.of_ticket(id)] for id in ids]
    dead = [key for keys in codes if all(active((key,)) for key in keys) for key in keys]
    return (*ids, *dead)


def _reserved(row: ClaimRow) -> Use:
    claim = row.claim
    return Use(
        claim.id,
        claim.ticket,
        row.performance,
        claim.direction,
        claim.count,
        row.at,
        row.gate,
        claim.device,
        UseState.CLAIMED,
        row.code,
    )
