"""The gateway's two addresses, and the sockets on them."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Sequence
from typing import NamedTuple

from validator.errors import FixConfig


class Address(NamedTuple):
    """Where a listener waits; port 0 = any free one."""

    host: str
    port: int

    def __str__(self) -> str:
        """Return `host:port` as the file has it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def bind(address: Address, key: str, handed: Sequence[socket.socket] = ()) -> socket.socket:
    """Take a listener's address.

    Args:
        address: Port 0 = any free one.
        key: Name in the configuration.
        handed: Listening sockets that systemd holds; the one of this port is taken.

    Raises:
        FixConfig: It is in use, or not of this machine.
    """
    for listener in handed:
        if listener.family != socket.AF_UNIX and address_of(listener).port == address.port:
            return listener
    if handed:
        ports = ", ".join(str(listener.getsockname()) for listener in handed)
        raise FixConfig(
            f"systemd listens on {ports}, but `{key}` is {address}. Let ListenStream= of "
            "entrance-gateway.socket and the configuration name the same ports."
        )
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    try:
        return socket.create_server((address.host, address.port), family=family, backlog=512)
    except OSError as error:
        taken = " Is a gateway running already? Else" if error.errno == errno.EADDRINUSE else ""
        raise FixConfig(
            f"Can't listen on {address} ({os.strerror(error.errno or 0)}).{taken or ' So'} set "
            f"`{key}` to another address in the configuration."
        ) from error


def address_of(listener: socket.socket) -> Address:
    """Return where a listener waits."""
    host, port = listener.getsockname()[:2]
    return Address(host, port)
