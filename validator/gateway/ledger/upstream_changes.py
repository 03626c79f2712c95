"""What upstreams say: catalogue, ticket rows, cancellations and uses, stored and published."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from validator.feed import Row
from validator.feed.names import CANCELLATIONS, TICKETS, kind_of, stream_of
from validator.gateway.ledger.conflicts import refold
from validator.gateway.ledger.issuer_keys import lasting
from validator.gateway.ledger.tickets import rows_of, targets_of
from validator.gateway.ledger.unit_of_work import UnitOfWork
from validator.gateway.ledger.uses import publish_uses, store_foreign_uses
from validator.model import Entry, IssuerKey, KeyState, Listing, Ref, Revocation, Serial, TicketId
from validator.ports import Changes
from validator.wire.rows import listing_row, ref_key, revocation_row

SLICE = 100
"""Most rows that are stored in one transaction: about 10 ms of work."""

_KINDS = ("entries", "listings", "dropped", "revocations", "lifted", "uses")


def slices(changes: Changes) -> Iterator[tuple[Changes, bool]]:
    """Yield changes in parts, and whether it is the last: that one alone moves the cursor.

    If the gateway stops between two parts, the upstream is asked for all of them again.
    """
    bare = Changes(changes.cursor, changes.as_of, changes.more, aside=changes.aside)
    # Of a stolen key only listed tickets pass: what was sold with it is listed first.
    stolen = tuple(filter(_is_stolen, changes.entries))
    others = replace(changes, entries=tuple(row for row in changes.entries if row not in stolen))
    rows = [(kind, row) for kind in _KINDS for row in getattr(others, kind)]
    for start in range(0, max(len(rows), 1), SLICE):
        part: dict[str, Any] = {
            kind: tuple(row for _, row in some)
            for kind, some in groupby(rows[start : start + SLICE], key=lambda each: each[0])
        }
        yield replace(bare, **part), start + SLICE >= len(rows) and not stolen
    if stolen:
        yield replace(bare, entries=stolen), True


def refusals_ahead(changes: Changes) -> tuple[Changes, Changes]:
    """Split off the cancellations of tickets that were known before: they wait for nothing.

    Returns:
        Those, in `slices` of their own, and all the rest.
    """
    new = {listing.key for listing in changes.listings} | {
        listing.ticket.id for listing in changes.listings
    }
    ahead = tuple(row for row in changes.revocations if row.target not in new)
    rest = tuple(row for row in changes.revocations if row.target in new)
    return Changes(changes.cursor, None, revocations=ahead), replace(changes, revocations=rest)


def apply(work: UnitOfWork, source: str, changes: Changes, last: bool) -> None:
    """Store and publish a part of what an upstream says.

    Args:
        work: The open transaction.
        source: Id of the upstream.
        changes: A part, from `slices`.
        last: Move the upstream's cursor, and `as_of` if the pass was complete and no row is set
            aside.
    """
    if changes.entries:
        work.put_entries(lasting(work, changes.entries))
    _list(work, changes.listings)
    _drop(work, changes.dropped)
    revoke(work, source, changes.revocations)
    _lift(work, changes.lifted)
    store_foreign_uses(work, source, changes.uses)
    if last:
        if not changes.more:
            work.session.sources.put_aside(source, changes.aside, work.now)
        as_of = None if changes.aside else changes.as_of
        work.session.sources.move(source, changes.cursor, as_of)
        work.cache.forget()


def scopes_of(work: UnitOfWork, target: Ref, source: str) -> tuple[int, ...]:
    """Return the scopes whose lanes must hear of a revocation.

    Args:
        work: The open transaction.
        target: What is refused.
        source: Who said so; while a code or ticket is not listed, every scope that the source
            may sell for is told.
    """
    scopes = {row.ticket.scope for row in rows_of(work.session, target)}
    if isinstance(target, Serial):
        scopes.add(target.scope)
    if scopes:
        return tuple(scopes)
    if isinstance(target, str):
        scope, _, serial = target.partition(".")
        if scope.isdecimal() and serial.isdecimal():
            return (int(scope),)
    catalogue = work.catalogue
    signed = {
        scope for key in catalogue.keys.values() if key.source == source for scope in key.scopes
    }
    sold = signed | set(work.session.listings.scopes(source))
    return tuple(sold or {*catalogue.performances, *catalogue.passes})


def _is_stolen(entry: Entry) -> bool:
    return isinstance(entry, IssuerKey) and entry.state is KeyState.COMPROMISED


def _list(work: UnitOfWork, listings: Iterable[Listing]) -> None:
    session = work.session
    rows: defaultdict[str, list[Row]] = defaultdict(list)
    for listing in listings:
        before = session.listings.put(listing, work.now)
        if before == listing:
            continue
        scope = listing.ticket.scope
        if before is not None and before.ticket.scope != scope:
            rows[stream_of(TICKETS, before.ticket.scope)].append((ref_key(listing.key), None))
        rows[stream_of(TICKETS, scope)].append(listing_row(listing))
        active = session.revocations.active(targets_of(listing))
        rows[stream_of(CANCELLATIONS, scope)] += map(revocation_row, active)
        _merge(work, listing)
    for stream, part in rows.items():
        work.publish(stream, part)


def _merge(work: UnitOfWork, listing: Listing) -> None:
    """Bring what a serial did, while it stood for itself, to the ticket that it belongs to."""
    if not isinstance(listing.key, Serial) or listing.ticket.id == listing.key.ticket():
        return
    _move(work, ref_key(listing.key), listing.key.ticket(), listing.ticket.id)


def _move(work: UnitOfWork, ref: bytes, old: TicketId, new: TicketId) -> None:
    session = work.session
    moved = session.uses.rekey(ref, old, new)
    session.claims.rekey(ref, old, new)
    session.journal.rekey(ref, old, new)
    if moved:
        publish_uses(work, moved)
        refold(work, new, min(moved, key=lambda use: (use.at, use.id)))


def _drop(work: UnitOfWork, keys: Iterable[Ref]) -> None:
    for key in keys:
        before = work.session.listings.drop(key, work.now)
        if before is not None:
            work.publish(stream_of(TICKETS, before.ticket.scope), [(ref_key(key), None)])
            if isinstance(key, Serial) and before.ticket.id != key.ticket():
                # It stands for itself again, with all that it was used for.
                _move(work, ref_key(key), before.ticket.id, key.ticket())


def revoke(work: UnitOfWork, source: str, revocations: Iterable[Revocation]) -> None:
    """Store and publish what is refused from now on.

    Args:
        work: The open transaction.
        source: Who says so.
        revocations: Their `since` is now, unless they stand already.
    """
    rows: defaultdict[str, list[Row]] = defaultdict(list)
    for revocation in revocations:
        learned = replace(revocation, since=work.now)
        stored = work.session.revocations.put(learned, source)
        work.session.restoration.confirm(revocation.target)
        for scope in scopes_of(work, revocation.target, source):
            rows[stream_of(CANCELLATIONS, scope)].append(revocation_row(stored))
    for stream, part in rows.items():
        work.publish(stream, part)


def _lift(work: UnitOfWork, targets: Sequence[Ref]) -> None:
    streams = work.session.streams
    for target in targets:
        work.session.held_cancellations.drop(target)
    gone = [
        (revocation_row(revocation)[0], None)
        for target in targets
        # A box office put back to an older backup takes back what it has never heard of.
        if not work.session.restoration.is_unconfirmed(target)
        for revocation in work.session.revocations.lift(target, work.now)
    ]
    if not gone:
        return
    for head in streams.positions():
        if kind_of(head.stream) == CANCELLATIONS:
            work.publish(head.stream, gone)
