"""The gateway's doors: who comes in at a listener, how many, and for how long without a sign-in.

A connection is a stranger's until somebody has signed in on it, and again when what they asked for
is answered. Strangers are counted, altogether and by address, and have seconds; whoever signed in
has neither bound nor end here. What one listener may hold is kept from the other, and from the
store's files, so that a network full of strangers shuts out neither this machine nor the lanes.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import resource
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

from validator.gateway.host.logs import LOG, event

MOST_FILES = 8192
"""Files that are shared out at most; the unit's `LimitNOFILE` says the same."""

_KEPT = 128
"""For the store, its readers, other databases, ticketing systems and the log."""

_AT_ONCE = 16
_AGAIN_S = 1.0

_FAREWELL_S = 2.0
"""How long the other side may take to end TLS as it should be."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one listener holds.

    Args:
        most: Connections.
        strangers: Of those, without a sign-in.
        each: Of those, from one address.
        handshake_s: Seconds in which TLS is agreed on.
        idle_s: Seconds until the first or next request has come, up to its last header.
        stranger_s: Seconds until a request without a sign-in has its answer and has read it.
        patience_s: Seconds in which a stranger need not make way for a newer one.
    """

    most: int
    strangers: int
    each: int
    handshake_s: float = 10.0
    # Clients keep a connection for a while, aiohttp's for 15 s; whoever keeps it longer wins.
    idle_s: float = 20.0
    stranger_s: float = 30.0
    patience_s: float = 2.0


class Shares(NamedTuple):
    """What each listener holds: this machine's, and the network's."""

    plain: Bounds
    tls: Bounds


