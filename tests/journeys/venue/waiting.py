"""How journeys wait: for something to become true, with one generous end."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

LONGEST_WAIT_S = 60.0

ROOT = Path(__file__).parents[3]

ENVIRONMENT = os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "tests")))}
"""For processes that run the scripts in tests/doubles."""


async def until(done: Callable[[], Awaitable[bool]]) -> None:
    """Ask again and again until it is so."""
    async with asyncio.timeout(LONGEST_WAIT_S):
        while not await done():  # noqa: ASYNC110 - the other side is another process
            await asyncio.sleep(0.05)
