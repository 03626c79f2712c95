"""Heartbeats: where every stream stands, and how fresh each source is."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

from validator.clock import Instant
from validator.errors import RetryLater
from validator.feed import Heartbeat, seal
from validator.gateway.ledger.committer import Committer


class Heartbeats:
    """Makes heartbeats, each newer than the last.

    Args:
        committer: Holds the streams.
    """

    def __init__(self, committer: Committer) -> None:
        self._committer = committer
        self._stamping = threading.Lock()
        self._beating = asyncio.Lock()
        self._last_now = Instant(0)

    async def beat(self, tell: Callable[[bytes], None]) -> None:
        """Make a heartbeat and hand it on; none is made before the last one was handed on.

        A follower refuses one that is older than its last, so they leave in their order.

        Args:
            tell: Called in the event loop with the sealed heartbeat.

        Raises:
            RetryLater: The store does not answer.
        """
        async with self._beating:
            tell(await asyncio.to_thread(self.heartbeat))

    def heartbeat(self) -> bytes:
        """Return a sealed heartbeat: every stream's head, and how fresh each source is.

        Each is newer than the last, and knows no less. Reads the disk: call it in a thread.

        Raises:
            RetryLater: The store does not answer.
        """
        # A thread whose asker was cancelled goes on beside the next one.
        with self._stamping:
            with self._committer.store.reading() as session:
                epoch = session.streams.epoch()
                heads = session.streams.positions()
                as_of = session.sources.as_of()
            if epoch is None:
                raise RetryLater("The gateway has not begun its first epoch yet.", 1.0)
            # A follower drops a heartbeat that takes its clock back.
            now = Instant(max(self._committer.clock.now(), self._last_now + 1))
            self._last_now = now
        sequences = {head.stream: head.cursor.sequence for head in heads if head.cursor}
        return seal(Heartbeat(epoch, now, sequences, dict(as_of)), self._committer.feed.current)
