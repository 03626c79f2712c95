"""The link: one WebSocket per device, msgpack messages of `validator.wire.messages`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from functools import partial
from typing import Any

from aiohttp import WSMsgType, web

from validator.bounds import MAX_MESSAGE_BYTES
from validator.errors import NotAllowed, ValidatorError, WireError, place_of
from validator.gateway.feeds.lanes import LinkedLane
from validator.gateway.host.doors import abort
from validator.gateway.host.logs import event
from validator.gateway.ledger.claims import answer_claim, give_back
from validator.gateway.ledger.epochs import is_restored
from validator.gateway.ledger.heads import keep_heads
from validator.gateway.ledger.uploads import take_upload
from validator.gateway.link.homecoming import Homecoming
from validator.gateway.services import CALLER, SERVICES, Services
from validator.gateway.store.port import Session
from validator.gateway.trust.auth import Caller
from validator.wire.messages import (
    CLOSE_BUSY,
    CLOSE_REVOKED,
    CLOSE_VERSION,
    CLOSE_WRONG,
    VERSION,
    Claimed,
    ClaimRequest,
    GiveBack,
    Hello,
    Message,
    Offer,
    Ping,
    Pong,
    Position,
    Receipt,
    Sealed,
    Seals,
    Telemetry,
    Told,
    Upload,
    Want,
    Welcome,
    decode,
)

_HELLO_S = 15.0
_PING_S = 20.0
_CLOSE_S = 3.0
_LAST_S = 0.4
_MOST_BYTES = 1024 * 1024
_MOST_AT_ONCE = 32
_MOST_STREAMS = 512

_ARRIVAL = 30
"""Messages that a connection costs: it has the gateway look up all that the device is to hear."""

_MALFORMED = 10
"""Messages that one costs which can't be read: reading those that can is much quicker."""

_POSITION = 4
"""Messages that each stream costs that is asked for."""

_SIZE = 4_096
"""Bytes of a message that cost as much as a message."""

_ROW = 10_000
"""Bytes that are handed in or out and cost as much as a row of a journal."""

_OVERHEAD = 200
"""Bytes that are kept with each row of a journal."""

_SPENT = 2_000
"""Bytes that an id costs which is given back before its claim: nobody ever takes it away."""


async def link(request: web.Request) -> web.StreamResponse:
    """Serve one device until either side ends.

    Raises:
        NotAllowed: The device is revoked and owes nothing more.
    """
    services, caller = request.app[SERVICES], request[CALLER]
    await services.budgets.of(caller.device).ask(_ARRIVAL)
    if caller.revoked and caller.device in services.lanes.delivered:
        raise NotAllowed("This device is revoked and has delivered everything. Wipe it.")
    # What is given back to a restored gateway may be a whole snapshot.
    restored = await services.committer.read(lambda work: is_restored(work.session))
    most = MAX_MESSAGE_BYTES if restored else _MOST_BYTES
    socket = web.WebSocketResponse(
        timeout=_CLOSE_S, heartbeat=_PING_S, compress=False, max_msg_size=most
    )
    await socket.prepare(request)
    transport = request.transport
    try:
        await _receive(socket, services, caller)
    except (TimeoutError, ConnectionError):
        event("link_aborted", device=caller.device)
    finally:
        abort(transport)
    return socket


async def _receive(socket: web.WebSocketResponse, services: Services, caller: Caller) -> None:
    hello = await _greeting(socket)
    if hello is None or hello.device != caller.device:
        why = "The first message must be the Hello of the device that signed in."
        await _close(socket, CLOSE_WRONG, why, _CLOSE_S)
    elif hello.version != VERSION:
        why = f"This gateway speaks version {VERSION}: update the device or it."
        await _close(socket, CLOSE_VERSION, why, _CLOSE_S)
    else:
        visit = await _arrived(services, caller, hello)
        await _close(socket, *await visit.run(socket), _LAST_S)


async def _close(socket: web.WebSocketResponse, code: int, why: str, within_s: float) -> None:
    async with asyncio.timeout(within_s):
        await socket.close(code=code, message=why.encode())


