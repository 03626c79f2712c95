"""Port of the store: how far each ticketing system was followed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from validator.clock import Instant
from validator.ports import SetAside


class Sources(Protocol):
    """Where each ticketing system was left off."""

    def cursor(self, source: str) -> str:
        """Return the cursor for the next poll; empty = from the beginning."""
        ...

    def as_of(self) -> Mapping[str, Instant]:
        """Return when each source was last heard out completely."""
        ...

    def move(self, source: str, cursor: str, as_of: Instant | None) -> None:
        """Take a step; `as_of` never goes back, and None leaves it."""
        ...

    def aside(self) -> Mapping[str, tuple[SetAside, ...]]:
        """Return the rows of each source that can't be read now, by id; none = it is left out."""
        ...

    def put_aside(self, source: str, rows: Sequence[SetAside], now: Instant) -> None:
        """Replace the rows of a source that can't be read."""
        ...
