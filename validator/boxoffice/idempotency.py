"""Changes that are made once, however often they are asked for."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from validator.boxoffice.database import Database
from validator.boxoffice.model import Refused
from validator.clock import HOUR_MS
from validator.errors import FixRequest

KEY = "Idempotency-Key"
"""Header that names a change. Source: draft-ietf-httpapi-idempotency-key-header-07."""

_KEPT_MS = 24 * HOUR_MS
_SHORTEST, _LONGEST = 16, 64


class Reused(Refused):
    """The key of a change names another one that was made before."""


class Once:
    """Answers of the last day, kept in the transaction of the change that they tell of.

    A caller whose answer was lost asks again with the same key and is told the same; nothing is
    sold, cancelled or written a second time. A change that failed is not kept: it may be tried
    again.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def answer(self, key: str, asked: bytes, change: Callable[[], Any]) -> Any:
        """Return the answer of a change, which is made if it was not made before.

        Args:
            key: Given by the caller, 16 to 64 characters.
            asked: Digest of what is asked for.
            change: Makes the change in transactions of the same database, and returns its answer,
                ready for JSON.

        Raises:
            Reused: Something else was asked for with this key.
            FixRequest: The key is too short, too long, or no printable ASCII.
        """
        if not (_SHORTEST <= len(key) <= _LONGEST and key.isascii() and key.isprintable()):
            raise FixRequest(f"'{KEY}' must have {_SHORTEST} to {_LONGEST} characters; use a UUID.")
        with self._database.write() as transaction:
            held = transaction.row(
                "SELECT asked, body FROM answers WHERE id = ? AND at >= ?",
                key,
                transaction.now - _KEPT_MS,
            )
            if held is None:
                answer = change()
                body = json.dumps(answer, ensure_ascii=False)
                transaction.run(
                    "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?)",
                    key,
                    asked,
                    transaction.now,
                    body,
                )
                return answer
            if not hmac.compare_digest(held["asked"], asked):
                raise Reused("reused", f"This '{KEY}' was used for something else. Take a new one.")
            return json.loads(held["body"])

    def forget(self) -> None:
        """Forget what was answered more than a day ago; names stand in it.

        Raises:
            RetryLater: The disk does not take it now.
        """
        with self._database.write() as transaction:
            transaction.run("DELETE FROM answers WHERE at < ?", transaction.now - _KEPT_MS)

    async def respond(
        self, request: web.Request, change: Callable[[], Any], status: int = 200
    ) -> web.Response:
        """Make the change that a request asks for, in another thread, and answer it.

        Args:
            request: Its body was read. Without a key it is made whenever it is asked for.
            change: As in `answer`.
            status: Of the answer.

        Raises:
            FixRequest: As `answer`, or the change can't be made.
        """
        key = request.headers.get(KEY)
        if key is None:
            answer = await asyncio.to_thread(change)
        else:
            answer = await asyncio.to_thread(self.answer, key, request[ASKED], change)
        return web.json_response(answer, status=status)


ASKED = web.RequestKey("asked", bytes)
"""Digest of what a request asks for, once its body was read."""
