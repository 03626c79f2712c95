"""Signed codes as pretix prints them: what `validator.formats.pretix_sig1` takes apart."""

import base64

from validator.formats.pretix_sig1 import VERSION, Signed


def join(signed: Signed) -> str:
    """Return the text of a token."""
    lengths = len(signed.payload).to_bytes(2, "big") + len(signed.signature).to_bytes(2, "big")
    raw = bytes([VERSION]) + lengths + signed.payload + signed.signature
    return base64.b64encode(raw).decode()[::-1]
