"""A turnstile that a relay opens for one person, and that closes a contact behind them."""

from __future__ import annotations

import asyncio
import contextlib

from device.relays import Contact, Relays

OPEN = frozenset({1})
SHUT: frozenset[int] = frozenset()

PULSE_S = 0.3
"""How long the relay is closed: turnstiles want 0.1 to 0.5 s, and take longer for "stay open"."""


class RelayTurnstile:
    """Lets one person through at a time.

    Args:
        relays: The first opens it for one passage.
        contact: Closes when somebody has gone through.
    """

    def __init__(self, relays: Relays, contact: Contact) -> None:
        self._relays = relays
        self._contact = contact

    async def let_one(self, wait_s: float) -> bool:
        """Open for one person; what the contact felt before does not count."""
        await self._contact.forget()
        passage = asyncio.create_task(self._contact.felt(wait_s))
        try:
            try:
                await self._relays.switch(OPEN)
                await asyncio.sleep(PULSE_S)
            finally:
                await self._relays.switch(SHUT)
            return await passage
        finally:
            passage.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await passage

    def close(self) -> None:
        """Shut it and let go of it."""
        self._relays.close()
        self._contact.close()
