"""Rows of a ticketing system that can't be read: the rest counts, and no pass is complete."""

from __future__ import annotations

import logging

import pytest

from doubles.boxoffice.box import NOON, TONIGHT
from doubles.gateway.committer_with_devices import Venue
from doubles.upstreams.fake_upstream import FakeUpstream
from validator.clock import Instant
from validator.gateway.sources.followed_source import SourceLedger
from validator.model import Serial
from validator.ports import Changes, SetAside


class Followed:
    """A system in memory that a real committer follows."""

    def __init__(self, venue: Venue) -> None:
        self.upstream = FakeUpstream(now=NOON)
        self._venue = venue
        self.ledger = SourceLedger(venue.committer)

    async def follow(self) -> None:
        """Make one pass."""
        self.upstream.now = Instant(self.upstream.now + 1)
        cursor = await self.ledger.cursor("fake")
        await self.ledger.apply("fake", await self.upstream.changes(cursor))

    @property
    def as_of(self) -> int | None:
        with self._venue.store.reading() as session:
            return session.sources.as_of().get("fake")

    @property
    def aside(self) -> list[str]:
        with self._venue.store.reading() as session:
            return [row.id for row in session.sources.aside().get("fake", ())]


async def test_what_stands_behind_a_malformed_row_counts_and_the_age_stands_still(
    venue: Venue, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "validator.gateway")
    source = Followed(venue)
    odd, gone = (source.upstream.sell(Serial(TONIGHT, number)) for number in (1, 2))
    await source.follow()
    complete = source.as_of
    source.upstream.spoil(odd)
    source.upstream.cancel(gone)
    for _ in range(3):
        await source.follow()
    with venue.store.reading() as session:
        assert [row.target for row in session.revocations.active((gone,))] == [gone]
    assert source.aside == [f"ticket {odd}"]
    assert complete is not None and source.as_of == complete
    source.upstream.mend(odd)
    await source.follow()
    assert not source.aside
    assert source.as_of == source.upstream.now
    told = [
        (record.levelno, record.message.split()[0])
        for record in caplog.records
        if record.message.startswith("row_")
    ]
    assert told == [(logging.ERROR, "row_set_aside"), (logging.INFO, "row_read_again")]


async def test_an_adapter_that_says_complete_and_sets_aside_is_not_believed(venue: Venue) -> None:
    ledger = SourceLedger(venue.committer)
    broken = Changes("1", Instant(NOON), aside=(SetAside("ticket 7.1", "no seat"),))
    await ledger.apply("fake", broken)
    with venue.store.reading() as session:
        assert "fake" not in session.sources.as_of()
