"""The lanes that are connected now, and what each of them has yet to be sent."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from validator.clock import Instant
from validator.gateway.host.logs import event
from validator.gateway.ledger.committer import Committed
from validator.model import Conflict, DeviceId
from validator.wire.messages import (
    CLOSE_GOING,
    CLOSE_REPLACED,
    CLOSE_REVOKED,
    CLOSE_SLOW,
    Message,
    Position,
    Sealed,
    Seals,
    Telemetry,
    Told,
    Witness,
    encode,
)

_MOST_NEWS = 2_000
_MOST_BYTES = 192 * 1024 * 1024


class Socket(Protocol):
    """Where a lane's messages go out."""

    async def send_bytes(self, data: bytes) -> None:
        """Send one message; returns when there is room for the next one."""
        ...


@dataclass(slots=True, eq=False)
class LinkedLane:
    """One connection of one device.

    Args:
        device: Whose.
        gate: Gate that it is assigned to; empty = none.
        since: When it came.
        telemetry: What it last said of itself.
        receipts: Per stream, up to where it has confirmed, and when that was heard.
        most_news: Broadcast messages that may wait for it before it is dropped, held back or not.
    """

    device: DeviceId
    gate: str
    since: Instant
    telemetry: Telemetry | None = None
    receipts: dict[str, tuple[Position, Instant]] = field(default_factory=dict)
    most_news: int = _MOST_NEWS
    _streams: set[str] = field(default_factory=set)
    _held_back: dict[str, list[bytes]] = field(default_factory=dict)
    _queue: deque[tuple[bytes, bool]] = field(default_factory=deque)
    _news: int = 0
    _bytes: int = 0
    _grown: asyncio.Event = field(default_factory=asyncio.Event)
    _slow: asyncio.Event = field(default_factory=asyncio.Event)
    _over: asyncio.Event = field(default_factory=asyncio.Event)
    _ending: tuple[int, str] | None = None

    def answer(self, message: Message) -> None:
        """Send something that it asked for."""
        self._put(encode(message), news=False)

    def news(self, data: bytes, stream: str | None = None) -> None:
        """Send an encoded message that goes to many; drop the lane if it does not keep up.

        Args:
            data: Encoded once for all lanes.
            stream: It is a frame of this stream, for those who follow it; None = for everybody.
        """
        if stream is not None:
            if stream in self._held_back:
                if self._counted(data, news=True):
                    self._held_back[stream].append(data)
                return
            if stream not in self._streams:
                return
        self._put(data, news=True)

    def begin(self, stream: str) -> bool:
        """Hold a stream's news back while its missing frames are fetched.

        Returns:
            False if they are being fetched already.
        """
        if stream in self._held_back:
            return False
        self._held_back[stream] = []
        return True

    def follows(self, stream: str) -> bool:
        """Tell whether it is sent a stream's frames, or will be."""
        return stream in self._streams or stream in self._held_back

    @property
    def behind(self) -> bool:
        """Whether frames that it misses are still being fetched."""
        return bool(self._held_back)

    def follow(self, stream: str, frames: Iterable[bytes]) -> None:
        """Send the missing frames, then what was held back; the lane follows from here."""
        self._streams.add(stream)
        for data in frames:
            self._put(data, news=False)
        held_back = self._held_back.pop(stream, ())
        if self._ending is None:
            self._queue += [(data, True) for data in held_back]
            self._grown.set()

    def forget(self, stream: str) -> None:
        """Give up on a stream that could not be fetched."""
        held_back = self._held_back.pop(stream, ())
        self._news -= len(held_back)
        self._bytes -= sum(map(len, held_back))

    def end(self, code: int, why: str) -> None:
        """Take nothing more of the lane; close when what waits is out, or it does not read."""
        if self._ending is None:
            self._ending = (code, why)
            self._grown.set()
            self._over.set()

    @property
    def waiting(self) -> int:
        """How many messages have yet to be sent to it."""
        return len(self._queue)

    @property
    def ended(self) -> bool:
        """Whether it is to end."""
        return self._ending is not None

    async def over(self) -> tuple[int, str]:
        """Wait until the lane is to end; return the code and sentence to close with."""
        await self._over.wait()
        assert self._ending is not None
        return self._ending

    async def send(self, socket: Socket) -> None:
        """Send until the lane ends and nothing waits."""
        while True:
            while self._queue:
                await socket.send_bytes(self._next())
            if self._ending:
                return
            self._grown.clear()
            await self._grown.wait()

    async def stalled(self) -> tuple[int, str]:
        """Wait until the lane is dropped for being slow; return code and sentence."""
        await self._slow.wait()
        return CLOSE_SLOW, "Too slow: connect again and go on from where you stand."

    def _next(self) -> bytes:
        data, news = self._queue.popleft()
        self._news -= news
        self._bytes -= len(data)
        return data

    def _put(self, data: bytes, news: bool) -> None:
        if self._counted(data, news):
            self._queue.append((data, news))
            self._grown.set()

    def _counted(self, data: bytes, news: bool) -> bool:
        """Count what will wait; false = it is not taken any more, the lane ends."""
        if self._ending or self._slow.is_set():
            return False
        self._news += news
        self._bytes += len(data)
        if self._news > self.most_news or self._bytes > _MOST_BYTES:
            self._queue.clear()
            self._held_back.clear()
            self._slow.set()
        return not self._slow.is_set()