async def _greeting(socket: web.WebSocketResponse) -> Hello | None:
    try:
        first = await socket.receive(_HELLO_S)
        hello = decode(first.data) if first.type is WSMsgType.BINARY else None
    except (TimeoutError, WireError):
        return None
    return hello if isinstance(hello, Hello) else None


async def _arrived(services: Services, caller: Caller, hello: Hello) -> Visit:
    """Look up who has come; once more, if something was told meanwhile that it has missed."""
    while True:
        told = services.lanes.announced
        visit = await services.committer.read(
            lambda work: Visit(services, caller, hello, work.session)
        )
        if told == services.lanes.announced:
            return visit


class Visit:
    """One device's stay.

    Args:
        services: The gateway.
        caller: The device.
        hello: What it began with.
        session: An open transaction, to look.
    """

    def __init__(self, services: Services, caller: Caller, hello: Hello, session: Session) -> None:
        self._services = services
        self._hello = hello
        record = session.devices.find(caller.device)
        # It may have been revoked since it signed in.
        self._revoked = caller.revoked or (record is not None and record.revoked)
        self._acknowledged = session.device_rows.head(caller.device)[0]
        self._conflicts = session.totals.conflicts_of(caller.device)
        self._homecoming = Homecoming(services, session, hello)
        gate = record.gate if record else ""
        self.lane = LinkedLane(caller.device, gate, services.clock.now())
        self._budget = services.budgets.of(caller.device)
        self._at_once = asyncio.Semaphore(_MOST_AT_ONCE)
        self._in_order = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, socket: web.WebSocketResponse) -> tuple[int, str]:
        """Talk until one side ends; return the code and sentence to close with."""
        services, lane = self._services, self.lane
        name, keep_days = services.config.name, services.config.retention_days
        lane.answer(Welcome(VERSION, name, self._acknowledged, services.clock.now(), keep_days))
        if seals := services.feed.ring.successors:
            lane.answer(Seals(seals))
        if self._revoked:
            services.lanes.deliver(lane)
        else:
            services.lanes.join(lane)
        sending = asyncio.create_task(lane.send(socket))
        ends = [
            asyncio.create_task(lane.over()),
            asyncio.create_task(lane.stalled()),
            asyncio.create_task(self._receive(socket)),
        ]
        try:
            self._begin()
            done, _ = await asyncio.wait([sending, *ends], return_when=asyncio.FIRST_COMPLETED)
            ended = next((end for end in ends if end in done), sending)
            failed = ended.exception()
            if failed:
                error, where = type(failed).__name__, place_of(failed)
                event("link_broken", device=lane.device, error=error, where=where)
                return 1011, "The connection broke."
            return ended.result() or await lane.over()
        finally:
            services.lanes.leave(lane)
            if services.lanes.find(lane.device) is None:
                services.time.forget(lane.device)
            await _cancelled(*ends)
            if lane.ended:
                await asyncio.wait([sending], timeout=_LAST_S)
            await _cancelled(sending)

    def _begin(self) -> None:
        if self._revoked:
            self._deliver(self._acknowledged)
            return
        # Told at every visit: what was sent into a link that broke may not have arrived.
        for conflict in self._conflicts:
            self.lane.answer(Told(conflict))
        if self._homecoming.recall is not None:
            self.lane.answer(self._homecoming.recall)
        else:
            self._want(self._hello.positions)

    async def _receive(self, socket: web.WebSocketResponse) -> tuple[int, str]:
        async for item in socket:
            received = self._services.clock.now()
            if not await self._budget.talk(1 + len(item.data or ()) / _SIZE):
                event("device_let_go", logging.WARNING, device=self.lane.device)
                return CLOSE_BUSY, "This device asks for more than a scanner does."
            try:
                if item.type is not WSMsgType.BINARY:
                    raise WireError("A message is not binary.")
                message = decode(item.data)
            except WireError as error:
                self._dropped(error)
                await self._budget.talk(_MALFORMED)
                continue
            if isinstance(message, Ping):
                if not self._revoked:
                    self._services.time.hear(self.lane.device, message.sent)
                now = self._services.clock.now()
                self.lane.answer(Pong(message.sent, received, now))
                continue
            await self._at_once.acquire()
            self._start(self._take(message))
        return 1000, "Good-bye."

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _take(self, message: Message) -> None:
        """Do what one message asks for; if that fails, the others are still served."""
        try:
            if self._revoked:
                if isinstance(message, Upload):
                    await self._upload(message)
                return
            await self._serve(message)
        except ValidatorError as error:
            self._dropped(error)
        except Exception as error:
            kind, where = type(message).__name__, place_of(error)
            event("message_failed", logging.ERROR, device=self.lane.device, kind=kind, where=where)
            self._dropped(error)
        finally:
            self._at_once.release()

    async def _serve(self, message: Message) -> None:
        lane, committer = self.lane, self._services.committer
        match message:
            case ClaimRequest():
                if self._homecoming.offering:
                    # The lane knows more than this gateway yet, so its own verdict is the better.
                    return
                if message.owed:
                    await self._budget.bring(len(message.owed))
                with self._services.metrics.claim():
                    verdict = await answer_claim(committer, lane.device, message)
                lane.answer(Claimed(message.scan.id, verdict))
            case Upload():
                await self._upload(message)
            case GiveBack():
                await self._budget.bring(1)
                job = partial(give_back, device=lane.device, id=message.id)
                if await committer.quick(job, lane.device):
                    await self._budget.bring(0, _SPENT)
            case Want():
                await self._budget.talk(_POSITION * len(message.positions))
                if not self._homecoming.offering:
                    self._want(message.positions)
            case Offer():
                await self._offered(message)
            case Receipt():
                stream = message.position.stream
                if lane.follows(stream):
                    lane.receipts[stream] = (message.position, self._services.clock.now())
            case Telemetry():
                self._services.lanes.heard(lane, message)
                await self._budget.bring(1)
                await keep_heads(committer, lane.device, message)
            case _:
                raise WireError("A message goes the other way.")

    async def _upload(self, message: Upload) -> None:
        async with self._in_order:
            kept = sum(len(row.body) + _OVERHEAD for row in message.rows)
            await self._budget.bring(len(message.rows), kept)
            answer = await take_upload(self._services.committer, self.lane.device, message.rows)
        self._services.metrics.rejected(sum(not outcome.accepted for outcome in answer.outcomes))
        self.lane.answer(answer)
        if self._revoked:
            self._deliver(answer.sequence)
            return
        await self._homecoming.delivered(answer.sequence)

    async def _offered(self, message: Offer) -> None:
        offering = self._homecoming.offering
        await self._budget.bring(sum(map(len, message.frames)) / _ROW)
        self.lane.answer(await self._homecoming.take(message))
        if offering and message.last:
            self._want(self._hello.positions)

    def _deliver(self, sequence: int) -> None:
        """End the visit of a revoked device that owes nothing more."""
        if sequence >= self._hello.journal:
            self._services.lanes.delivered.add(self.lane.device)
            self.lane.end(CLOSE_REVOKED, "This device is revoked. Wipe it.")

    def _want(self, positions: tuple[Position, ...]) -> None:
        for position in positions[:_MOST_STREAMS]:
            if self.lane.begin(position.stream):
                self._start(self._fetch(position))

    async def _fetch(self, position: Position) -> None:
        try:
            frames = await self._services.backlog.after(position)
            await self._budget.bring(1 + sum(map(len, frames)) / _ROW)
            self.lane.follow(position.stream, frames)
            if not self.lane.behind:
                # Until its first heartbeat a lane can't tell how old what it knows is.
                await self._services.heartbeats.beat(lambda beat: self.lane.answer(Sealed(beat)))
        except ValidatorError as error:
            self.lane.forget(position.stream)
            self._dropped(error)

    def _dropped(self, error: Exception) -> None:
        event("message_dropped", logging.WARNING, device=self.lane.device, why=type(error).__name__)


async def _cancelled(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
