"""Relay boards on a serial port (LCUS-1, LCUS-2, LCUS-4 and their many copies).

A message is four bytes: A0, number of the relay from 1, 0 = open or 1 = closed, and the sum of
the three modulo 256. `A0 01 01 A2` closes the first. The board answers nothing.

Source: the sheet that is sold with LC Technology's LCUS-1 (CH340, 9,600 baud, 8N1).
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING

from device.errors import DeviceError, PartMissing
from device.relays import opening_first

if TYPE_CHECKING:
    import serial

BAUD = 9_600

START = 0xA0

WRITE_S = 0.5
"""Longest time in seconds for four bytes; they take 4 ms."""


def message(relay: int, closed: bool) -> bytes:
    """Return what switches one relay.

    Args:
        relay: Its number, 1 to 255.
        closed: Whether it is to be closed.
    """
    plain = bytes([START, relay, closed])
    return plain + bytes([sum(plain) % 256])


class SerialPort:
    """A port that is opened when it is used, and again after it was unplugged.

    Args:
        device: `/dev/serial/by-id/…`, `/dev/ttyUSB0`, `COM3`.

    Raises:
        PartMissing: The library is not installed.
    """

    def __init__(self, device: str) -> None:
        try:
            import serial
        except ImportError as error:
            raise PartMissing(
                "Boards on a serial port need pyserial. Install entrance-control[station]."
            ) from error
        self._serial = serial
        self._device = device
        self._port: serial.Serial | None = None
        self._lock = threading.Lock()

    def write(self, data: bytes) -> None:
        """Send bytes; from any thread.

        Raises:
            DeviceError: The port is gone, or takes nothing.
        """
        with self._lock:
            try:
                self._opened().write(data)
            except (OSError, ValueError) as error:
                raise self._lost(error) from error

    def clear_to_send(self) -> bool:
        """Return whether the line CTS is held; from any thread.

        Raises:
            DeviceError: The port is gone, or has no such line.
        """
        with self._lock:
            try:
                return bool(self._opened().cts)
            except (OSError, ValueError) as error:
                raise self._lost(error) from error

    def close(self) -> None:
        """Let go of the port; may be called twice."""
        with self._lock:
            self._shut()

    def _opened(self) -> serial.Serial:
        if self._port is None:
            self._port = self._serial.Serial(
                self._device, BAUD, write_timeout=WRITE_S, exclusive=True
            )
        return self._port

    def _shut(self) -> None:
        port, self._port = self._port, None
        if port is not None:
            with contextlib.suppress(OSError):
                port.close()

    def _lost(self, error: Exception) -> DeviceError:
        self._shut()
        if isinstance(error, PermissionError):
            what = "this user may not use it. Add the user to the group dialout."
        else:
            what = "it does not answer. Plug it in; it is used as soon as it is there."
        return DeviceError(f"The board at {self._device[:80]} can't be reached: {what}")


class SerialRelays:
    """The relays of such a board.

    Args:
        port: Where it is.
        count: How many of its relays are used, 1 to 255.
    """

    def __init__(self, port: SerialPort, count: int) -> None:
        self._port = port
        self._count = count

    async def switch(self, on: frozenset[int]) -> None:
        """Close these and open the others."""
        await asyncio.to_thread(self._port.write, self._messages(on))

    def close(self) -> None:
        """Open all and let go of the port."""
        with contextlib.suppress(DeviceError):
            self._port.write(self._messages(frozenset()))
        self._port.close()

    def _messages(self, on: frozenset[int]) -> bytes:
        relays = opening_first(self._count, on)
        return b"".join(message(relay, relay in on) for relay in relays)
