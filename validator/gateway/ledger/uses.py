"""The uses streams: cut from the journal, and from what other systems' scanners let in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from validator.feed import Row
from validator.feed.names import USES, stream_of
from validator.gateway.ledger.conflicts import refold
from validator.gateway.ledger.resolution import performance_at
from validator.gateway.ledger.tickets import ticket_of
from validator.gateway.ledger.unit_of_work import UnitOfWork
from validator.gateway.store.uses import UseRow
from validator.model import TicketId, Use
from validator.wire.rows import use_row

CUT_EVENTS = 2_000
"""Most events that are published at once, so that claims need not wait long."""

FEW_EVENTS = 50
"""So many take a few milliseconds; after a rush or an upload there are more."""


def _streams(work: UnitOfWork, performance: int, ticket: TicketId | None) -> tuple[str, ...]:
    """Return where a use is published.

    That of a pass is also on the pass's own stream: its limits reach beyond one performance, and
    a lane follows the passes that open its gate.
    """
    here = stream_of(USES, performance)
    passes = work.catalogue.passes
    if ticket is None or not passes:
        return (here,)
    listed = ticket_of(work.session, ticket)
    own, _, _ = ticket.partition(".")
    scope = listed.scope if listed else int(own) if own.isdecimal() else 0
    return (here, stream_of(USES, scope)) if scope in passes else (here,)


def cut_uses(work: UnitOfWork, most: int = CUT_EVENTS) -> bool:
    """Publish what the journal says since the last cut, once and without gaps.

    Args:
        work: The open transaction.
        most: Most events that are published.

    Returns:
        Whether there is more.
    """
    session = work.session
    passages = session.uses.passages(session.streams.cut(), most)
    if not passages:
        return False
    changed = {passage.id: passage for passage in passages}
    rows: defaultdict[str, list[Row]] = defaultdict(list)
    for id, passage in changed.items():
        if id is None:
            continue
        scope = performance_at(work, passage.performance, passage.gate, passage.at)
        row = use_row(passage.use) if passage.use else (id.encode(), None)
        for stream in _streams(work, scope, passage.ticket):
            rows[stream].append(row)
    for stream, part in rows.items():
        work.publish(stream, part)
    session.streams.move_cut(passages[-1].sequence)
    return len(passages) == most


def publish_uses(work: UnitOfWork, uses: Iterable[Use]) -> None:
    """Publish uses that no new event of the journal tells of."""
    rows: defaultdict[str, list[Row]] = defaultdict(list)
    for use in uses:
        for stream in _streams(work, use.performance, use.ticket):
            rows[stream].append(use_row(use))
    for stream, part in rows.items():
        work.publish(stream, part)


def store_foreign_uses(work: UnitOfWork, source: str, uses: Iterable[Use]) -> None:
    """Take entries made with another system's scanners; our own ones, come back, are left out."""
    session = work.session
    new = []
    for use in uses:
        if session.journal.find(use.id) is not None or session.uses.find(use.id) is not None:
            continue
        ticket = ticket_of(session, use.ticket)
        session.uses.put(
            UseRow(
                use,
                tariff=ticket.tariff if ticket else None,
                distributor=ticket.distributor if ticket else "",
                origin=source,
            )
        )
        new.append(use)
        refold(work, use.ticket, use)
    publish_uses(work, new)
