"""How the rows of a journal hang together, the device's and the gateway's alike."""

from __future__ import annotations

from hashlib import sha256

GENESIS = bytes(32)
"""Hash before a journal's first row."""


def row_hash(previous: bytes, body: bytes) -> bytes:
    """Return a row's hash: SHA-256 of the hash of the row before and the body.

    Source: FIPS 180-4.
    """
    return sha256(previous + body).digest()
