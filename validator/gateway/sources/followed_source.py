"""A ticketing system that the gateway works with: followed, and told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from validator.clock import Clock
from validator.gateway.host.logs import event
from validator.gateway.ledger.committer import Committer
from validator.gateway.ledger.mass_guard import hold_back, log_held
from validator.gateway.ledger.upstream_changes import apply, refusals_ahead, slices
from validator.gateway.sources.forwarder import Forwarder
from validator.gateway.sources.poller import Poller
from validator.model import CheckInId
from validator.ports import Changes, Outcome, Report, SetAside
from validator.upstreams.kinds import Connection

_NAMED = 10
"""Rows that a sentence names."""


class SourceLedger:
    """What pollers and forwarders ask of the ledger.

    Args:
        committer: Keeps cursors, what upstreams say, and what they are owed.
    """

    def __init__(self, committer: Committer) -> None:
        self._committer = committer
        self._aside: dict[str, dict[str, str]] = {}

    async def cursor(self, source: str) -> str:
        """Return where a poll goes on; empty = from the beginning."""
        return await self._committer.read(lambda work: work.session.sources.cursor(source))

    async def apply(self, source: str, changes: Changes) -> None:
        """Store and publish what an upstream says; its cursor moves with the last row.

        Inferred cancellations that are too many at once are held; see `hold_back`.

        Raises:
            RetryLater: The disk does not take it.
        """
        if changes.inferred:
            kept = await self._committer.write(
                partial(hold_back, source=source, changes=changes), source
            )
            log_held(source, changes, kept)
            changes = kept
        ahead, rest = refusals_ahead(changes)
        if ahead.revocations:
            for part, _ in slices(ahead):
                job = partial(apply, source=source, changes=part, last=False)
                await self._committer.first(job)
        for part, last in slices(rest):
            job = partial(apply, source=source, changes=part, last=last)
            await self._committer.write(job, source)
        if not changes.more:
            self._tell_of_rows(source, changes.aside)

    def _tell_of_rows(self, source: str, aside: Sequence[SetAside]) -> None:
        """Log each row once when it is set aside, and once when that is over."""
        known, now = self._aside.get(source, {}), {row.id: row.why for row in aside}
        self._aside[source] = now
        for id in sorted(now.keys() - known.keys()):
            event("row_set_aside", logging.ERROR, source=source, row=id, why=now[id])
        for id in sorted(known.keys() - now.keys()):
            event("row_read_again", source=source, row=id)

    async def owed(
        self, source: str, limit: int, since: CheckInId | None = None
    ) -> tuple[Report, ...]:
        """Return the oldest check-ins that a ticketing system is to be told; see `Outbox.owed`."""
        return await self._committer.read(
            lambda work: work.session.outbox.owed(source, limit, since)
        )

    async def settle(self, source: str, outcomes: Sequence[Outcome]) -> None:
        """Mark what a ticketing system took, or refused for good.

        Raises:
            RetryLater: The disk does not take it.
        """
        await self._committer.write(
            lambda work: work.session.outbox.settle(source, outcomes), source
        )


@dataclass(frozen=True, slots=True)
class FollowedSource:
    """One upstream with its poller and its forwarder.

    Args:
        upstream: Its client.
        poller: Follows it.
        forwarder: Delivers to it.
    """

    upstream: Connection
    poller: Poller
    forwarder: Forwarder

    @classmethod
    def of(
        cls, upstream: Connection, committer: Committer, clock: Clock, period_s: float
    ) -> FollowedSource:
        """Put the two together.

        Args:
            upstream: Its client.
            committer: Takes changes, holds the outbox.
            clock: The time to go by.
            period_s: Seconds between two passes.
        """
        ledger = SourceLedger(committer)
        poller = Poller(upstream, ledger, clock, period_s)
        return cls(upstream, poller, Forwarder(upstream, ledger, clock))

    def alarms(self) -> tuple[str, ...]:
        """Return what somebody has to look at, as sentences."""
        told = (self.poller.trouble, self.forwarder.trouble)
        trouble = dict.fromkeys(sentence for sentence in told if sentence)
        return (*trouble, *self.upstream.alarms)

    async def run(self) -> None:
        """Follow and deliver for ever; cancel to stop."""
        async with asyncio.TaskGroup() as loops:
            loops.create_task(self.poller.run())
            loops.create_task(self.forwarder.run())


def aside_sentence(rows: Sequence[SetAside]) -> str:
    """Return what is to be said of rows that can't be read.

    Args:
        rows: At least one.
    """
    named = ", ".join(row.id for row in rows[:_NAMED]) + (" …" if len(rows) > _NAMED else "")
    count = "1 row" if len(rows) == 1 else f"{len(rows)} rows"
    return (
        f"{count} can't be read and changed nothing: {named}. ({rows[0].why}) Everything else is "
        "followed, but it counts as not heard out in full until they are mended there."
    )
