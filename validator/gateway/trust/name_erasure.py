"""Names go when their time is over; the journal, which holds none, stays and still verifies."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from validator.boxoffice import BoxOffice
from validator.clock import DAY_MS, Instant
from validator.errors import ValidatorError
from validator.gateway.host.logs import event
from validator.gateway.ledger.committer import Committer
from validator.gateway.ledger.unit_of_work import UnitOfWork
from validator.gateway.trust.auth import new_ref

_EVERY_S = 3600.0
"""How often it is looked: references live a day, give or take this."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased.

    Args:
        staff: References of the journal that nobody can be found behind any more.
        orders: Orders without their customer's name and address now.
    """

    staff: int
    orders: int


class Retention:
    """Erases names of staff and customers after the configured time.

    Args:
        committer: Of the gateway's store.
        office: The box office.
        entropy: Random bytes.
        days: How long names are kept after their last day of use.
    """

    def __init__(
        self, committer: Committer, office: BoxOffice, entropy: Callable[[int], bytes], days: int
    ) -> None:
        self._committer = committer
        self._office = office
        self._entropy = entropy
        self._days = days

    async def run(self) -> None:
        """Erase every hour what is due; cancel to stop."""
        while True:
            try:
                await self.once()
            except ValidatorError as error:
                event("retention_failed", logging.WARNING, error=type(error).__name__)
            await asyncio.sleep(_EVERY_S)

    async def once(self) -> Erased:
        """Erase now what is due.

        Raises:
            RetryLater: The disk does not take it.
        """
        staff = await self._committer.write(self._staff)
        before = Instant(self._committer.clock.now() - self._days * DAY_MS)
        orders = await asyncio.to_thread(self._office.orders.erase_customers, before)
        if staff or orders:
            event("names_erased", staff=staff, orders=orders)
        return Erased(staff, orders)

    def _staff(self, work: UnitOfWork) -> int:
        users = work.session.users
        for name in users.referred_before(Instant(work.now - DAY_MS)):
            users.refer(name, new_ref(self._entropy), work.now)
        return users.erase(Instant(work.now - (self._days + 1) * DAY_MS))
