"""Peers' fault 8: a proxy checked, then inserted, without a lock or a unique key."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from doubles.evening import TONIGHT
from doubles.gateway.committer_with_devices import Venue, token
from validator.errors import RetryLater
from validator.gateway.ledger.claims import MAX_TRIES, give_back
from validator.gateway.store.claims import ClaimRow, Claims, ClaimState
from validator.gateway.store.port import Session, Store
from validator.model import CheckInId, DeviceId, Reason, Serial, Verdict


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


@pytest.fixture
async def venue(tmp_path: Path) -> AsyncIterator[Venue]:
    gateway = await Venue(tmp_path / "gateway.sqlite", RivalStore).start()
    yield gateway
    await gateway.stop()


def rivals(venue: Venue, number: int) -> None:
    assert isinstance(venue.store, RivalStore)
    venue.store.rivals = [venue.id() for _ in range(number)]


def claims(venue: Venue) -> tuple[ClaimRow, ...]:
    with venue.store.reading() as session:
        return session.claims.of_ticket(Serial(TONIGHT, 1).ticket())


async def test_who_loses_the_ordinal_is_judged_again_and_refused(venue: Venue) -> None:
    lane = venue.lane()
    rivals(venue, 1)
    verdict = await lane.claim(lane.scan(token(1)))
    assert verdict.reason is Reason.ALREADY_USED
    assert [row.claim.device for row in claims(venue)] == ["rival"]


async def test_who_loses_the_ordinal_of_a_group_ticket_takes_the_next_one(venue: Venue) -> None:
    lane = venue.lane()
    rivals(venue, 2)
    text = token(1, admits=4)
    assert (await lane.claim(lane.scan(text, 1))).count == 1
    assert [row.claim.ordinal for row in claims(venue)] == [1, 2, 3]


async def test_a_takeover_that_races_is_judged_again(venue: Venue) -> None:
    lane = venue.lane()
    text = token(1, admits=4)
    assert (await lane.claim(lane.scan(text, 2))).passes
    rivals(venue, 1)
    greedy = await lane.claim(lane.scan(text, 4))
    assert greedy.reason is Reason.ALREADY_USED


async def test_a_reported_entry_takes_whatever_ordinal_is_left(venue: Venue) -> None:
    lane = venue.lane()
    shown = lane.admits_alone(lane.scan(token(1)))
    rivals(venue, 1)
    assert (await lane.upload()).outcomes[0].accepted
    assert [(row.claim.ordinal, row.state) for row in claims(venue)] == [
        (1, ClaimState.SETTLED),
        (2, ClaimState.SETTLED),
    ]
    assert claims(venue)[1].claim.id == shown.id


async def test_a_claim_that_always_loses_is_put_off_not_spun_for_ever(venue: Venue) -> None:
    lane = venue.lane()
    # What fails is done again by itself.
    rivals(venue, 2 * MAX_TRIES + 5)
    with pytest.raises(RetryLater):
        await lane.claim(lane.scan(token(1, admits=255), 1))
    assert claims(venue) == ()


async def test_two_gateways_on_one_store_admit_one_ticket_once(tmp_path: Path) -> None:
    ours = await Venue(tmp_path / "shared.sqlite").start()
    theirs = await Venue(tmp_path / "shared.sqlite").start()
    theirs.entropy_from(1 << 40)
    first, second = ours.lane("lane-1"), theirs.lane("lane-2")
    pairs = [
        (first.claim(first.scan(token(serial))), second.claim(second.scan(token(serial))))
        for serial in range(1, 21)
    ]
    verdicts = await asyncio.gather(*(claim for pair in pairs for claim in pair))
    assert sum(verdict.passes for verdict in verdicts) == 20
    await ours.stop()
    await theirs.stop()


async def test_a_full_disk_is_no_refusal(venue: Venue) -> None:
    lane = venue.lane()
    venue.store.close()
    with pytest.raises(RetryLater):
        await lane.claim(lane.scan(token(1)))
    with pytest.raises(RetryLater):
        await venue.committer.quick(lambda work: give_back(work, DeviceId("lane-1"), venue.id()))
