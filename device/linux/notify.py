"""What a lane tells systemd: that it is ready, and that it lives."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Notify:
    """One process under systemd, or by hand.

    Args:
        address: Of the socket that takes messages; empty = nobody listens.
        watchdog_s: systemd ends the process when it hears no beat for so many seconds; 0 = it
            does not watch.

    Source: sd_notify(3), sd_watchdog_enabled(3).
    """

    address: str = ""
    watchdog_s: float = 0.0

    @classmethod
    def of(cls, environment: Mapping[str, str], pid: int) -> Notify:
        """Return what is there for this process.

        Args:
            environment: Of the process.
            pid: Its id; what is meant for another process is not taken.
        """
        text = environment.get("WATCHDOG_USEC", "")
        watched = environment.get("WATCHDOG_PID", str(pid)) == str(pid)
        known = watched and text.isascii() and text.isdecimal()
        return cls(environment.get("NOTIFY_SOCKET", ""), int(text) / 1e6 if known else 0.0)

    def say(self, word: str) -> None:
        """Tell systemd something; whether it hears is its own concern.

        Args:
            word: Such as `READY=1` or `WATCHDOG=1`.
        """
        if not self.address:
            return
        address = "\0" + self.address[1:] if self.address.startswith("@") else self.address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as speaker:
            speaker.connect(address)
            speaker.send(word.encode())
