"""Changes that are made once, however often they are asked for."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from typing import Any

from validator.boxoffice.database import Database
from validator.boxoffice.model import Refused
from validator.clock import DAY_MS
from validator.errors import FixRequest

IDEMPOTENCY_KEY = "Idempotency-Key"
"""Header that names a change. Source: draft-ietf-httpapi-idempotency-key-header-07."""

_KEPT_MS = DAY_MS
_SHORTEST, _LONGEST = 16, 64


class KeyReused(Refused):
    """The key of a change names another one that was made before."""


class IdempotencyKeys:
    """Answers of the last day, kept in the transaction of the change that they tell of.

    A caller whose answer was lost asks again with the same key and is told the same; nothing is
    sold, cancelled or written a second time. A change that failed is not kept: it may be tried
    again.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def answer(self, key: str, digest: bytes, change: Callable[[], Any]) -> Any:
        """Return the answer of a change, which is made if it was not made before.

        Args:
            key: Given by the caller, 16 to 64 characters.
            digest: Digest of what is asked for.
            change: Makes the change in transactions of the same database, and returns its answer,
                ready for JSON.

        Raises:
            KeyReused: Something else was asked for with this key.
            FixRequest: The key is too short, too long, or no printable ASCII.
        """
        if not (_SHORTEST <= len(key) <= _LONGEST and key.isascii() and key.isprintable()):
            raise FixRequest(
                f"'{IDEMPOTENCY_KEY}' must have {_SHORTEST} to {_LONGEST} characters; use a UUID."
            )
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
                    digest,
                    transaction.now,
                    body,
                )
                return answer
            if not hmac.compare_digest(held["asked"], digest):
                raise KeyReused(
                    "reused",
                    f"This '{IDEMPOTENCY_KEY}' was used for something else. Take a new one.",
                )
            return json.loads(held["body"])

    def drop_expired(self) -> None:
        """Forget what was answered more than a day ago; names stand in it.

        Raises:
            RetryLater: The disk does not take it now.
        """
        with self._database.write() as transaction:
            transaction.run("DELETE FROM answers WHERE at < ?", transaction.now - _KEPT_MS)
