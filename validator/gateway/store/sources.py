"""Port of the store: how far each ticketing system was followed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from validator.clock import Instant


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
