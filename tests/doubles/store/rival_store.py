"""A store with a second writer that is faster: it takes an ordinal just before we do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any

from validator.gateway.store.claims import ClaimRow, Claims
from validator.gateway.store.port import Session, Store
from validator.model import CheckInId, DeviceId, Verdict


class _RivalClaims:
    def __init__(self, claims: Claims, store: RivalStore) -> None:
        self._claims = claims
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._claims, name)

    def insert(self, row: ClaimRow, answer: Verdict | None = None) -> bool:
        rival = self._store.rivals.pop() if self._store.rivals else None
        if rival is not None:
            theirs = replace(row.claim, id=rival, device=DeviceId("rival"))
            assert self._claims.insert(replace(row, claim=theirs))
        return self._claims.insert(row, answer)

    def pass_on(
        self, old: CheckInId, row: ClaimRow, top: int, answer: Verdict | None = None
    ) -> bool:
        rival = self._store.rivals.pop() if self._store.rivals else None
        if rival is not None:
            theirs = replace(row.claim, id=rival, device=DeviceId("rival"), ordinal=top + 1)
            assert self._claims.insert(replace(row, claim=theirs))
        return self._claims.pass_on(old, row, top, answer)


class _RivalSession:
    def __init__(self, session: Session, store: RivalStore) -> None:
        self._session = session
        self.claims = _RivalClaims(session.claims, store)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)


class RivalStore:
    """Hands everything to a real store.

    Attributes:
        rivals: Ids under which the other writer claims next.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.rivals: list[CheckInId] = []

    @property
    def callers_version(self) -> int:
        """As the real one says."""
        return self._store.callers_version

    @contextmanager
    def transaction(self, wait: bool = True) -> Iterator[Any]:
        """Change something, with the rival in between."""
        with self._store.transaction(wait) as session:
            yield _RivalSession(session, self)

    def reading(self) -> AbstractContextManager[Session]:
        """Read."""
        return self._store.reading()

    def close(self) -> None:
        """Let go."""
        self._store.close()
