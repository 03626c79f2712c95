"""The mass guard: what a list only suggests does not shut a hall out.

A ticketing system that is read from lists may go wrong as a whole: a key loses its rights, a word
changes its meaning, a page stays empty. So when one sync would cancel more than a handful of a
performance by inference, all of these wait for a supervisor. What was done explicitly is never
held, and tickets that were never sold here as valid count for nothing.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import replace

from validator.gateway.host.logs import event
from validator.gateway.ledger.tickets import ticket_of
from validator.gateway.ledger.unit_of_work import UnitOfWork
from validator.gateway.ledger.upstream_changes import SLICE, revoke
from validator.model import Ref, Revocation
from validator.ports import Changes

HANDFUL, SHARE = 20, 0.01
"""So many of a performance, or this share of its tickets, whichever is more, may be cancelled by
inference in one sync."""


def hold_back(work: UnitOfWork, source: str, changes: Changes) -> Changes:
    """Hold back inferred cancellations that are too many.

    Args:
        work: The open transaction.
        source: Id of the upstream.
        changes: A whole sync, inferred.

    Returns:
        The changes without what is held now.
    """
    session = work.session
    by_scope: defaultdict[int, list[Revocation]] = defaultdict(list)
    for revocation in changes.revocations:
        scope = _scope(work, revocation.target)
        if scope is not None and not session.revocations.active((revocation.target,)):
            by_scope[scope].append(revocation)
    held: set[Ref] = set()
    for scope, revocations in by_scope.items():
        before = session.held_cancellations.count(source, scope)
        most = max(HANDFUL, SHARE * session.listings.count(source, scope))
        if before or len(revocations) > most:
            session.held_cancellations.put(source, scope, revocations, work.now)
            held.update(revocation.target for revocation in revocations)
    kept = tuple(row for row in changes.revocations if row.target not in held)
    return replace(changes, revocations=kept, inferred=False)


def approve(work: UnitOfWork, source: str, scope: int) -> int:
    """Cancel some of what is held of a performance; return how many, 0 = nothing is left."""
    revocations = work.session.held_cancellations.take(source, scope, SLICE)
    revoke(work, source, revocations)
    return len(revocations)


def log_held(source: str, changes: Changes, kept: Changes) -> None:
    """Raise the alarm if something was held back."""
    count = len(changes.revocations) - len(kept.revocations)
    if count:
        event("cancellations_held", logging.ERROR, source=source, count=count)


def _scope(work: UnitOfWork, target: Ref) -> int | None:
    ticket = ticket_of(work.session, target)
    return ticket.scope if ticket else None
