"""The signed token `E1:`: issue one, and read any scanned text.

`E1:` + base45(payload + signature) + `.`, in capital letters; the payload is a msgpack array

    [kid, scope, serial, tariff, zones, valid_from, valid_until, admits, flags]

of unsigned integers, each in its shortest form, times in minutes since 2020-01-01T00:00Z with
0 = open; the signature is Ed25519 over `DOMAIN` + payload. There is one text for each token, and
its identity is a digest of what was signed, never of what was scanned.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any, cast

import msgpack

from validator.bounds import MOST_ADMITTED
from validator.clock import MINUTE_MS, Instant
from validator.errors import FixRequest, TokenError
from validator.formats import base45, plain, pretix_sig1, scanned
from validator.formats.layout import wrong_layout
from validator.keys import CODE_ID_BYTES, SIGNATURE_BYTES, KeyRing, SigningKey
from validator.model import CodeId, Opaque, Reason, Serial, Token

PREFIX = "E1:"
END = "."
DOMAIN = b"entrance-control/token/1\0"
"""Stands before the payload in what is signed, so that no other signature is ever a token's."""

MAX_PAYLOAD = 36
"""Bytes; with the signature 100, which fit QR version 6 with ECC M."""

EPOCH = Instant(1_577_836_800_000)
"""2020-01-01T00:00:00Z."""