class Lanes:
    """Every connected lane, at most one per device.

    Args:
        changed: Called when the number of lanes, or what they said of themselves, changes.

    Attributes:
        delivered: Revoked devices that owe nothing more.
        announced: Goes up with whatever is told to the lanes concerned that are here; one that
            was being looked up in the meantime may have missed it.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._lanes: dict[DeviceId, LinkedLane] = {}
        self._delivering: dict[DeviceId, LinkedLane] = {}
        self._linked: frozenset[DeviceId] = frozenset()
        self.delivered: set[DeviceId] = set()
        self.announced = 0

    def join(self, lane: LinkedLane) -> None:
        """Take a connection in; an older one of the same device ends."""
        _replace(self._lanes, lane)
        self._linked = frozenset(self._lanes)
        event("lane_connected", device=lane.device, gate=lane.gate)
        self._changed()

    def deliver(self, lane: LinkedLane) -> None:
        """Let a revoked device deliver what it owes; an older connection of it ends."""
        _replace(self._delivering, lane)

    def leave(self, lane: LinkedLane) -> None:
        """Take a connection out, unless a newer one stands in its place."""
        if self._delivering.get(lane.device) is lane:
            del self._delivering[lane.device]
        if self._lanes.get(lane.device) is lane:
            del self._lanes[lane.device]
            self._linked = frozenset(self._lanes)
            event("lane_disconnected", device=lane.device)
            self._changed()

    def present(self) -> tuple[LinkedLane, ...]:
        """Return the connected lanes by device id."""
        return tuple(self._lanes[device] for device in sorted(self._lanes))

    def find(self, device: DeviceId) -> LinkedLane | None:
        """Return a device's connection."""
        return self._lanes.get(device)

    def linked(self) -> frozenset[DeviceId]:
        """Return the devices that have a link now; may be called in any thread."""
        return self._linked

    def committed(self, what: Committed) -> None:
        """Tell the lanes of a commit what it means for them."""
        for stream, frames in what.frames:
            self.publish(stream, frames)
        for conflict, devices in what.conflicts:
            self.tell(conflict, devices)

    def publish(self, stream: str, frames: Sequence[bytes]) -> None:
        """Send new frames of a stream to those who follow it; each is encoded once."""
        for frame in frames:
            data = encode(Sealed(frame))
            for lane in self._lanes.values():
                lane.news(data, stream)

    def beat(self, heartbeat: bytes) -> None:
        """Send a sealed heartbeat to everybody."""
        data = encode(Sealed(heartbeat))
        for lane in self._lanes.values():
            lane.news(data)

    def witness(self, witness: Witness) -> None:
        """Give everybody the journal's head to keep."""
        data = encode(witness)
        for lane in self._lanes.values():
            lane.news(data)

    def appoint(self, seals: Seals) -> None:
        """Tell everybody which key seals from now on, before anything that it seals."""
        data = encode(seals)
        for lane in self._lanes.values():
            lane.news(data)

    def tell(self, conflict: Conflict, devices: Sequence[DeviceId]) -> None:
        """Tell the lanes concerned of a conflict; those away are told at their next visit."""
        event("conflict", logging.WARNING, check_in=conflict.id, reason=conflict.reason)
        self.announced += 1
        for device in devices:
            lane = self._lanes.get(device)
            if lane:
                lane.answer(Told(conflict))
        self._changed()

    def assigned(self, device: DeviceId, gate: str, revoked: bool) -> None:
        """Note a device's new place; a revoked one has to connect again and only delivers."""
        self.announced += 1
        lane = self._lanes.get(device)
        if lane:
            lane.gate = gate
            if revoked:
                lane.end(CLOSE_REVOKED, "This device is revoked: deliver what is owed.")
        self._changed()

    def heard(self, lane: LinkedLane, telemetry: Telemetry) -> None:
        """Note what a lane says of itself."""
        lane.telemetry = telemetry
        self._changed()

    def reconnect_all_but(self, device: DeviceId) -> None:
        """Let everybody but one device connect again: they follow an epoch that has ended."""
        self.announced += 1
        for lane in self._lanes.values():
            if lane.device != device:
                lane.end(CLOSE_GOING, "The gateway begins a new epoch: connect again.")

    def end(self) -> None:
        """Close every connection: the gateway stops."""
        for lane in (*self._lanes.values(), *self._delivering.values()):
            lane.end(CLOSE_GOING, "The gateway stops; go on alone and connect again.")


def _replace(lanes: dict[DeviceId, LinkedLane], lane: LinkedLane) -> None:
    if old := lanes.get(lane.device):
        old.end(CLOSE_REPLACED, "This device has connected a second time.")
    lanes[lane.device] = lane
