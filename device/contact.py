"""A contact that has to be asked whether it is closed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

LOOK_S = 0.04
"""Pause between two looks; somebody who passes keeps a contact closed for 0.1 s and longer."""


class PolledContact:
    """Feels a contact by looking at it often.

    Args:
        look: Returns whether it is closed; may wait, runs in a thread; raises DeviceError.
        let_go: Releases what `look` uses; may be called twice.
    """

    def __init__(self, look: Callable[[], bool], let_go: Callable[[], None]) -> None:
        self._look = look
        self._let_go = let_go

    async def forget(self) -> None:
        """See whether it can be asked at all; only what `felt` sees counts."""
        await asyncio.to_thread(self._look)

    async def felt(self, within_s: float) -> bool:
        """Wait until it closes; one that is closed, by somebody who lingers, must open first."""
        before = True
        try:
            async with asyncio.timeout(within_s):
                while True:
                    now = await asyncio.to_thread(self._look)
                    if now and not before:
                        return True
                    before = now
                    await asyncio.sleep(LOOK_S)
        except TimeoutError:
            return False

    def close(self) -> None:
        """Let go of it."""
        self._let_go()
