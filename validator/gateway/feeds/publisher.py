"""Streams to the lanes: what is missing, what is new, and the heartbeat."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable

from validator.clock import Instant
from validator.errors import RetryLater, ValidatorError
from validator.feed import Cursor, Heartbeat, begin, seal, snapshots
from validator.gateway.ledger.committer import Committer
from validator.wire.messages import Position

CUT_S = 0.05
"""How long uses are gathered before they are published."""

MOST_DELTAS = 500
"""A position that is further behind is answered with a snapshot."""

log = logging.getLogger(__name__)


class Publisher:
    """Cuts the uses streams and answers for every stream.

    Args:
        committer: Holds the streams.
    """

    def __init__(self, committer: Committer) -> None:
        self._committer = committer
        self._snapshots: dict[str, tuple[Cursor, list[bytes]]] = {}
        self._building = threading.Lock()
        self._stamping = threading.Lock()
        self._beating = asyncio.Lock()
        self._last_now = Instant(0)

    async def run(self) -> None:
        """Publish uses as they come, every 50 ms at most; cancel to stop."""
        while True:
            await self._committer.journaled.wait()
            await asyncio.sleep(CUT_S)
            try:
                await self.cut()
            except ValidatorError as error:
                log.warning("Uses wait to be published: %s", type(error).__name__)
                self._committer.journaled.set()
                await asyncio.sleep(1.0)

    async def cut(self) -> None:
        """Publish every use that the journal holds now."""
        while await self._committer.cut():
            pass

    def frames_since(self, position: Position) -> list[bytes]:
        """Return sealed frames that lead from a position to the stream's head.

        Deltas if they are few and kept; else, and for a position of another epoch, a snapshot
        in its parts and what came after it. Reads the disk: call it in a thread.

        Args:
            position: Where the follower stands; zeros = nowhere.

        Raises:
            RetryLater: The store does not answer, or the committer was never started.
            FixRequest: There can be no stream of this name.
        """
        stream = position.stream
        with self._committer.store.reading() as session:
            streams = session.streams
            epoch = streams.epoch()
            if epoch is None:
                return []
            held = begin(streams.held(stream), epoch)
            assert held.cursor is not None
            if (position.counter, position.random) == epoch:
                behind = held.cursor.sequence - position.sequence
                if 0 <= behind <= MOST_DELTAS:
                    frames = streams.frames(stream, position.sequence, MOST_DELTAS)
                    if frames is not None and len(frames) == behind:
                        return list(frames)
            with self._building:
                known = self._snapshots.get(stream)
                if known is not None and known[0].epoch == epoch:
                    frames = streams.frames(stream, known[0].sequence, MOST_DELTAS)
                    if frames is not None:
                        return [*known[1], *frames]
                key = self._committer.feed_key
                parts = [seal(part, key) for part in snapshots(held, streams.rows(stream))]
                self._snapshots[stream] = (held.cursor, parts)
                return list(parts)

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
                as_of = session.upstreams.as_of()
            if epoch is None:
                raise RetryLater("The gateway has not begun its first epoch yet.", 1.0)
            # A follower drops a heartbeat that takes its clock back.
            now = Instant(max(self._committer.clock.now(), self._last_now + 1))
            self._last_now = now
        sequences = {held.stream: held.cursor.sequence for held in heads if held.cursor}
        return seal(Heartbeat(epoch, now, sequences, dict(as_of)), self._committer.feed_key)
