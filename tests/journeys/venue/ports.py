"""Ports that nobody else on this machine takes, however many run these tests at once."""

from __future__ import annotations

import random
import socket

ROOM = range(20_000, 32_000)
"""Below those that Linux gives to any connection that asks for none."""

_ours: list[socket.socket] = []


def free_port() -> int:
    """Return a free port of loopback; it stays this process's own, also while nothing listens."""
    for port in random.SystemRandom().sample(ROOM, len(ROOM)):
        # Whoever holds the name holds the port; a name in the abstract space ends with us.
        held = socket.socket(socket.AF_UNIX)
        try:
            held.bind(f"\0entrance-control-port-{port}")
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            held.close()
            continue
        _ours.append(held)
        return port
    raise RuntimeError("Every port is taken.")
