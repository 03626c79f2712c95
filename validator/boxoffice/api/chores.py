"""Does what time brings: reminders, cancellations of unpaid orders, letters."""

from __future__ import annotations

import asyncio
import logging

from validator.boxoffice.office import BoxOffice
from validator.errors import ValidatorError

_log = logging.getLogger(__name__)


class Chores:
    """Has the office do every few seconds what is due.

    Args:
        office: Does them.
        period_s: Seconds between two rounds.
    """

    def __init__(self, office: BoxOffice, period_s: float = 5.0) -> None:
        self._office = office
        self._period_s = period_s

    async def run(self) -> None:
        """Do them for ever; cancel to stop. What fails is logged and tried again."""
        while True:
            try:
                await asyncio.to_thread(self._office.do_chores)
            except ValidatorError as error:
                _log.error("The box office: %s", error)
            await asyncio.sleep(self._period_s)
