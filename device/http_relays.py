"""Relays and contacts in the local network that speak Shelly's RPC over HTTP.

Source: Shelly API documentation, generation 2 and later: "HTTP", `Switch.Set`, `Input.GetStatus`.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import ipaddress
import json
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from device.errors import DeviceError
from device.relays import opening_first

ANSWER_S = 1.0
"""Longest wait in seconds for an answer; in the same room it takes 20 ms."""

LONGEST_ANSWER = 16_384
"""Most bytes of an answer that are read."""


@dataclass(frozen=True, slots=True)
class LocalBoard:
    """A board in the local network; nothing is ever sent elsewhere.

    Args:
        host: Name or address.
        port: 1 to 65,535.
    """

    host: str
    port: int

    @classmethod
    def parse(cls, address: str) -> LocalBoard:
        """Read `http://HOST[:PORT]`.

        Raises:
            DeviceError: It is something else.
        """
        try:
            parts = urlsplit(address)
            host, port = parts.hostname, parts.port
        except ValueError:
            host, port, parts = None, None, urlsplit("")
        plain = not (parts.path.strip("/") or parts.query or parts.fragment or parts.username)
        if parts.scheme != "http" or not host or not plain:
            raise DeviceError("A board in the network is named http://HOST or http://HOST:PORT.")
        return cls(host, port or 80)

    def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        """Call a method and return its answer; may take `ANSWER_S`, twice.

        Raises:
            DeviceError: The board is not local, does not answer, or answers something else.
        """
        words = {name: json.dumps(value) for name, value in arguments.items()}
        try:
            line = http.client.HTTPConnection(self._address(), self.port, timeout=ANSWER_S)
            with contextlib.closing(line):
                line.request("GET", f"/rpc/{method}?{urlencode(words)}")
                answer = line.getresponse()
                said = answer.read(LONGEST_ANSWER)
        except (OSError, http.client.HTTPException) as error:
            raise self._lost("it does not answer. Is it on, and in the same network?") from error
        if answer.status in (401, 403):
            raise self._lost("it wants a password. Put it into a network of its own without one.")
        try:
            found = json.loads(said)
        except (ValueError, RecursionError):
            found = None
        if answer.status != 200 or not isinstance(found, dict):
            raise self._lost(f"it has no {method.partition('.')[0].lower()} of that number.")
        return found

    def input_closed(self) -> bool:
        """Return whether the first input, set to the type *switch*, is closed.

        Raises:
            DeviceError: As `call`.
        """
        return self.call("Input.GetStatus", id=0).get("state") is True

    def _address(self) -> str:
        # The address that was looked at is the one that is called.
        address = str(socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)[0][4][0])
        if not ipaddress.ip_address(address.partition("%")[0]).is_private:
            raise self._lost("its address is on the internet. Use one in the local network.")
        return address

    def _lost(self, why: str) -> DeviceError:
        return DeviceError(f"The board at {self.host[:60]}:{self.port} can't be used: {why}")


class HttpRelays:
    """The switches of such a board: relay 1 is `switch:0`.

    Args:
        board: Where it is.
        count: How many of its switches are used.
    """

    def __init__(self, board: LocalBoard, count: int) -> None:
        self._board = board
        self._count = count

    async def switch(self, on: frozenset[int]) -> None:
        """Close these and open the others."""
        await asyncio.to_thread(self._set, on)

    def close(self) -> None:
        """Open all."""
        with contextlib.suppress(DeviceError):
            self._set(frozenset())

    def _set(self, on: frozenset[int]) -> None:
        for relay in opening_first(self._count, on):
            self._board.call("Switch.Set", id=relay - 1, on=relay in on)
