"""Port of the store: cancellations that a supervisor has to look at first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from validator.clock import Instant
from validator.model import Ref, Revocation


@dataclass(frozen=True, slots=True)
class HeldBack:
    """What is held of one performance.

    Args:
        source: Who inferred it.
        scope: Performance or pass.
        count: Cancellations.
        since: When the first of them was held.
    """

    source: str
    scope: int
    count: int
    since: Instant


class HeldCancellations(Protocol):
    """Inferred cancellations that were too many at once: they refuse nobody yet."""

    def put(self, source: str, scope: int, revocations: Iterable[Revocation], now: Instant) -> None:
        """Hold cancellations of a performance; one that is held already stays as it is."""
        ...

    def count(self, source: str, scope: int) -> int:
        """Return how many are held of a performance."""
        ...

    def all(self) -> tuple[HeldBack, ...]:
        """Return what is held, by source and performance."""
        ...

    def take(self, source: str, scope: int, limit: int) -> tuple[Revocation, ...]:
        """Let go of cancellations of a performance; return them."""
        ...

    def drop(self, target: Ref) -> None:
        """Let go of a target: it is valid again where it was sold."""
        ...
