"""Where a journey's processes run: on this machine, or on a host of a network of their own."""

from __future__ import annotations

from typing import Protocol

import aiohttp


class Place(Protocol):
    """What a venue and its lanes have to know of the machine that they run on.

    Attributes:
        prefix: Words in front of every command that is to run there.
        listens: Address that its gateway listens on.
    """

    prefix: tuple[str, ...]
    listens: str

    def connector(self) -> aiohttp.TCPConnector:
        """Return what a request to its loopback address goes through."""
        ...


class Here:
    """This machine."""

    prefix: tuple[str, ...] = ()
    listens = "127.0.0.1"

    def connector(self) -> aiohttp.TCPConnector:
        """Return an ordinary connector."""
        return aiohttp.TCPConnector()
