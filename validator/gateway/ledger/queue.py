"""What waits for the writer: by rank, and within a rank in turns between those it is for."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from validator.gateway.ledger.unit_of_work import UnitOfWork


class Rank(IntEnum):
    """Whose turn it is: the first rank always, the two others take turns."""

    REFUSALS = 0
    """Cancellations and revocations: nothing is admitted before them."""
    DOOR = 1
    """Claims and check-ins: somebody stands at the door."""
    BULK = 2
    """All else, in parts of about 10 ms."""


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """One job for the writer.

    Args:
        job: A function of the open transaction.
        rank: Whose turn it needs.
        of: Device, source or whoever else it is for; they take turns.
        quick: It takes a millisecond at most, and may run in the event loop's thread.
        answer: Gets its result.
        asked_s: When it came, in seconds of a clock that never jumps.
    """

    job: Callable[[UnitOfWork], Any]
    rank: Rank
    of: str
    quick: bool
    answer: asyncio.Future[Any]
    asked_s: float


class _Line:
    """Items of one rank."""

    def __init__(self) -> None:
        self._again: deque[Item] = deque()
        self._turns: OrderedDict[str, deque[Item]] = OrderedDict()

    def __bool__(self) -> bool:
        return bool(self._again or self._turns)

    def put(self, item: Item) -> None:
        self._turns.setdefault(item.of, deque()).append(item)

    def put_back(self, items: Sequence[Item]) -> None:
        self._again.extendleft(reversed(items))

    def first(self) -> Item:
        return self._again[0] if self._again else next(iter(self._turns.values()))[0]

    def take(self) -> Item:
        if self._again:
            return self._again.popleft()
        of, items = next(iter(self._turns.items()))
        item = items.popleft()
        if items:
            self._turns.move_to_end(of)
        else:
            del self._turns[of]
        return item


class Queue:
    """Items that wait for the writer."""

    def __init__(self) -> None:
        self._lines = {rank: _Line() for rank in Rank}
        self._last = Rank.BULK
        # In the order in which they came.
        self._unanswered: dict[Item, None] = {}

    def put(self, item: Item) -> None:
        """Let an item wait for its turn."""
        self._lines[item.rank].put(item)
        if item.rank is Rank.DOOR:
            self._unanswered[item] = None

    def put_back(self, items: Sequence[Item]) -> None:
        """Let items of one rank that were taken, and not done, stand first in their line."""
        if items:
            self._lines[items[0].rank].put_back(items)

    def take(self, most: int) -> list[Item]:
        """Take items of one rank, all quick or none; nothing if nothing waits."""
        rank = self._next_rank()
        if rank is None:
            return []
        self._last = rank
        line = self._lines[rank]
        items = [line.take()]
        while line and len(items) < most and line.first().quick is items[0].quick:
            items.append(line.take())
        return items

    def answered(self, items: Sequence[Item]) -> None:
        """Note that these wait no longer."""
        for item in items:
            self._unanswered.pop(item, None)

    def asked_s(self) -> float | None:
        """Return when the oldest unanswered claim or check-in came; None = there is none."""
        oldest = next(iter(self._unanswered), None)
        return None if oldest is None else oldest.asked_s

    def _next_rank(self) -> Rank | None:
        turns = (Rank.REFUSALS, Rank.DOOR, Rank.BULK)
        if self._last is Rank.DOOR:
            turns = (Rank.REFUSALS, Rank.BULK, Rank.DOOR)
        return next((rank for rank in turns if self._lines[rank]), None)
