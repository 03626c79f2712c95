"""What the gateway knows of one reading: the facts that the judge is given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from validator.errors import TokenError
from validator.gateway.ledger.tickets import keys_of, reading_of, rows_of, ticket_ids, tickets_in
from validator.gateway.ledger.unit_of_work import UnitOfWork
from validator.gateway.store.claims import ClaimRow
from validator.listed import counted_rows, dead_codes
from validator.model import (
    CheckIn,
    DeviceId,
    Direction,
    Facts,
    Gate,
    Listing,
    Numbered,
    Reading,
    Ref,
    TicketId,
    Token,
    Use,
    UseState,
)


@dataclass(frozen=True, slots=True)
class FactsAndClaims:
    """Facts with the claims behind them.

    Args:
        facts: For the judge.
        own: Open claim of the same device for this ticket and direction: it is taken over.
        top: Highest ordinal of the ticket, 0 = none.
    """

    facts: Facts
    own: ClaimRow | None = None
    top: int = 0


def facts_now(
    work: UnitOfWork, reading: Reading, gate: Gate, device: DeviceId | None = None
) -> FactsAndClaims:
    """Return what is known now.

    Args:
        work: The open transaction.
        reading: What was scanned.
        gate: Where, with the direction that is scanned.
        device: Whose own open claim is left out; None = nobody's.
    """
    session = work.session
    catalogue = work.catalogue
    ages = work.cache.ages_s(session, work.now)
    if isinstance(reading, TokenError):
        return FactsAndClaims(Facts(catalogue, ages_s=ages))
    keys = keys_of(reading)
    listed = (
        session.listings.of_number(reading.number)
        if isinstance(reading, Numbered)
        else counted_rows(
            session.listings.of_keys(keys), gate, catalogue, work.now, session.listings.of_keys
        )
    )
    tickets = tickets_in(listed)
    ids = ticket_ids(reading, tickets)
    uses: list[Use] = []
    claims: tuple[ClaimRow, ...] = ()
    top = 0
    if len(ids) == 1:
        uses += session.uses.of_ticket(ids[0])
        claims, top = session.claims.open_of(ids[0]), session.claims.top(ids[0])
    own = own_open_claim(claims, device, gate.direction)
    uses += [_claimed_use(row) for row in claims if row is not own]
    facts = Facts(
        catalogue,
        tickets,
        session.revocations.active(_targets(work, reading, ids, listed)),
        tuple(sorted(uses, key=lambda use: (use.at, use.id))),
        ages,
        silent_exits=work.cache.silent_exits(session, gate.performances),
    )
    return FactsAndClaims(facts, own, top)


def facts_then(
    work: UnitOfWork, check_in: CheckIn, gate: Gate, ticket: TicketId, uses: Sequence[Use]
) -> Facts:
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
        listed = rows_of(session, ticket)
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
        silent_exits=work.cache.silent_exits(session, gate.performances),
    )


def own_open_claim(
    claims: Iterable[ClaimRow], device: DeviceId | None, direction: Direction
) -> ClaimRow | None:
    """Return which of a ticket's open claims a device's next one takes over."""
    for row in claims:
        if row.claim.device == device and row.claim.direction is direction:
            return row
    return None


def _targets(
    work: UnitOfWork, reading: Reading, ids: Sequence[TicketId], listed: Iterable[Listing]
) -> tuple[Ref, ...]:
    """Return what a revocation of this reading may point at.

    A number names the ticket: an exchanged code does not matter while another one is good.
    """
    if isinstance(reading, Token):
        return (*keys_of(reading), reading.serial.ticket(), *ids)
    if not isinstance(reading, Numbered):
        return (*keys_of(reading), *(row.key for row in listed), *ids)
    active = work.session.revocations.active
    codes = ([row.key for row in rows_of(work.session, id)] for id in ids)
    return (*ids, *dead_codes(codes, lambda key: bool(active((key,)))))


def _claimed_use(row: ClaimRow) -> Use:
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
