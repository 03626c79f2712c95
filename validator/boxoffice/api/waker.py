"""Tells the gateway that there is something to fetch; a sale never waits for it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import aiohttp

from validator.boxoffice.office import BoxOffice

_log = logging.getLogger(__name__)

_TIMEOUT_S = 5.0


def wake_by_post(url: str, key: str) -> Callable[[], Awaitable[None]]:
    """Return what wakes a gateway by POST; its answer does not matter.

    Args:
        url: Where to.
        key: Sent as a bearer key.
    """

    async def wake() -> None:
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
        headers = {"Authorization": f"Bearer {key}"}
        async with (
            aiohttp.ClientSession(timeout=timeout, headers=headers) as session,
            session.post(url, allow_redirects=False) as answer,
        ):
            if answer.status >= 300:
                _log.warning("The gateway answered the wake-up with status %d.", answer.status)

    return wake


class Waker:
    """Calls a gateway's wake-up once for all changes since the last call.

    A call that fails is only logged: the gateway polls anyway.

    Args:
        office: Whose changes.
        wake: Called in the event loop.
    """

    def __init__(self, office: BoxOffice, wake: Callable[[], Awaitable[None]]) -> None:
        self._office = office
        self._wake = wake
        self._changed = asyncio.Event()

    async def run(self) -> None:
        """Wake for ever; cancel to stop."""
        loop = asyncio.get_running_loop()

        def told() -> None:
            # Sales go on in other threads while the loop shuts down.
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._changed.set)

        self._office.on_change(told)
        try:
            while True:
                await self._changed.wait()
                self._changed.clear()
                await self._call()
        finally:
            self._office.on_change(lambda: None)

    async def _call(self) -> None:
        try:
            await self._wake()
        except Exception as error:
            _log.warning("The gateway could not be woken (%s); it will poll.", type(error).__name__)
