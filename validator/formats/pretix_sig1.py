"""Signed tokens of pretix (`pretix_sig1`): what was signed, out of what was scanned.

    token = reversed(base64(01 | n, u16 | m, u16 | payload of n bytes | signature of m bytes))

with big-endian lengths and m = 64. Only the payload is signed, so nothing else may leave room for
a second text of one token: the base64 has to be the one that an encoder writes, nothing may follow
the signature. The payload's own fields are not read here: the signature says neither that the
ticket was paid nor that it still stands, so the ticket's row decides, and that has them too.

Source: observed on pretix 2026.8.0; test vectors in tests/vectors/pretix_sig1.json.
"""

from __future__ import annotations

import base64
import binascii
from typing import NamedTuple

from validator.errors import TokenError
from validator.model import Reason

VERSION = 1
_HEAD = 5
_SIGNATURE = 64
_SHORTEST = (_HEAD + _SIGNATURE + 2) // 3 * 4
_END = "QA"
"""How version 1 ends, reversed: every payload below 4,096 bytes, more than a code can hold."""


class Signed(NamedTuple):
    """The two parts of a token.

    Args:
        payload: What was signed, 0 to 3,000 bytes.
        signature: 64 bytes, not verified.
    """

    payload: bytes
    signature: bytes


def claimed(text: str) -> bool:
    """Tell whether a cleaned text claims to be such a token: its end and its length say so."""
    return len(text) >= _SHORTEST and text.endswith(_END)


def split(text: str) -> Signed:
    """Take a token apart.

    Args:
        text: Cleaned.

    Raises:
        TokenError: `malformed`: it is not the one text of its token.
    """
    backwards = text[::-1]
    try:
        raw = base64.b64decode(backwards, validate=True)
    except (ValueError, binascii.Error):
        raise _malformed("it holds a character that no ticket has") from None
    if base64.b64encode(raw).decode() != backwards:
        raise _malformed("its end is not as it was printed")
    if len(raw) < _HEAD or raw[0] != VERSION:
        raise _malformed("its version is unknown")
    length = int.from_bytes(raw[1:3], "big")
    if int.from_bytes(raw[3:5], "big") != _SIGNATURE or len(raw) != _HEAD + length + _SIGNATURE:
        raise _malformed("its lengths do not fit")
    return Signed(raw[_HEAD:-_SIGNATURE], raw[-_SIGNATURE:])


def _malformed(what: str) -> TokenError:
    return TokenError(Reason.MALFORMED, f"The ticket was not read correctly ({what}): scan again.")
