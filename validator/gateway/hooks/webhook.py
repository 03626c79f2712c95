"""Tells one receiver what is new, signed, until it has taken it.

Source: Standard Webhooks 1.0.0 (headers, signature, payload, retries).
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

import aiohttp

from validator.clock import Clock
from validator.errors import RetryLater
from validator.feed.names import CANCELLATIONS, kind_of
from validator.gateway.hooks.messages import Cursor, Message, Place, messages_at, new_messages
from validator.gateway.hooks.settings import HookSettings
from validator.gateway.host.aside import Aside
from validator.gateway.host.retry_loop import BackOff, Gathering, RetryLoop
from validator.gateway.ledger.committer import Committed, Committer
from validator.upstreams.client import retry_after_s

_log = logging.getLogger(__name__)

_IDLE_S = 2.0
_GATHER_S = 0.05
_TIMEOUT_S = 15.0
_MOST_WAIT_S = 600.0
_AT_ONCE = 8
_MOST_PENDING, _MOST_ASIDE, _MOST_TOLD = 1_000, 200, 5
_ASIDE_S, _ASIDE_MOST_S = 2.0, 3600.0
_REFUSED = frozenset({400, 413, 415, 422})
"""Answers after which the same message would get the same answer. Source: RFC 9110, 15.5."""

_TOO_MANY = 429
"""Source: RFC 6585, section 4."""


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
    message: Message
    taken: bool
    why: str = ""
    after_s: float | None = None
    busy: bool = False
    """The answer is not about the message: the receiver asks to be told more slowly."""


class Webhook:
    """One receiver, told in the order of the journal, up to 8 messages at once.

    A message that it refuses for good is passed by and logged; all else is sent again, under its
    id, until it is taken. One that fails while another is taken is set aside, and tried again by
    itself. If none is taken, the receiver is down: after each back-off two are tried, the oldest
    and another one. What was taken is not sent again; where it stands and what was set aside is on
    disk.

    Args:
        name: Of the hook.
        settings: Where to, and what.
        venue: Its name, for the messages.
        committer: Holds journal and cursor.
        clock: The time to go by.
        back_off: Waits and backs off.
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
        self._source = f"hook:{name}"
        self._settings = settings
        self._venue = venue
        self._committer = committer
        self._clock = clock
        self._loop = RetryLoop(self._step, self._failed, back_off or BackOff(most_s=_MOST_WAIT_S))
        self._soon = Gathering(self.wake, _GATHER_S)
        self._http: aiohttp.ClientSession | None = None
        self._kept: Cursor | None = None
        self._read = Cursor(0, 0)
        self._pending: dict[Place, Message] = {}
        self._aside: Aside[Place, _Sent] = Aside(clock, _ASIDE_S, _ASIDE_MOST_S)

    @property
    def trouble(self) -> str | None:
        """Why nothing is taken now, a sentence; None = nothing is known to be wrong."""
        why = self._loop.trouble
        return why and f"Hook {self._name} is not told: {why}"

    def committed(self, what: Committed) -> None:
        """Look for news that a commit has brought, with those of the next moment."""
        if what.journaled or any(kind_of(stream) == CANCELLATIONS for stream, _ in what.frames):
            self._soon()

    def alarms(self) -> tuple[str, ...]:
        """Return what somebody has to look at, as sentences: its trouble, what was set aside."""
        found = [self.trouble] if self.trouble else []
        aside = [sent for _, sent in islice(self._aside, _MOST_TOLD)]
        found += [
            f"Hook {self._name}: message {sent.message.id} is not taken. {sent.why} It is tried "
            "again, the others go on."
            for sent in aside
        ]
        if more := len(self._aside) - len(aside):
            found.append(f"Hook {self._name}: {more} more messages are not taken.")
        return tuple(found)

    def wake(self) -> None:
        """Look for news at once, unless the receiver is out of reach."""
        self._loop.wake()

    async def run(self) -> None:
        """Tell for ever; cancel to stop."""
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
        async with aiohttp.ClientSession(timeout=timeout) as self._http:
            await self._loop.run()

    async def _step(self) -> float:
        if self._kept is None:
            await self._begin()
        down, stood = self._loop.failures > 0, self._read
        # While none is taken, look further: there may be many bad ones side by side.
        if not self._pending or (down and len(self._pending) < _MOST_PENDING):
            await self._look()
        went_on = bool(self._pending) or self._read != stood
        if due := self._aside.due(1 if down else _AT_ONCE):
            went_on = await self._try_again([sent.message for _, sent in due]) or went_on
        if self._pending:
            await self._deliver()
        await self._keep()
        return 0 if went_on else _IDLE_S

    async def _begin(self) -> None:
        """Go on where it was left off; a new hook begins with what comes from now on."""
        cursor = Cursor.of(
            await self._committer.read(lambda work: work.session.sources.cursor(self._source))
        )
        if cursor is None:
            self._read = await self._committer.read(lambda work: Cursor.now(work.session))
            await self._keep()
            return
        numbers, aside = self._settings.numbers, cursor.aside
        left = await self._committer.read(
            lambda work: messages_at(work.session, aside, self._venue, numbers)
        )
        for message in self._wanted(left):
            self._aside.put_back(
                message.place, _Sent(message, False, "It waits since before the start.")
            )
        self._read = Cursor(cursor.journal, cursor.cancellations)
        self._kept = cursor

    async def _look(self) -> None:
        begun, numbers = self._read, self._settings.numbers
        self._read, found = await self._committer.read(
            lambda work: new_messages(work.session, begun, self._venue, numbers)
        )
        self._pending |= {message.place: message for message in self._wanted(found)}

    def _wanted(self, messages: Iterable[Message]) -> list[Message]:
        return [message for message in messages if message.type in self._settings.events]

    async def _deliver(self) -> None:
        sent = await self._send(self._next())
        failed = [each for each in sent if not each.taken]
        for each in sent:
            if each.taken:
                del self._pending[each.message.place]
        if len(failed) < len(sent):
            for each in failed:
                if not each.busy and len(self._aside) < _MOST_ASIDE:
                    del self._pending[each.message.place]
                    self._set_aside(each)
        await self._keep()
        waiting = [each for each in failed if each.message.place in self._pending]
        if waiting:
            waits = [each.after_s for each in waiting if each.after_s is not None]
            why = waiting[0].why
            if len(self._aside) >= _MOST_ASIDE:
                why = f"{_MOST_ASIDE} messages are set aside, no more can be. {why}"
            raise RetryLater(why, max(waits) if waits else None)

    def _next(self) -> list[Message]:
        pending, failures = list(self._pending.values()), self._loop.failures
        if not failures:
            return pending[:_AT_ONCE]
        # Another one, each time, tells whether the fault is the oldest's or the receiver's.
        other = pending[-1 - (failures - 1) % len(pending)]
        return [pending[0], other] if other is not pending[0] else [other]

    async def _try_again(self, messages: list[Message]) -> bool:
        sent = await self._send(messages)
        for each in sent:
            if each.taken:
                self._aside.drop(each.message.place)
            else:
                self._set_aside(each)
        return any(each.taken for each in sent)

    def _set_aside(self, sent: _Sent) -> None:
        wait_s = self._aside.put(sent.message.place, sent)
        _log.error(
            "Hook %s does not take message %s; it is tried again in %.0f s, the others go on. %s",
            self._name,
            sent.message.id,
            wait_s,
            sent.why,
        )

    async def _keep(self) -> None:
        """Write down how far the receiver was told."""
        left = {False: self._read.journal, True: self._read.cancellations}
        for place in reversed(self._pending):
            left[place.cancelled] = place.sequence - 1
        cursor = Cursor(left[False], left[True], tuple(place for place, _ in self._aside))
        if cursor != self._kept:
            await self._committer.write(
                lambda work: work.session.sources.move(self._source, str(cursor), None)
            )
            self._kept = cursor

    async def _send(self, messages: list[Message]) -> list[_Sent]:
        return await asyncio.gather(*map(self._post, messages))

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
            return _Sent(message, False, f"It can't be reached ({type(error).__name__}).")
        if status < 300:
            return _Sent(message, True)
        if status in _REFUSED:
            _log.error(
                "Hook %s refused message %s with status %d; it is passed by.",
                self._name,
                message.id,
                status,
            )
            return _Sent(message, True)
        busy = status == _TOO_MANY or after_s is not None
        return _Sent(message, False, f"It answers with status {status}.", after_s, busy)

    def _failed(self, why: str, failures: int) -> None:
        _log.error("Hook %s is not told, %d times now: %s", self._name, failures, why)
