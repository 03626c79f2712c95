"""Counting for those who watch, and its end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from validator.gateway.figures.live_counts import LiveCounts


async def figures() -> dict[str, Any]:
    return {}


@pytest.mark.parametrize("ticks", range(6))
async def test_news_that_come_with_the_end_do_not_lose_it(ticks: int) -> None:
    stream = LiveCounts(figures)
    counting = asyncio.create_task(stream.run())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    stream.changed()
    for _ in range(ticks):
        await asyncio.sleep(0)
    counting.cancel()
    await asyncio.wait({counting}, timeout=10)
    assert counting.cancelled()