_U16, _U32 = 0xFFFF, 0xFFFF_FFFF
_ATTENTION = 1
_FIELDS = {
    "key number": (0, _U16),
    "scope": (1, _U32),
    "serial": (1, _U32),
    "tariff": (0, _U16),
    "zones": (0, _U32),
    "valid from": (0, _U32),
    "valid until": (0, _U32),
    "admits": (1, MOST_ADMITTED),
    "flags": (0, _ATTENTION),
}


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says.

    Args:
        scope: Performance or pass, 1 to 4,294,967,295.
        serial: Counts up per scope, 1 to 4,294,967,295.
        tariff: Number of its tariff, 0 to 65,535.
        zones: Bit set of 32 zones; 0 = all.
        valid_from: First instant it is good for, a whole minute after 2020-01-01; None = open.
        valid_until: First instant it is no longer good for, likewise; None = open.
        admits: People, 1 to 255.
        attention: Staff must look at something before letting in.
    """

    scope: int
    serial: int
    tariff: int
    zones: int = 0
    valid_from: Instant | None = None
    valid_until: Instant | None = None
    admits: int = 1
    attention: bool = False


def issue(key: SigningKey, kid: int, claims: Claims) -> str:
    """Sign a token.

    Args:
        key: Private half of the issuer's key.
        kid: Number of that key, 0 to 65,535.
        claims: What it says.

    Returns:
        At most 154 characters of QR alphanumeric mode.

    Raises:
        FixRequest: A value is out of range, or the token would never be valid.
    """
    start, end = claims.valid_from, claims.valid_until
    if start is not None and end is not None and start >= end:
        raise FixRequest("The ticket ends before it begins: correct valid from or valid until.")
    values = (
        kid,
        claims.scope,
        claims.serial,
        claims.tariff,
        claims.zones,
        _minutes(start),
        _minutes(end),
        claims.admits,
        _ATTENTION if claims.attention else 0,
    )
    wrong = _out_of_range(values)
    if wrong is not None:
        low, high = _FIELDS[wrong]
        raise FixRequest(f"A ticket's {wrong} must be from {low} to {high}.")
    payload = cast(bytes, msgpack.packb(values))
    return PREFIX + base45.encode(payload + key.sign(DOMAIN + payload)) + END


def read(text: str, ring: KeyRing, symbology: str | None = None) -> Token | Opaque:
    """Read a scanned text, whatever it is.

    After clean-up a text that begins with `E1:` is a token or an error; lower case is folded
    there, since some scanners follow Caps Lock. Where a pretix sells tickets, its signed tokens are
    verified, identified by what was signed, and looked up like plain codes: a signature of pretix
    does not say that the ticket was paid. Every other text is a plain code to be looked up.
    Reading an `Opaque`'s text again, with its symbology, gives the same `Opaque`.

    Args:
        text: As it came from the decoder or scanner.
        ring: Keys that are trusted here.
        symbology: As the decoder names it, such as `qrcode`; None = it doesn't.

    Raises:
        TokenError: `malformed` (also blank or too long), `unknown_key` or `bad_signature`.
    """
    code = scanned.clean(text, symbology)
    if code.text[: len(PREFIX)].upper() == PREFIX:
        return _verified(code.text, ring)
    layout = wrong_layout(code.text)
    if layout is not None:
        raise TokenError(
            Reason.MALFORMED,
            f"The scanner types through {layout} keyboard layout. "
            "Set this computer's keyboard layout to US English and scan again.",
        )
    if ring.others and pretix_sig1.claimed(code.text):
        payload, signature = pretix_sig1.split(code.text)
        return Opaque(ring.signed_id(signature, payload), code.text, code.symbology)
    code = plain.canonical(code)
    return Opaque(ring.code_id(code.text), code.text, code.symbology)


def claims_of(payload: bytes) -> Token:
    """Read a payload whose signature was verified before, as journal rows hold it.

    Args:
        payload: At most `MAX_PAYLOAD` bytes.

    Raises:
        TokenError: `malformed`.
    """
    kid, scope, serial, tariff, zones, start, end, admits, flags = _values(payload)
    return Token(
        code=CodeId(sha256(DOMAIN + payload).digest()[:CODE_ID_BYTES]),
        payload=payload,
        kid=kid,
        serial=Serial(scope, serial),
        tariff=tariff,
        zones=zones,
        valid_from=_instant(start),
        valid_until=_instant(end),
        admits=admits,
        attention=flags == _ATTENTION,
    )


def _verified(text: str, ring: KeyRing) -> Token:
    if not text.endswith(END):
        raise _malformed("its end is missing")
    # upper() would make ASCII of a few foreign letters: a second text for one token.
    if not text.isascii():
        raise _malformed("it holds a character that no ticket has")
    body = base45.decode(text[len(PREFIX) : -len(END)].upper())
    payload, signature = body[:-SIGNATURE_BYTES], body[-SIGNATURE_BYTES:]
    token = claims_of(payload)
    ring.check(token.kid, signature, DOMAIN + payload)
    return token


def _values(payload: bytes) -> list[int]:
    if len(payload) > MAX_PAYLOAD:
        raise _malformed("it is too long")
    try:
        values = msgpack.unpackb(
            payload, max_array_len=len(_FIELDS), max_map_len=0, max_str_len=0, max_ext_len=0
        )
    except (ValueError, msgpack.UnpackException):
        raise _malformed("its content is no ticket") from None
    if not isinstance(values, list) or len(values) != len(_FIELDS):
        raise _malformed("its content has another form")
    if _out_of_range(values) is not None:
        raise _malformed("a value is out of range")
    if msgpack.packb(values) != payload:
        raise _malformed("its content is not in shortest form")
    return values


def _out_of_range(values: Any) -> str | None:
    for (name, (low, high)), value in zip(_FIELDS.items(), values, strict=True):
        if type(value) is not int or not low <= value <= high:
            return name
    return None


def _minutes(instant: Instant | None) -> int:
    if instant is None:
        return 0
    minutes, rest = divmod(instant - EPOCH, MINUTE_MS)
    if rest or minutes < 1:
        raise FixRequest("A ticket's times are whole minutes after 2020-01-01T00:00Z.")
    return minutes


def _instant(minutes: int) -> Instant | None:
    return Instant(EPOCH + minutes * MINUTE_MS) if minutes else None


def _malformed(what: str) -> TokenError:
    return TokenError(Reason.MALFORMED, f"The ticket was not read correctly ({what}): scan again.")
