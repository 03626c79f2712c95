"""Base45: bytes in the characters of a QR code's alphanumeric mode; one text per value.

Source: RFC 9285.
"""

from __future__ import annotations

import struct

from validator.errors import TokenError
from validator.model import Reason

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
"""Digit 0 to 44. Source: RFC 9285, table 1."""

_DIGIT = {char: digit for digit, char in enumerate(ALPHABET)}


def encode(data: bytes) -> str:
    """Write two bytes as three characters, a last single byte as two."""
    chars = []
    for at in range(0, len(data), 2):
        pair = data[at : at + 2]
        value = int.from_bytes(pair, "big")
        for _ in range(len(pair) + 1):
            value, digit = divmod(value, 45)
            chars.append(ALPHABET[digit])
    return "".join(chars)


def decode(text: str) -> bytes:
    """Read what `encode` writes, and nothing else.

    Raises:
        TokenError: `malformed`: a character outside the alphabet (lower case is), a single
            character left over, or a group whose value is above 65,535 (255 for the last two).
    """
    if len(text) % 3 == 1:
        raise _malformed("a character is missing")
    try:
        digits = [_DIGIT[char] for char in text]
    except KeyError:
        raise _malformed("it holds a character that no ticket has") from None
    whole = len(digits) // 3 * 3
    groups = zip(digits[0:whole:3], digits[1:whole:3], digits[2:whole:3], strict=True)
    pairs = [low + 45 * middle + 2025 * high for low, middle, high in groups]
    tail = [
        low + 45 * high for low, high in zip(digits[whole::2], digits[whole + 1 :], strict=True)
    ]
    try:
        return struct.pack(f">{len(pairs)}H{len(tail)}B", *pairs, *tail)
    except struct.error:
        raise _malformed("a group of characters is out of range") from None


def _malformed(what: str) -> TokenError:
    return TokenError(Reason.MALFORMED, f"The code was not read correctly ({what}): scan it again.")
