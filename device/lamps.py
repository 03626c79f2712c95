"""Coloured lamps on a board of relays."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from itertools import cycle

from device.errors import DeviceError
from device.relays import Relays

GREEN, YELLOW, RED = 1, 2, 3
"""The relay of each colour."""

DARK: frozenset[int] = frozenset()

LAMPS: dict[str, tuple[frozenset[int], ...]] = {
    "green": (frozenset({GREEN}),),
    "green_blinking": (frozenset({GREEN}), DARK),
    "yellow": (frozenset({YELLOW}),),
    "red": (frozenset({RED}),),
    "red_yellow": (frozenset({RED, YELLOW}),),
    "none": (DARK,),
}
"""What is lit for each name of `scanner.wording.palette.Style.lamp`, by turns."""

BLINK_S = 0.4
"""Time alight and time dark, in seconds: 1.25 Hz, far below what photosensitive people fear.

Source: WCAG 2.2, success criterion 2.3.1 (at most three flashes a second).
"""

RETRY_S = 1.0
"""Pause before a board that can't be reached is tried again."""


class RelayLamps:
    """Shows the latest lamp, however slow its board is; keeps trying when the board is lost.

    Args:
        relays: Green, yellow and red, as relays 1, 2 and 3.
        told: Is told once each time that the board is lost.
    """

    def __init__(self, relays: Relays, told: Callable[[DeviceError], object]) -> None:
        self._relays = relays
        self._told = told
        self._lamp = "none"
        self._changed = asyncio.Event()
        self._work: asyncio.Task[None] | None = None
        self._lost = False

    def show(self, lamp: str) -> None:
        """Light a lamp in place of the one before; needs a running event loop."""
        self._lamp = lamp
        self._changed.set()
        if self._work is None:
            self._work = asyncio.create_task(self._keep())

    def close(self) -> None:
        """Put them out and let go of the board."""
        if self._work is not None:
            self._work.cancel()
        self._relays.close()

    async def _keep(self) -> None:
        while True:
            self._changed.clear()
            turns = LAMPS[self._lamp]
            for lit in cycle(turns):
                await self._light(lit)
                pause_s = RETRY_S if self._lost else BLINK_S if len(turns) > 1 else None
                # Python 3.11's wait_for would lose a cancellation that comes with the change.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause_s):
                        await self._changed.wait()
                    break

    async def _light(self, lit: frozenset[int]) -> None:
        try:
            await self._relays.switch(lit)
        except DeviceError as error:
            if not self._lost:
                self._lost = True
                self._told(error)
        else:
            self._lost = False
