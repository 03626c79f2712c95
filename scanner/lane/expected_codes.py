"""Codes that can be no ticket here: told calmly, since there is nothing to judge."""

from __future__ import annotations

from device.ports import Symbol
from device.wanted import Wanted
from validator.model import Catalogue

MARKS = (
    *("HTTP://", "HTTPS://", "WWW.", "FTP://", "INTENT://", "MARKET://"),
    *("WIFI:", "BEGIN:VCARD", "BEGIN:VEVENT", "MECARD:", "MAILTO:", "MATMSG:", "TEL:"),
    *("SMS:", "SMSTO:", "GEO:", "OTPAUTH:", "BITCOIN:", "UPI:", "LNURL", "DPP:"),
    *("BCD\n", "BCD\r", "SPC\n", "SPC\r"),
)
"""What codes begin with that phones act upon: pages, networks, contacts, payments.

Source: RFC 3986 (schemes), ZXing "Barcode Contents", EPC069-12 (BCD), Swiss QR-bill (SPC).
"""


def wanted_of(plan: Catalogue, device: str) -> Wanted:
    """Return what a camera looks for at its gate, by the plan that the gateway sent.

    Our own tokens are QR codes; sources declare the forms of the plain codes that they sell. A
    gate may name its symbologies itself.

    Args:
        plan: Its sources, with their shapes, and gates.
        device: Whose camera it is.
    """
    shapes = [shape for source in plan.sources.values() for shape in source.shapes]
    gate = plan.gate_of(device)
    formats = set(gate.symbologies) if gate else set()
    if not formats and plan.sources and all(shape.symbology for shape in shapes):
        formats = {"qrcode", *(shape.symbology for shape in shapes)}

    def foreign(symbol: Symbol) -> bool:
        text = symbol.text
        if text is None or not text.lstrip().upper().startswith(MARKS):
            return False
        return not any(shape.fits(text, symbol.format) for shape in shapes)

    return Wanted(formats, foreign)
