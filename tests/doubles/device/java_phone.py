"""Waiting for Java's threads, which tell nobody when they are done."""

import asyncio
from collections.abc import Callable


async def until(done: Callable[[], object]) -> None:
    """Look again and again until it is so."""
    async with asyncio.timeout(20):
        while not done():  # noqa: ASYNC110 - the other side is a thread of Java's
            await asyncio.sleep(0.005)
