"""What a scanned text turned out to be."""

from __future__ import annotations

from dataclasses import dataclass

from validator.clock import Instant
from validator.errors import TokenError
from validator.model.identity import CodeId, Serial


@dataclass(frozen=True, slots=True)
class Token:
    """A verified signed token; fields as in `validator.token`.

    Args:
        code: Digest of the signed payload.
        payload: The signed payload itself, <= 36 bytes, without the signature.
        kid: Issuer key that signed it.
        serial: Scope and serial.
        tariff: Tariff number.
        zones: Bit set, 0 = all.
        valid_from: None = open.
        valid_until: Exclusive; None = open.
        admits: People, >= 1.
        attention: Staff must look at something.
    """

    code: CodeId
    payload: bytes
    kid: int
    serial: Serial
    tariff: int
    zones: int
    valid_from: Instant | None
    valid_until: Instant | None
    admits: int
    attention: bool


@dataclass(frozen=True, slots=True)
class Opaque:
    """A plain code that has to be looked up.

    Args:
        code: Keyed digest of the canonical text.
        text: Canonical text; stays on the device, never in logs.
        symbology: `qrcode`, `ean13`, `code128`, … if the source knows it.
    """

    code: CodeId
    text: str
    symbology: str | None = None


@dataclass(frozen=True, slots=True)
class Numbered:
    """A ticket number typed by hand.

    Args:
        number: As printed, upper case.
    """

    number: str


Reading = Token | Opaque | Numbered | TokenError
