"""The uses streams: cut from the journal, and from what other systems' scanners let in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from validator.feed import Row
from validator.gateway.conflicts import refold
from validator.gateway.store.entries import UseRow
from validator.gateway.work import Work
from validator.model import CheckInId, Kind, Use
from validator.wire.rows import use_row

CUT_EVENTS = 2_000
"""Most events that are published at once, so that claims need not wait long."""


def uses_stream(performance: int) -> str:
    """Return the name of a performance's uses stream."""
    return f"uses.{performance}"


def cut_uses(work: Work) -> bool:
    """Publish what the journal says since the last cut, once and without gaps.

    Returns:
        Whether there is more.
    """
    session = work.session
    events = session.journal.after(session.streams.cut(), CUT_EVENTS)
    if not events:
        return False
    changed: dict[CheckInId, int] = {}
    for event in events:
        shown = event.check_in
        if shown.passes:
            changed[shown.id] = shown.performance
        elif shown.of is not None and shown.kind in (Kind.UNDO, Kind.RELEASE, Kind.CONFIRM):
            about = session.journal.find(shown.of)
            if about is not None:
                changed[shown.of] = about.check_in.performance
    rows: defaultdict[int, list[Row]] = defaultdict(list)
    known = {use.id: use for use in session.uses.of_ids(tuple(changed))}
    for id, performance in changed.items():
        use = known.get(id)
        rows[performance].append(use_row(use) if use else (id.encode(), None))
    for performance, part in rows.items():
        work.publish(uses_stream(performance), part)
    session.streams.move_cut(events[-1].sequence)
    return len(events) == CUT_EVENTS


def publish_uses(work: Work, uses: Iterable[Use]) -> None:
    """Publish uses that no new event of the journal tells of."""
    rows: defaultdict[int, list[Row]] = defaultdict(list)
    for use in uses:
        rows[use.performance].append(use_row(use))
    for performance, part in rows.items():
        work.publish(uses_stream(performance), part)


def let_in_elsewhere(work: Work, source: str, uses: Iterable[Use]) -> None:
    """Take entries made with another system's scanners; our own ones, come back, are left out."""
    session = work.session
    new = []
    for use in uses:
        if session.journal.find(use.id) is not None or session.uses.find(use.id) is not None:
            continue
        listed = session.listings.of_ticket(use.ticket)
        ticket = listed[0].ticket if listed else None
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
