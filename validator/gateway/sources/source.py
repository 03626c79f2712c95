"""A ticketing system that the gateway works with: followed, and told."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from validator.clock import Clock
from validator.gateway.ledger.committer import Committer
from validator.gateway.sources.forwarder import Forwarder
from validator.gateway.sources.poller import Poller
from validator.upstreams.kinds import Connection


@runtime_checkable
class Alarming(Protocol):
    """An upstream that finds things which only people can put right."""

    @property
    def alarms(self) -> tuple[str, ...]:
        """Return what its last pass found, as sentences."""
        ...


@dataclass(frozen=True, slots=True)
class Followed:
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
    ) -> Followed:
        """Put the two together.

        Args:
            upstream: Its client.
            committer: Takes changes, holds the outbox.
            clock: The time to go by.
            period_s: Seconds between two passes.
        """
        poller = Poller(upstream, committer, clock, period_s)
        return cls(upstream, poller, Forwarder(upstream, committer, clock))

    def alarms(self) -> tuple[str, ...]:
        """Return what somebody has to look at, as sentences."""
        told = (self.poller.trouble, self.forwarder.trouble)
        trouble = dict.fromkeys(sentence for sentence in told if sentence)
        own = self.upstream.alarms if isinstance(self.upstream, Alarming) else ()
        return (*trouble, *own)

    async def run(self) -> None:
        """Follow and deliver for ever; cancel to stop."""
        async with asyncio.TaskGroup() as loops:
            loops.create_task(self.poller.run())
            loops.create_task(self.forwarder.run())
