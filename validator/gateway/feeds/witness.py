"""The gateway signs the heads of its journals, and lanes keep them."""

from __future__ import annotations

import asyncio
import logging

from validator.errors import ValidatorError
from validator.gateway.feeds.lanes import Lanes
from validator.gateway.host.logs import event
from validator.gateway.ledger.committer import Committer
from validator.gateway.ledger.heads import sign_head
from validator.wire.head import Head, Witness

SIGNED_EVERY_S = 2.0
"""How long an event of the gateway's journal may stand there without a signed head."""


async def sign_heads(committer: Committer, lanes: Lanes) -> None:
    """Sign the journal's head whenever it has moved on; cancel to stop.

    Args:
        committer: Of the journal.
        lanes: Each of them keeps the head: a gateway whose store was exchanged for an older copy
            is then shown what it has lost.
    """
    last: Head | None = None
    while True:
        try:
            last = await sign_head(committer, last)
            if last is not None:
                lanes.witness(Witness(last))
        except ValidatorError as error:
            event("head_not_signed", logging.WARNING, error=type(error).__name__)
        await asyncio.sleep(SIGNED_EVERY_S)
