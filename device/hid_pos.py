"""Reads the reports of USB scanners in HID-POS mode; no input or output.

Such a scanner sends whole codes with their kind, in parts of 56 bytes: no keyboard, no layout.

Source: USB HID Point of Sale Usage Tables 1.02, usage page 0x8C; layout of the input report as in
the product manuals of Access-IS (LSR118) and Honeywell.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from device.errors import ReadAgain
from device.ports import LONGEST_CODE

REPORT = 0x02
LENGTH = 64
DATA = slice(5, 61)

SYMBOLOGIES = {
    "A": "code39",
    "C": "code128",
    "E": "ean13",
    "I": "itf",
    "L": "pdf417",
    "Q": "qrcode",
    "d": "datamatrix",
    "z": "aztec",
}
"""By the letter of the AIM identifier. Source: ISO/IEC 15424."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A whole code.

    Args:
        data: Its bytes.
        symbology: As in `device.ports.Symbol.format`, None = a kind that no ticket has.
    """

    data: bytes
    symbology: str | None


@dataclass(slots=True)
class Reports:
    """Puts a scanner's reports together."""

    _data: bytearray = field(default_factory=bytearray)

    def take(self, report: bytes) -> Decoded | None:
        """Take in one input report.

        Args:
            report: As read, the report's number first.

        Returns:
            The code that is now whole; None while more is to come, and for other reports.

        Raises:
            ReadAgain: The report contradicts itself, or the code is too long; what came of this
                code is dropped.
        """
        if len(report) < LENGTH or report[0] != REPORT:
            return None
        length, more = report[1], report[63] & 1
        if length > DATA.stop - DATA.start or len(self._data) + length > LONGEST_CODE:
            self._data.clear()
            raise ReadAgain("The scanner sent a broken report. Scan again.")
        self._data += report[DATA][:length]
        if more:
            return None
        data = bytes(self._data)
        self._data.clear()
        known = report[2] == ord("]")
        symbology = SYMBOLOGIES.get(chr(report[3])) if known else None
        if symbology == "ean13" and report[4] == ord("4"):
            symbology = None
        return Decoded(data, symbology) if data else None
