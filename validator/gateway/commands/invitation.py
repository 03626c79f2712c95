"""An enrolment code as a picture on the terminal, with the address that devices find us at."""

from __future__ import annotations

import ipaddress
import socket
from itertools import zip_longest

import segno

from validator.gateway.host.listeners import Address

QUIET = 4
"""Light modules around a QR code. Source: ISO/IEC 18004, 6.3.8."""

ELSEWHERE = ("192.0.2.1", 9)
"""Nobody's address; nothing is sent to it. Source: RFC 5737, TEST-NET-1."""

_BLACK_ON_WHITE, _PLAIN = "\x1b[30;107m", "\x1b[0m"
_HALVES = {(0, 0): " ", (1, 0): "▀", (0, 1): "▄", (1, 1): "█"}


def address_for_devices(tls: Address, host: str = "") -> str:
    """Return `HOST:PORT` that a device in the same network reaches the gateway at.

    Args:
        tls: Where it listens.
        host: Named by the caller; empty = the listener's own, and if that is every address, the
            one that this machine has in the network that its packets leave by.

    Returns:
        The address; empty if the machine is in no network.
    """
    host = host or (tls.host if not _every(tls.host) else _outward())
    return str(Address(host, tls.port)) if host else ""


def terminal_qr(text: str) -> str:
    """Return a QR code in lines for a terminal, dark on light whatever its colours are.

    Args:
        text: Content; capitals, digits and `$%*+-./:` need the least room.
    """
    rows = [list(row) for row in segno.make_qr(text, error="m").matrix_iter(border=QUIET)]
    lines = []
    for upper, lower in zip_longest(rows[::2], rows[1::2], fillvalue=[0] * len(rows[0])):
        halves = (
            _HALVES[bool(above), bool(below)] for above, below in zip(upper, lower, strict=True)
        )
        lines.append(_BLACK_ON_WHITE + "".join(halves) + _PLAIN)
    return "\n".join(lines)


def _every(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def _outward() -> str:
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(ELSEWHERE)
            return str(probe.getsockname()[0])
    except OSError:
        return ""
