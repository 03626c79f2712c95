"""Codes from scanners on a serial port: RS-232, USB-COM, Bluetooth SPP."""

from __future__ import annotations

import errno
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from device.errors import Defect, DeviceError, PartMissing
from device.ports import LONGEST_CODE, Sighting
from device.worker_thread import WorkerThread

if TYPE_CHECKING:
    import serial

BAUD = 115_200
"""Ignored by USB-COM scanners; the fastest that wired ones know."""

SILENCE_S = 0.05
"""Without a byte for this long a code without an end mark is over."""

RETRY_S = 1.0
"""Pause before a port that is gone is tried again."""

ENDS = b"\r\n\t\x03"
STARTS = b"\x02"
"""Carriage return, line feed, tab, ETX after a code; STX before it."""


@dataclass(slots=True)
class Framing:
    """Cuts a scanner's bytes into codes."""

    _rest: bytearray = field(default_factory=bytearray)
    _skipping: bool = False

    def take(self, data: bytes) -> list[bytes | DeviceError]:
        """Return the codes that are complete with these bytes."""
        found: list[bytes | DeviceError] = []
        for byte in data:
            if byte in ENDS:
                found += self.quiet()
            elif byte in STARTS:
                self._rest.clear()
            elif len(self._rest) < LONGEST_CODE:
                self._rest.append(byte)
            else:
                self._skipping = True
        return found

    def quiet(self) -> list[bytes | DeviceError]:
        """Return what stands when the scanner pauses or ends a code."""
        data, skipping = bytes(self._rest), self._skipping
        self._rest.clear()
        self._skipping = False
        if skipping:
            return [DeviceError("The code is longer than any ticket's. Scan the ticket's own.")]
        return [data] if data.strip() else []


class SerialScanner:
    """Reads codes from a serial port; waits for one that is unplugged to come back.

    Args:
        device: `/dev/serial/by-id/…`, `/dev/ttyACM0`, `COM3`; `@9600` at its end sets the speed.

    Raises:
        PartMissing: The library is not installed.
    """

    latest = choose = None

    def __init__(self, device: str) -> None:
        try:
            import serial
        except ImportError as error:
            raise PartMissing(
                "Serial scanners need pyserial. Install entrance-control[station].",
                Defect.LIBRARY_MISSING,
            ) from error
        self._serial = serial
        self._device, _, baud = device.partition("@")
        if baud and not (baud.isdecimal() and 300 <= int(baud) <= 4_000_000):
            raise DeviceError(f"'{baud[:20]}' is no speed of a serial port; 9600 is, for example.")
        self._baud = int(baud) if baud else BAUD
        self._worker: WorkerThread[Sighting | DeviceError] = WorkerThread("serial")

    def sightings(self) -> AsyncIterator[Sighting | DeviceError]:
        """Yield codes; an error once for each time that the port is lost."""
        return self._worker.items(self._work)

    def close(self) -> None:
        """End `sightings` soon."""
        self._worker.closed.set()

    def _work(self) -> None:
        complained, closed = False, self._worker.closed
        while not closed.is_set():
            try:
                with self._open() as port:
                    complained = False
                    self._read(port)
            except (OSError, ValueError) as error:
                if not complained:
                    complained = True
                    self._worker.hand_over(_unreachable(self._device, error))
                closed.wait(RETRY_S)

    def _open(self) -> serial.Serial:
        return self._serial.Serial(self._device, self._baud, timeout=SILENCE_S, exclusive=True)

    def _read(self, port: serial.Serial) -> None:
        framing = Framing()
        while not self._worker.closed.is_set():
            data = port.read(max(1, port.in_waiting))
            for item in framing.take(data) if data else framing.quiet():
                found = (
                    Sighting.of_bytes(item, None, self._device) if isinstance(item, bytes) else item
                )
                self._worker.hand_over(found)


def _unreachable(device: str, error: Exception) -> PartMissing:
    if isinstance(error, PermissionError) or getattr(error, "errno", None) == errno.EACCES:
        what = "this user may not read it. Add the user to the group dialout."
        defect = Defect.SCANNER_FORBIDDEN
    elif getattr(error, "errno", None) in (errno.ENOENT, errno.ENODEV, errno.EIO, None):
        what = "it is not plugged in. Plug it in; it is used as soon as it is there."
        defect = Defect.SCANNER_GONE
    else:
        what = f"{error.strerror if isinstance(error, OSError) else error}. Is it used already?"
        defect = Defect.SCANNER_HELD
    return PartMissing(f"The scanner at {device[:80]} can't be read: {what}", defect)
