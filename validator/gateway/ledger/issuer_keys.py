"""Issuer keys after a restore: what a backup has forgotten of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from validator.gateway.ledger.unit_of_work import UnitOfWork
from validator.model import Entry, IssuerKey, KeyState


def replayed_key(known: IssuerKey | None, key: IssuerKey) -> IssuerKey:
    """Return a key that a device gives back, as it is to be published.

    Args:
        known: What the gateway has under its number; None = the private half is not in the
            backup, so nothing can be signed with it any more, and what it signed stays good.
        key: As it was published once.
    """
    if known is None:
        gone = key.state is KeyState.ACTIVE
        return replace(key, state=KeyState.RETIRED) if gone else key
    return _merged(key, known)


def lasting(work: UnitOfWork, entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return catalogue entries of an upstream, without what an older backup of it has forgotten.

    Of a known key the scopes stay that it has signed for, and that it is compromised.
    """
    if not work.session.restoration.ended_heads():
        return tuple(entries)
    known = work.catalogue.keys
    return tuple(
        _merged(known.get(entry.kid), entry) if isinstance(entry, IssuerKey) else entry
        for entry in entries
    )


def _merged(before: IssuerKey | None, key: IssuerKey) -> IssuerKey:
    if before is None or before.public != key.public:
        return key
    state = KeyState.COMPROMISED if before.state is KeyState.COMPROMISED else key.state
    return replace(key, state=state, scopes=tuple(sorted({*before.scopes, *key.scopes})))
