"""Requests that are being answered, and the end of those whose callers lose their rights."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace

from aiohttp import web

from validator.errors import RetryLater
from validator.gateway.host.doors import abort
from validator.gateway.host.logs import event
from validator.gateway.ledger.committer import Committed
from validator.gateway.store.port import Store
from validator.gateway.trust.auth import Caller
from validator.gateway.trust.caller_cache import CallerCache
from validator.gateway.trust.connections import hold

GRACE_S = 0.8
"""Seconds in which a request whose caller lost its rights may still be told so."""


@dataclass(slots=True, eq=False)
class Standing:
    """What a request was let in as.

    Args:
        request: The request.
        hashed: Hash of the token that it came with, or that opened its session.
        caller: Whose token that was.
        ended: Its rights have ended: nothing more is told or taken.
    """

    request: web.Request
    hashed: bytes
    caller: Caller
    ended: bool = False


STANDING = web.RequestKey("standing", Standing)


class OpenRequests:
    """Asks for every caller's rights again with each commit that changes somebody's.

    Whoever was removed or revoked, or has another role, keeps no connection that was opened
    before: it is aborted, since a close would wait until the other side reads. Who still owes a
    part of the request is gone at once, so that what it sends now is not taken; an answer has a
    moment to go out.

    Args:
        store: Where callers stand.
        callers: Recognises them.
    """

    def __init__(self, store: Store, callers: CallerCache) -> None:
        self._store = store
        self._callers = callers
        self._version = store.callers_version
        self._open: set[Standing] = set()
        self._asking: set[asyncio.Task[None]] = set()

    async def recognise(self, request: web.Request, hashed: bytes) -> Caller | None:
        """Find out whose token came with a request, and hold the request to it; None = nobody's.

        Args:
            request: Until `leave`.
            hashed: From `token_hash`.

        Raises:
            RetryLater: The store does not answer.
        """
        version = self._store.callers_version
        caller = await self._callers.known(hashed)
        if caller is not None:
            self.leave(request)
            hold(request)
            request[STANDING] = standing = Standing(request, hashed, caller)
            self._open.add(standing)
            if version != self._store.callers_version:
                self._ask_again()
        return caller

    def leave(self, request: web.Request) -> None:
        """Forget a request that is answered."""
        standing = request.get(STANDING)
        if standing is not None:
            self._open.discard(standing)

    def committed(self, what: Committed) -> None:
        """Ask again if this commit changed a device or a user."""
        if self._version != self._store.callers_version:
            self._version = self._store.callers_version
            self._ask_again()

    def _ask_again(self) -> None:
        task = asyncio.create_task(self._end_those_without())
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def _end_those_without(self) -> None:
        asked = [standing for standing in self._open if not standing.ended]
        try:
            found = await self._callers.present({standing.hashed for standing in asked})
        except RetryLater:
            # Nobody keeps rights that can't be asked for; whoever has them comes again.
            found = {}
        for standing in asked:
            now = found.get(standing.hashed)
            # A new reference for the journal changes no rights.
            if now is None or replace(now, ref=standing.caller.ref) != standing.caller:
                self._end(standing)

    def _end(self, standing: Standing) -> None:
        standing.ended = True
        event("rights_ended", logging.WARNING, role=standing.caller.role.value)
        if standing.request.content.is_eof():
            asyncio.get_running_loop().call_later(GRACE_S, self._abort, standing)
        else:
            self._abort(standing)

    def _abort(self, standing: Standing) -> None:
        if standing in self._open:
            abort(standing.request.transport)
