"""Live figures: as JSON when asked, and as server-sent events when they change."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from validator.errors import ValidatorError
from validator.gateway.host.logs import event
from validator.gateway.ledger.committer import Committed
from validator.gateway.trust.open_requests import STANDING

_SHORTEST_S = 0.25
_LONGEST_S = 5.0


class LiveCounts:
    """Counts once for all who watch, at most four times a second, and only if somebody does.

    Args:
        figures: Counts.
    """

    def __init__(self, figures: Callable[[], Awaitable[dict[str, Any]]]) -> None:
        self._figures = figures
        self._news = asyncio.Event()
        self._counted = asyncio.Condition()
        self._version = 0
        self._text = ""
        self._watching = 0
        self._ended = False

    def changed(self) -> None:
        """Say that something has happened."""
        self._news.set()

    def committed(self, what: Committed) -> None:
        """Count again: something may have happened."""
        self.changed()

    async def now(self) -> dict[str, Any]:
        """Count."""
        return await self._figures()

    async def run(self) -> None:
        """Count for those who watch; cancel to stop."""
        while True:
            try:
                # Not wait_for: before Python 3.12 it loses a cancellation that comes with the news.
                async with asyncio.timeout(_LONGEST_S):
                    await self._news.wait()
            except TimeoutError:
                if not self._watching:
                    continue
            self._news.clear()
            if self._watching:
                await self._count()
            await asyncio.sleep(_SHORTEST_S)

    async def _count(self) -> None:
        try:
            text = json.dumps(await self.now())
        except ValidatorError as error:
            event("counts_failed", logging.WARNING, error=type(error).__name__)
            return
        async with self._counted:
            self._text = text
            self._version += 1
            self._counted.notify_all()

    async def end(self) -> None:
        """Let everybody who watches go."""
        async with self._counted:
            self._ended = True
            self._counted.notify_all()

    async def watch(self, request: web.Request) -> web.StreamResponse:
        """Send the figures now, whenever they change, and every five seconds.

        They end with the rights of whoever asked for them.

        Source: WHATWG HTML, server-sent events.
        """
        standing = request.get(STANDING)
        response = web.StreamResponse(
            headers={
                "Content-Type": "text/event-stream",
                "Cache-Control": "no-store",
                "X-Content-Type-Options": "nosniff",
            }
        )
        self._watching += 1
        try:
            await response.prepare(request)
            seen = self._version
            text = json.dumps(await self.now())
            await response.write(f"retry: 2000\ndata: {text}\n\n".encode())
            while True:
                async with self._counted:
                    while not self._ended and self._version == seen:
                        await self._counted.wait()
                    seen, text = self._version, self._text
                if self._ended or (standing is not None and standing.ended):
                    return response
                await response.write(f"data: {text}\n\n".encode())
        except ConnectionError:
            return response
        finally:
            self._watching -= 1
