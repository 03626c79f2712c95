"""Tells one receiver what is new, signed, until it has taken it.

Source: Standard Webhooks 1.0.0 (headers, signature, payload, retries).
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import logging
from dataclasses import dataclass

import aiohttp

from validator.clock import Clock
from validator.errors import RetryLater
from validator.feed.names import CANCELLATIONS, kind_of
from validator.gateway.hooks.messages import Cursor, Message, news
from validator.gateway.hooks.settings import HookSettings
from validator.gateway.host.retry_loop import BackOff, Gathering, RetryLoop
from validator.gateway.ledger.committer import Committed, Committer
from validator.upstreams.client import retry_after_s

_log = logging.getLogger(__name__)

_IDLE_S = 2.0
_GATHER_S = 0.05
_TIMEOUT_S = 15.0
_MOST_WAIT_S = 600.0
_AT_ONCE = 8
_REFUSED = frozenset({400, 413, 415, 422})
"""Answers after which the same message would get the same answer. Source: RFC 9110, 15.5."""


def signature(secret: bytes, id: str, at_s: int, body: bytes) -> str:
    """Sign a message.

    Args:
        secret: The receiver's key.
        id: Of the message.
        at_s: When it is sent, seconds since 1970.
        body: As it is sent.
    """
    digest = hmac.digest(secret, f"{id}.{at_s}.".encode() + body, "sha256")
    return "v1," + base64.b64encode(digest).decode()


@dataclass(frozen=True, slots=True)
class _Sent:
    taken: bool
    why: str = ""
    after_s: float | None = None


class Hook:
    """One receiver, told in the order of the journal, up to 8 messages at once.

    A message that it refuses for good is passed by and logged; all else is sent again, under its
    id, until it is taken. How far it was told is on disk.

    Args:
        name: Of the hook.
        settings: Where to, and what.
        venue: Its name, for the messages.
        committer: Holds journal and cursor.
        clock: The time to go by.
        pace: Waits and backs off.
    """

    def __init__(
        self,
        name: str,
        settings: HookSettings,
        venue: str,
        committer: Committer,
        clock: Clock,
        back_off: BackOff | None = None,
    ) -> None:
        self._name = name
        self._settings = settings
        self._venue = venue
        self._committer = committer
        self._clock = clock
        self._loop = RetryLoop(self._step, self._failed, back_off or BackOff(most_s=_MOST_WAIT_S))
        self._soon = Gathering(self.wake, _GATHER_S)
        self._http: aiohttp.ClientSession | None = None

    @property
    def trouble(self) -> str | None:
        """Why nothing is taken now, a sentence; None = nothing is known to be wrong."""
        why = self._loop.trouble
        return why and f"Hook {self._name} is not told: {why}"

    def committed(self, what: Committed) -> None:
        """Look for news that a commit has brought, with those of the next moment."""
        if what.journaled or any(kind_of(stream) == CANCELLATIONS for stream, _ in what.frames):
            self._soon()

    def wake(self) -> None:
        """Look for news at once, unless the receiver is out of reach."""
        self._loop.wake()

    async def run(self) -> None:
        """Tell for ever; cancel to stop."""
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
        async with aiohttp.ClientSession(timeout=timeout) as self._http:
            await self._loop.run()

    async def _step(self) -> float:
        source, settings = f"hook:{self._name}", self._settings
        begun = Cursor.of(
            await self._committer.read(lambda work: work.session.sources.cursor(source))
        )
        if begun is None:
            await self._committer.write(
                lambda work: work.session.sources.move(source, str(Cursor.now(work.session)), None)
            )
            return 0
        cursor, found = await self._committer.read(
            lambda work: news(work.session, begun, self._venue, settings.numbers)
        )
        if cursor == begun:
            return _IDLE_S
        wanted = [message for message in found if message.type in settings.events]
        for start in range(0, len(wanted), _AT_ONCE):
            part = wanted[start : start + _AT_ONCE]
            await self._send(part)
        await self._committer.write(
            lambda work: work.session.sources.move(source, str(cursor), None)
        )
        return 0

    async def _send(self, messages: list[Message]) -> None:
        sent = await asyncio.gather(*map(self._post, messages))
        waiting = [each for each in sent if not each.taken]
        if waiting:
            waits = [each.after_s for each in waiting if each.after_s is not None]
            raise RetryLater(waiting[0].why, max(waits) if waits else None)

    async def _post(self, message: Message) -> _Sent:
        assert self._http is not None
        at_s = self._clock.now() // 1000
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message.id,
            "webhook-timestamp": str(at_s),
            "webhook-signature": signature(self._settings.secret, message.id, at_s, message.body),
        }
        try:
            async with self._http.post(
                self._settings.url, data=message.body, headers=headers, allow_redirects=False
            ) as answer:
                status = answer.status
                after_s = retry_after_s(answer.headers.get("Retry-After", ""))
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            return _Sent(False, f"It can't be reached ({type(error).__name__}).")
        if status < 300:
            return _Sent(True)
        if status in _REFUSED:
            _log.error(
                "Hook %s refused message %s with status %d; it is passed by.",
                self._name,
                message.id,
                status,
            )
            return _Sent(True)
        return _Sent(False, f"It answers with status {status}.", after_s)

    def _failed(self, why: str, failures: int) -> None:
        _log.error("Hook %s is not told, %d times now: %s", self._name, failures, why)