def shared_out(files: int) -> Shares:
    """Share out the files that this process may have open.

    Half of the network's share is kept for who has signed in; one address has half of the other.

    Args:
        files: From `file_limit`.
    """
    free = files - min(_KEPT, files // 2)
    plain = max(1, free // 6)
    tls = max(4, free - plain)
    return Shares(Bounds(plain, plain, plain), Bounds(tls, tls // 2, tls // 4))


def file_limit() -> int:
    """Return how many files this process may have open, `MOST_FILES` at most."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_FILES if soft == resource.RLIM_INFINITY else min(soft, MOST_FILES)


def raise_file_limit() -> None:
    """Let this process open what its lanes need, as far as it may.

    Source: setrlimit(2), `RLIMIT_NOFILE`.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if file_limit() < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class Visitor:
    """One connection; made by its door.

    Args:
        door: Where it came in.
        address: Where it came from.

    Attributes:
        since_s: Time of the loop at which it came, or at which its last request was answered.
    """

    def __init__(self, door: Door, address: str) -> None:
        self.since_s = 0.0
        self.address = address
        self._door = door
        self._handshake: asyncio.Task[Any] | None = None
        self._transport: asyncio.Transport | None = None
        self._end: asyncio.TimerHandle | None = None

    def shakes_hands(self, handshake: asyncio.Task[Any]) -> None:
        """Say what has to end if it is sent away before it is in."""
        self._handshake = handshake

    def arrived(self, transport: asyncio.Transport) -> None:
        """Say that it is in."""
        self._transport = transport

    def signed_in(self) -> None:
        """Let it stay for as long as its request is being answered."""
        self.stop_waiting()
        self._door.knows(self)

    def answered(self) -> None:
        """Have it treated as a stranger until the next sign-in."""
        self._door.waits_for(self)

    def gone(self) -> None:
        """Say that it has left; twice does no harm."""
        self.stop_waiting()
        self._door.forgets(self)

    def send_away(self) -> None:
        """End it at once: a close waits behind what the other side does not read."""
        self.gone()
        if self._transport is not None:
            abort(self._transport)
        elif self._handshake is not None:
            self._handshake.cancel()

    def wait(self, seconds: float) -> None:
        """Send it away unless it signs in, or is answered, in so many seconds."""
        self.stop_waiting()
        loop = asyncio.get_running_loop()
        self.since_s = loop.time()
        self._end = loop.call_later(seconds, self.send_away)

    def stop_waiting(self) -> None:
        """Forget when it would be sent away."""
        if self._end is not None:
            self._end.cancel()
            self._end = None


class Door:
    """Takes in who comes to a listener.

    asyncio's own servers take in everybody; at the limit of open files they ask again without a
    pause and log each time (https://github.com/python/cpython/issues/151615).

    Args:
        listener: Listens already; stays open when the door is closed.
        protocol: Makes what serves a connection. It says when that is in and when it is gone.
        bounds: How many, for how long.
        context: TLS; None = plain.
    """

    def __init__(
        self,
        listener: socket.socket,
        protocol: Callable[[Visitor], asyncio.Protocol],
        bounds: Bounds,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._listener = listener
        self._protocol = protocol
        self._bounds = bounds
        self._context = context
        self._inside: set[Visitor] = set()
        self._strangers: dict[str, dict[Visitor, None]] = {}
        self._handshakes: set[asyncio.Task[Any]] = set()
        self._again: asyncio.TimerHandle | None = None

    def open(self) -> None:
        """Take in whoever comes from now on."""
        self._listener.setblocking(False)
        asyncio.get_running_loop().add_reader(self._listener.fileno(), self._take_in)

    async def close(self) -> None:
        """Take in nobody any more; who is in stays."""
        if self._again is not None:
            self._again.cancel()
        if self._listener.fileno() >= 0:
            asyncio.get_running_loop().remove_reader(self._listener.fileno())
        for handshake in self._handshakes:
            handshake.cancel()
        await asyncio.gather(*self._handshakes, return_exceptions=True)

    def knows(self, visitor: Visitor) -> None:
        """Count a visitor among those who have signed in."""
        same = self._strangers.get(visitor.address, {})
        same.pop(visitor, None)
        if not same:
            self._strangers.pop(visitor.address, None)

    def waits_for(self, visitor: Visitor) -> None:
        """Count a visitor among the strangers, as the newest, unless it has gone."""
        if visitor in self._inside:
            self.knows(visitor)
            self._strangers.setdefault(visitor.address, {})[visitor] = None
            visitor.wait(self._bounds.stranger_s)

    def forgets(self, visitor: Visitor) -> None:
        """Count a visitor no more."""
        self.knows(visitor)
        self._inside.discard(visitor)

    def _take_in(self) -> None:
        for _ in range(_AT_ONCE):
            try:
                connection, peer = self._listener.accept()
            except (BlockingIOError, InterruptedError):
                return
            except ConnectionAbortedError:
                continue
            except OSError as error:
                event("nobody_taken_in", logging.ERROR, error=error.strerror)
                loop = asyncio.get_running_loop()
                loop.remove_reader(self._listener.fileno())
                self._again = loop.call_later(_AGAIN_S, self.open)
                return
            full = self._full_for(address := counted_as(peer))
            if full:
                event("connection_refused", logging.WARNING, full=full)
                connection.close()
            else:
                self._let_in(connection, address)

    def _full_for(self, address: str) -> str:
        """Say what is full, though the stranger who has waited longest makes way; empty = room."""
        same = self._strangers.get(address, {})
        if len(same) >= self._bounds.each:
            return "" if self._makes_way(same) else "address"
        strangers = sum(map(len, self._strangers.values()))
        if strangers >= self._bounds.strangers or len(self._inside) >= self._bounds.most:
            most = max(self._strangers.values(), key=len, default=None)
            return "" if most and self._makes_way(most) else "altogether"
        return ""

    def _makes_way(self, strangers: dict[Visitor, None]) -> bool:
        oldest = next(iter(strangers))
        if asyncio.get_running_loop().time() - oldest.since_s < self._bounds.patience_s:
            return False
        oldest.send_away()
        return True

    def _let_in(self, connection: socket.socket, address: str) -> None:
        visitor = Visitor(self, address)
        self._inside.add(visitor)
        self.waits_for(visitor)
        loop, tls = asyncio.get_running_loop(), self._context is not None
        handshake = loop.create_task(
            loop.connect_accepted_socket(
                lambda: self._protocol(visitor),
                connection,
                ssl=self._context,
                ssl_handshake_timeout=self._bounds.handshake_s if tls else None,
                ssl_shutdown_timeout=_FAREWELL_S if tls else None,
            )
        )
        visitor.shakes_hands(handshake)
        self._handshakes.add(handshake)

        def shaken(handshake: asyncio.Task[Any]) -> None:
            self._handshakes.discard(handshake)
            error = None if handshake.cancelled() else handshake.exception()
            if handshake.cancelled() or error:
                connection.close()
                visitor.gone()
            if error and not isinstance(error, OSError):
                LOG.error("connection_failed", exc_info=error)

        handshake.add_done_callback(shaken)


def abort(transport: asyncio.Transport | None) -> None:
    """End a connection at once: a close waits behind what the other side does not read.

    Args:
        transport: Of a request; None = it has ended by itself.
    """
    # Python 3.11.2, Debian 12's, fails here over TLS once a connection was closed twice.
    with suppress(AttributeError):
        if transport is not None:
            transport.abort()


def counted_as(peer: Any) -> str:
    """Return whom a connection is counted with: an IPv4 address, or a network of IPv6.

    Args:
        peer: Address and port, as a socket has it.

    Source: RFC 4291, section 2.5.4: a network has 64 bits, and a machine any address of it.
    """
    found = ipaddress.ip_address(str(peer[0]).partition("%")[0])
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))
