"""Port of the store: what was published to lanes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from validator.feed import Epoch, Row, StreamHead


class Streams(Protocol):
    """What has been published: numbered streams, their rows and sealed frames."""

    def epoch(self) -> Epoch | None:
        """Return the store's present epoch, None before the first."""
        ...

    def enter(self, epoch: Epoch) -> None:
        """Begin an epoch of the store."""
        ...

    def head(self, stream: str) -> StreamHead:
        """Return where a stream stands (`StreamHead.empty` if nothing was ever published)."""
        ...

    def positions(self) -> tuple[StreamHead, ...]:
        """Return where every stream stands."""
        ...

    def changed(self, stream: str, rows: Iterable[Row]) -> tuple[Row, ...]:
        """Leave out the rows that would change nothing; of one key the last one counts."""
        ...

    def write(self, head: StreamHead, rows: Iterable[Row], sealed: bytes) -> None:
        """Append a frame and carry its rows out.

        Args:
            head: Where the stream stands after it.
            rows: Its changes.
            sealed: The frame.
        """
        ...

    def rows(self, stream: str) -> tuple[tuple[bytes, bytes], ...]:
        """Return all rows of a stream, sorted by key."""
        ...

    def frames(self, stream: str, after: int, limit: int) -> tuple[bytes, ...] | None:
        """Return the frames that follow a sequence, None if they are too many or not kept."""
        ...

    def cut(self) -> int:
        """Return the journal's sequence up to which the uses streams are published."""
        ...

    def move_cut(self, sequence: int) -> None:
        """Move it."""
        ...
