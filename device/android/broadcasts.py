"""What the makers of handhelds call their broadcasts of scanned codes."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

from device.errors import DeviceError

SCAN = "org.entrancecontrol.scanner.SCAN"
"""Our own action, asked of scanners that let the app choose one."""

LONGEST_FILE = 4_096
"""Most bytes of a file that names a broadcast."""

AIM = {
    "Q": "qrcode",
    "z": "aztec",
    "L": "pdf417",
    "d": "datamatrix",
    "C": "code128",
    "E0": "ean13",
    "I": "itf",
    "A": "code39",
}
"""Symbology identifiers without their bracket. Source: ISO/IEC 15424."""

NAMES = {
    "qrcode": "qrcode",
    "qr": "qrcode",
    "aztec": "aztec",
    "pdf417": "pdf417",
    "datamatrix": "datamatrix",
    "code128": "code128",
    "ean128": "code128",
    "gs1128": "code128",
    "ean13": "ean13",
    "i2of5": "itf",
    "itf": "itf",
    "itf14": "itf",
    "interleaved2of5": "itf",
    "code39": "code39",
}
"""What makers write, in small letters and digits only."""


@dataclass(frozen=True, slots=True)
class Broadcast:
    """How a scanner's program hands a code to apps.

    Args:
        action: Name of the broadcast.
        text: Name of the extra that holds the code as text.
        symbology: Name of the extra that holds the kind of code, empty = it tells none.
        category: Category of the broadcast, empty = none.
    """

    action: str
    text: str
    symbology: str = ""
    category: str = ""


ZEBRA = Broadcast(SCAN, "com.symbol.datawedge.data_string", "com.symbol.datawedge.label_type")
"""Source: Zebra DataWedge, "Intent Output"."""

HONEYWELL = Broadcast(SCAN, "data", "aimId")
"""Source: Honeywell Android Data Collection Intent API."""

SUNMI = Broadcast("com.sunmi.scanner.ACTION_DATA_CODE_RECEIVED", "data")
"""Source: Sunmi, "Scan code through broadcast"."""

NEWLAND = Broadcast("nlscan.action.SCANNER_RESULT", "SCAN_BARCODE1", "SCAN_BARCODE_TYPE_NAME")
"""Source: Newland Android PDA, "Scanner API: get the barcode data"."""

DATALOGIC = Broadcast(
    "com.datalogic.decodewedge.decode_action",
    "com.datalogic.decode.intentwedge.barcode_string",
    "com.datalogic.decode.intentwedge.barcode_type",
    "com.datalogic.decodewedge.decode_category",
)
"""Source: Datalogic Android SDK, "Intent wedge", its defaults."""

MAKERS = {
    "zebra": ZEBRA,
    "honeywell": HONEYWELL,
    "sunmi": SUNMI,
    "newland": NEWLAND,
    "datalogic": DATALOGIC,
}
"""By the first word of the maker's name, as Android tells it, in small letters."""


def broadcast_of(maker: str) -> Broadcast | None:
    """Return the broadcast of a maker's handhelds; None = a phone, or one that isn't known.

    Args:
        maker: As in Android's `Build.MANUFACTURER`, such as `Zebra Technologies`.
    """
    return MAKERS.get(maker.lower().partition(" ")[0])


def read_broadcast(path: Path) -> Broadcast | None:
    """Return the broadcast that a file names, for handhelds that aren't known; None = no file.

    Args:
        path: TOML with the strings `action` and `text`, and where needed `symbology`, `category`.

    Raises:
        DeviceError: It can't be read, or names no broadcast.
    """
    try:
        with path.open("rb") as file:
            named = tomllib.loads(file.read(LONGEST_FILE).decode())
        if not {"action", "text"} <= set(named) <= {field.name for field in fields(Broadcast)}:
            raise ValueError("fields")
        if not all(isinstance(value, str) and len(value) <= 200 for value in named.values()):
            raise ValueError("values")
        return Broadcast(**named)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise DeviceError(
            f'{path.name} names no broadcast; it needs two lines: action = "…" and text = "…", '
            "and may have symbology and category."
        ) from error


def format_of(kind: str | None) -> str | None:
    """Return the format's name as in `device.ports.Symbol`, None if it is not known.

    Args:
        kind: A maker's name of it (`LABEL-TYPE-QRCODE`) or its symbology identifier (`]Q1`).
    """
    if not kind:
        return None
    if kind.startswith("]"):
        return AIM.get(kind[1:3]) or AIM.get(kind[1:2])
    plain = "".join(letter for letter in kind.lower() if letter.isalnum())
    return NAMES.get(plain.removeprefix("labeltype"))
