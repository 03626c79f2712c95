"""What a session asks of the platform that it runs on: a connection, and not to wait for the disk.

On a device these are aiohttp's WebSocket and threads (`offline_cache.sync.link`). Where there are
none, others take their place: nothing else of the session knows them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class LinkEnded(Exception):
    """The connection has ended, or never began.

    Args:
        why: A sentence for people.
        revoked: The device is revoked; the gateway takes what it owes and nothing else.
        shut: The gateway does not even take that any more.
    """

    def __init__(self, why: str, revoked: bool = False, shut: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.revoked = revoked
        self.shut = shut


class Socket(Protocol):
    """An open connection to the gateway, which carries whole messages."""

    async def send(self, message: bytes) -> None:
        """Send a message.

        Raises:
            ConnectionError: The connection broke.
        """
        ...

    async def receive(self) -> bytes:
        """Wait for the next message and return it.

        Raises:
            LinkEnded: The gateway has closed the connection, or it broke.
            WireError: What came is no message.
        """
        ...


class Offload(Protocol):
    """Does work that waits for the disk: in a thread, if there are any.

    Others in the event loop always get their turn, also where the work is done in it.
    """

    def __call__(self, work: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Awaitable[R]:
        """Return what the work returns, or raise what it raises."""
        ...
