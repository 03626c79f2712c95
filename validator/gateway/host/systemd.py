"""What systemd hands the gateway, and what it wants to hear: sockets, readiness, watchdog.

Started by hand there is no systemd: no sockets are handed over, and nothing is said.
"""

from __future__ import annotations

import os
import socket
from collections.abc import MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_FIRST = 3
"""First descriptor that is handed over. Source: sd_listen_fds(3), SD_LISTEN_FDS_START."""

_MOST_SOCKETS = 16


@dataclass(frozen=True, slots=True)
class Systemd:
    """One process under systemd.

    Args:
        notify: Address of the socket that takes messages; empty = nobody listens.
        watchdog_s: systemd ends the process when it hears no beat for so many seconds; None = it
            does not watch.
        sockets: Listening sockets that outlive this process.
        credentials: Folder of the secrets that the unit was given.
        journal: Standard error goes to journald.

    Source: sd_notify(3), sd_watchdog_enabled(3), sd_listen_fds(3), systemd.exec(5).
    """

    notify: str = ""
    watchdog_s: float | None = None
    sockets: tuple[socket.socket, ...] = ()
    credentials: Path | None = None
    journal: bool = False

    @classmethod
    def of(cls, environment: MutableMapping[str, str], pid: int) -> Systemd:
        """Take what is there for this process; what is taken leaves the environment.

        Args:
            environment: Of the process.
            pid: Its id; what is meant for another process is not touched.
        """
        mine = str(pid)
        count = _whole(environment, "LISTEN_FDS") if environment.get("LISTEN_PID") == mine else 0
        watched = environment.get("WATCHDOG_PID", mine) == mine
        watchdog_us = _whole(environment, "WATCHDOG_USEC") if watched else 0
        credentials = environment.get("CREDENTIALS_DIRECTORY")
        found = cls(
            environment.get("NOTIFY_SOCKET", ""),
            watchdog_us / 1e6 or None,
            tuple(_socket(_FIRST + place) for place in range(min(count, _MOST_SOCKETS))),
            Path(credentials) if credentials else None,
            "JOURNAL_STREAM" in environment,
        )
        for name in ("NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC"):
            environment.pop(name, None)
        for name in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"):
            environment.pop(name, None)
        return found

    def say(self, *words: str) -> None:
        """Tell systemd something; whether it hears is its own concern.

        Args:
            words: Such as `READY=1`, `WATCHDOG=1`, `STOPPING=1`, `STATUS=a sentence`.
        """
        if not self.notify:
            return
        address = "\0" + self.notify[1:] if self.notify.startswith("@") else self.notify
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as speaker:
            speaker.connect(address)
            speaker.send("\n".join(words).encode())


NOBODY = Systemd()
"""No systemd: the gateway was started by hand."""


def _whole(environment: MutableMapping[str, str], name: str) -> int:
    text = environment.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() else 0


def _socket(descriptor: int) -> socket.socket:
    os.set_inheritable(descriptor, False)
    handed = socket.socket(fileno=descriptor)
    handed.setblocking(False)
    return handed
