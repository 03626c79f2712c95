"""What fails while other things pass: set aside, so that it holds nothing else up."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from validator.clock import Clock

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_MOST_DOUBLINGS = 30


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[V]):
    what: V
    doublings: int
    until_s: float


class Aside(Generic[K, V]):
    """Things that are tried again each by itself, ever more seldom.

    Args:
        clock: The time to go by.
        first_s: Seconds until the first new try; twice as many after each failure.
        most_s: Most seconds between two tries.
    """

    def __init__(self, clock: Clock, first_s: float, most_s: float) -> None:
        self._clock = clock
        self._first_s = first_s
        self._most_s = most_s
        self._waiting: dict[K, _Waiting[V]] = {}

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._waiting)

    def __contains__(self, key: K) -> bool:
        """Tell whether one of that key is there."""
        return key in self._waiting

    def __iter__(self) -> Iterator[tuple[K, V]]:
        """Yield them, the longest there first."""
        return ((key, waiting.what) for key, waiting in self._waiting.items())

    def put(self, key: K, what: V) -> float:
        """Set something aside that has failed, for the first time or again.

        Returns:
            Seconds until it is due.
        """
        waiting = self._waiting.get(key)
        doublings = min(waiting.doublings + 1, _MOST_DOUBLINGS) if waiting else 0
        wait_s = min(self._first_s * 2.0**doublings, self._most_s)
        self._waiting[key] = _Waiting(what, doublings, self._clock.boot_s() + wait_s)
        return wait_s

    def put_back(self, key: K, what: V) -> None:
        """Set something aside that was so before a restart: it is due now."""
        self._waiting[key] = _Waiting(what, -1, self._clock.boot_s())

    def drop(self, key: K) -> None:
        """Forget one: it has passed, or is gone."""
        self._waiting.pop(key, None)

    def due(self, most: int) -> list[tuple[K, V]]:
        """Return those whose time has come, at most so many, the longest due first."""
        now_s = self._clock.boot_s()
        due = [item for item in self._waiting.items() if item[1].until_s <= now_s]
        due.sort(key=lambda item: item[1].until_s)
        return [(key, waiting.what) for key, waiting in due[:most]]
