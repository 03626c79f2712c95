"""What a lane has missed of a stream: the frames that lead on from where it stands."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Sequence

from validator.errors import FixRequest
from validator.feed import Cursor, begin, is_stream, reseal, seal, snapshots
from validator.feed.names import CATALOGUE, SCOPED, kind_of
from validator.gateway.host.feed_keys import FeedKeys
from validator.gateway.ledger.committer import Committed
from validator.gateway.store.port import Session, Store
from validator.wire.messages import Position, Sealed, encode

MOST_DELTAS = 500
"""A position that is further behind is answered with a snapshot."""

_KEPT = 64

_KEPT_BYTES = 128 * 1024 * 1024


class Backlog:
    """Answers for every stream; many lanes at once with one look: after a restart they all ask.

    Args:
        store: Holds the streams.
        feed: Seal snapshots.
    """

    def __init__(self, store: Store, feed: FeedKeys) -> None:
        self._store = store
        self._feed = feed
        # The one that was asked for last stands last.
        self._snapshots: OrderedDict[str, tuple[Cursor, list[bytes]]] = OrderedDict()
        self._building = threading.Lock()
        self._kept: OrderedDict[Position, asyncio.Task[list[bytes]]] = OrderedDict()

    async def after(self, position: Position) -> list[bytes]:
        """Return the encoded messages that lead on from a position.

        Raises:
            FixRequest: The position names no stream.
        """
        if not is_stream(position.stream):
            raise FixRequest("There is no stream of that name.")
        task = self._kept.get(position)
        if task is None:
            task = asyncio.create_task(asyncio.to_thread(self._encoded, position))
            self._kept[position] = task
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        try:
            return await asyncio.shield(task)
        except Exception:
            self._kept.pop(position, None)
            raise

    def committed(self, what: Committed) -> None:
        """Forget what was fetched of streams that have new frames."""
        moved = {stream for stream, _ in what.frames}
        for position in [position for position in self._kept if position.stream in moved]:
            del self._kept[position]

    def clear(self) -> None:
        """Forget everything: a new epoch has begun, or another key seals."""
        self._kept.clear()
        # Whoever builds one now keeps it with those that are forgotten; nobody waits for that.
        self._snapshots = OrderedDict()

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
        with self._store.reading() as session:
            streams = session.streams
            epoch = streams.epoch()
            if epoch is None:
                return []
            head = begin(streams.head(stream), epoch)
            assert head.cursor is not None
            if not _is_known(session, head.cursor, stream):
                raise FixRequest("There is no stream of that name.")
            if (position.counter, position.random) == epoch:
                behind = head.cursor.sequence - position.sequence
                if 0 <= behind <= MOST_DELTAS:
                    frames = streams.frames(stream, position.sequence, MOST_DELTAS)
                    if frames is not None and len(frames) == behind:
                        return self._acceptable(frames)
            with self._building:
                built = self._snapshots
                known = built.get(stream)
                if known is not None and known[0].epoch == epoch:
                    frames = streams.frames(stream, known[0].sequence, MOST_DELTAS)
                    if frames is not None:
                        built.move_to_end(stream)
                        return [*known[1], *self._acceptable(frames)]
                parts = [
                    seal(part, self._feed.current) for part in snapshots(head, streams.rows(stream))
                ]
                built.pop(stream, None)
                built[stream] = (head.cursor, parts)
                _bound(built)
                return list(parts)

    def _acceptable(self, frames: Sequence[bytes]) -> list[bytes]:
        """Return frames of the store as lanes take them: what is kept has the seal of its day."""
        if not self._feed.has_given_up:
            return list(frames)
        return [reseal(frame, self._feed.current) for frame in frames]

    def _encoded(self, position: Position) -> list[bytes]:
        return [encode(Sealed(frame)) for frame in self.frames_since(position)]


def _bound(built: OrderedDict[str, tuple[Cursor, list[bytes]]]) -> None:
    """Forget snapshots, those first that were not asked for longest, but the last one."""
    kept = sum(len(part) for _, parts in built.values() for part in parts)
    while len(built) > 1 and kept > _KEPT_BYTES:
        _, (_, parts) = built.popitem(last=False)
        kept -= sum(map(len, parts))


def _is_known(session: Session, cursor: Cursor, stream: str) -> bool:
    """Tell whether a stream is, or is of a performance or pass of the catalogue."""
    if stream == CATALOGUE or cursor.sequence:
        return True
    scope = stream.partition(".")[2]
    keys = (f"performance:{scope}", f"pass:{scope}") if kind_of(stream) in SCOPED else ()
    # What could be taken away is there.
    return bool(session.streams.changed(CATALOGUE, ((key.encode(), None) for key in keys)))
