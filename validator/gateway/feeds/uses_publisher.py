"""Publishes who went through: what the journal has gained, cut into the uses streams."""

from __future__ import annotations

import asyncio
import logging
from functools import partial

from validator.errors import ValidatorError
from validator.gateway.ledger.committer import Committed, Committer
from validator.gateway.ledger.uses import FEW_EVENTS, cut_uses

CUT_S = 0.05
"""How long uses are gathered before they are published."""

log = logging.getLogger(__name__)


class UsesPublisher:
    """Cuts the uses streams as the journal grows, every 50 ms at most.

    Args:
        committer: Holds the journal and the streams.
    """

    def __init__(self, committer: Committer) -> None:
        self._committer = committer
        self._journaled = asyncio.Event()
        # What was written before the last stop may not be published yet.
        self._journaled.set()

    def committed(self, what: Committed) -> None:
        """See that new events are published."""
        if what.journaled:
            self._journaled.set()

    async def run(self) -> None:
        """Publish uses as they come; cancel to stop."""
        while True:
            await self._journaled.wait()
            await asyncio.sleep(CUT_S)
            try:
                await self.cut()
            except ValidatorError as error:
                log.warning("Uses wait to be published: %s", type(error).__name__)
                self._journaled.set()
                await asyncio.sleep(1.0)

    async def cut(self) -> None:
        """Publish every use that the journal holds now.

        Raises:
            RetryLater: The disk does not take it.
        """
        self._journaled.clear()
        more = await self._committer.quick(partial(cut_uses, most=FEW_EVENTS))
        while more:
            more = await self._committer.write(cut_uses)
