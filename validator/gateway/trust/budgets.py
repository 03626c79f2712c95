"""What one device may use of the gateway, so that a lying one holds nobody else up.

An honest lane never notices: it asks a few times a second, and brings what it owes and waits for
the answer. What goes beyond waits until it has been earned; who does not stop asking is let go,
and a supervisor is told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from validator.gateway.trust.rate_limit import TooOften
from validator.model import DeviceId


@dataclass(frozen=True, slots=True)
class Allowance:
    """How much of something a device gets.

    Args:
        rate: Units a second, earned all the time.
        most: Units that can be saved.
    """

    rate: float
    most: float


TALK = Allowance(1_000, 3_000)
"""Messages; one that takes more work than most counts as several."""

BULK = Allowance(1_000, 100_000)
"""Rows that it brings or asks for: about 0.3 ms of work each."""

KEPT = Allowance(32_000, 32_000_000)
"""Bytes that have to be kept; a journal's row of 400 comes to 13 hours of two scans a second."""

PATIENCE_S = 30.0
"""A device that has asked for too much for so long, without a pause, is let go."""


class Bucket:
    """One allowance, spent and earned.

    Args:
        allowance: How much there is.
        now_s: Seconds on a clock that never jumps.
    """

    def __init__(self, allowance: Allowance, now_s: Callable[[], float]) -> None:
        self._allowance = allowance
        self._now_s = now_s
        self._left = allowance.most
        self._at_s = now_s()

    def spend(self, units: float) -> None:
        """Take units, more than are left if need be."""
        self._left = self._earned() - units

    def wait_s(self) -> float:
        """Return the seconds until nothing is overdrawn."""
        return max(-self._earned() / self._allowance.rate, 0.0)

    def _earned(self) -> float:
        now_s = self._now_s()
        earned = (now_s - self._at_s) * self._allowance.rate
        self._left, self._at_s = min(self._left + earned, self._allowance.most), now_s
        return self._left


class Budget:
    """All that one device may use, over all its connections.

    Args:
        now_s: Seconds on a clock that never jumps.
        sleep: Waits so many seconds.
    """

    def __init__(
        self,
        now_s: Callable[[], float],
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._now_s = now_s
        self._sleep = sleep
        self._talk, self._bulk = Bucket(TALK, now_s), Bucket(BULK, now_s)
        self._kept = Bucket(KEPT, now_s)
        self._overdrawn_since_s: float | None = None

    @property
    def spent(self) -> bool:
        """Whether it has used more than it may."""
        return any(bucket.wait_s() > 0 for bucket in (self._talk, self._bulk, self._kept))

    async def ask(self, messages: float = 1) -> None:
        """Pay for a request, and wait until it is earned.

        Args:
            messages: How many usual ones it is worth.

        Raises:
            TooOften: It does not stop asking.
        """
        if not await self.talk(messages):
            raise TooOften("This device asks too often. Wait and try again.", PATIENCE_S)

    async def talk(self, messages: float) -> bool:
        """Pay for messages, then wait until that is earned; false = it must go.

        Args:
            messages: How many usual ones this one is worth.
        """
        self._talk.spend(messages)
        wait_s = self._talk.wait_s()
        if not wait_s:
            self._overdrawn_since_s = None
            return True
        if self._overdrawn_since_s is None:
            self._overdrawn_since_s = self._now_s()
        if self._now_s() - self._overdrawn_since_s > PATIENCE_S:
            return False
        await self._sleep(wait_s)
        return True

    async def bring(self, rows: float, kept: int = 0) -> None:
        """Wait until what was brought before is earned, then pay for this.

        Args:
            rows: So many are worked on.
            kept: Bytes that it has the gateway keep.
        """
        if wait_s := max(self._bulk.wait_s(), self._kept.wait_s()):
            await self._sleep(wait_s)
        self._bulk.spend(rows)
        self._kept.spend(kept)


class Budgets:
    """The budget of every device that was here since the start.

    Args:
        now_s: Seconds on a clock that never jumps.
        sleep: Waits so many seconds.
    """

    def __init__(
        self,
        now_s: Callable[[], float],
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._now_s = now_s
        self._sleep = sleep
        self._of: dict[DeviceId, Budget] = {}

    def of(self, device: DeviceId) -> Budget:
        """Return a device's budget; only enrolled ones may ask, so that they are not many."""
        return self._of.setdefault(device, Budget(self._now_s, self._sleep))

    def overspent(self) -> tuple[DeviceId, ...]:
        """Return the devices that have used more than they may, by id."""
        return tuple(sorted(device for device, budget in self._of.items() if budget.spent))
