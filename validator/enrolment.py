"""The one-time code by which a device finds, checks and joins its gateway.

A code holds 64 bits of the SHA-256 of the venue authority's public key, so that the device can
tell the true gateway from a false one, and a secret of 40 bits that the gateway takes once. It is
made to be read aloud and typed: Crockford's 32 characters and a check character.

An invitation says the same to a camera, with the gateway's address and the whole hash:
`ENROL:HOST:PORT/CODE/HASH`. The code stands without dashes, the hash (SHA-256) as 64 hexadecimal
digits, all in capitals: a QR code needs less room for these than for small letters.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from validator.errors import FixRequest

TLS_NAME = "entrance-gateway"
"""Name in every gateway's certificate; devices ask for it whatever address they dial."""

INVITATION = "ENROL:"
"""First characters of an invitation."""

HASH_BYTES = 8
SECRET_BYTES = 5

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES = {char: value for value, char in enumerate(_ALPHABET)} | {"O": 0, "I": 1, "L": 1}
_DATA_CHARS = 21
_PAD_BITS = 1
_LONGEST = 64
_LONGEST_ADDRESS = 253 + 6
_PIN_BYTES = 32


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a device needs to join, as one text for a QR code.

    Args:
        address: Of the gateway, `HOST:PORT`.
        code: The enrolment code.
        pin: SHA-256 of the authority's public key, 32 bytes.
    """

    address: str
    code: str = field(repr=False)
    pin: bytes

    @property
    def text(self) -> str:
        """The invitation as a QR code holds it."""
        code = self.code.replace("-", "")
        return f"{INVITATION}{self.address}/{code}/{self.pin.hex()}".upper()


def read_invitation(text: str) -> Invitation:
    """Read the text of an invitation's QR code.

    Raises:
        FixRequest: It is none, or a part of it is damaged. The text never repeats the code.
    """
    bare = text[: _LONGEST_ADDRESS + 128].strip()
    parts = bare[len(INVITATION) :].split("/")
    if not bare.upper().startswith(INVITATION) or len(parts) != 3:
        raise FixRequest("This is no enrolment code of a gateway. Look for the one it shows.")
    address, code, pin = parts
    known, _ = read_enrolment_code(code)
    try:
        whole = bytes.fromhex(pin)
    except ValueError:
        whole = b""
    if not 0 < len(address) <= _LONGEST_ADDRESS or len(whole) != _PIN_BYTES:
        raise FixRequest("This enrolment code is damaged. Ask the gateway for a new one.")
    if whole[:HASH_BYTES] != known:
        raise FixRequest("This enrolment code contradicts itself. Ask the gateway for a new one.")
    return Invitation(address.lower(), code, whole)


def enrolment_code(authority_key_hash: bytes, secret: bytes) -> str:
    """Write a code for people: 22 characters in groups of four.

    Args:
        authority_key_hash: From `authority_key_hash`; the first 8 bytes are taken.
        secret: 5 random bytes.

    Raises:
        FixRequest: A part has the wrong length.

    Source: Crockford, Base 32 (alphabet and its forgiving reading only).
    """
    if len(authority_key_hash) < HASH_BYTES or len(secret) != SECRET_BYTES:
        raise FixRequest("An enrolment code is made of a hash of 8 bytes and a secret of 5.")
    value = int.from_bytes(authority_key_hash[:HASH_BYTES] + secret, "big") << _PAD_BITS
    digits = [value >> 5 * place & 31 for place in reversed(range(_DATA_CHARS))]
    text = "".join(_ALPHABET[digit] for digit in [*digits, _check(digits)])
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def read_enrolment_code(text: str) -> tuple[bytes, bytes]:
    """Read a typed code; case, dashes and blanks don't matter, O is 0, I and L are 1.

    Returns:
        The first 8 bytes of the authority's key hash, and the secret (5 bytes).

    Raises:
        FixRequest: A character is missing, too many, or mistyped. The text never repeats the code.
    """
    typed = text[:_LONGEST].upper().replace("-", "").replace(" ", "").strip()
    if len(typed) != _DATA_CHARS + 1:
        raise FixRequest(
            f"An enrolment code has {_DATA_CHARS + 1} letters and digits, this one has "
            f"{len(typed)}. Compare it with the gateway's."
        )
    try:
        digits = [_VALUES[char] for char in typed]
    except KeyError as error:
        raise FixRequest(
            "An enrolment code has letters and digits only. Compare it with the gateway's."
        ) from error
    value = 0
    for digit in digits[:-1]:
        value = value << 5 | digit
    if _check(digits[:-1]) != digits[-1] or value & ((1 << _PAD_BITS) - 1):
        raise FixRequest("The enrolment code is mistyped. Compare it with the gateway's.")
    data = (value >> _PAD_BITS).to_bytes(HASH_BYTES + SECRET_BYTES, "big")
    return data[:HASH_BYTES], data[HASH_BYTES:]


def authority_key_hash(pem: bytes) -> bytes:
    """Return SHA-256 of a certificate's public key (DER, SubjectPublicKeyInfo), 32 bytes.

    Raises:
        FixRequest: The bytes are no certificate.

    Source: RFC 5280, section 4.1.2.7.
    """
    try:
        public = x509.load_pem_x509_certificate(pem).public_key()
    except ValueError as error:
        raise FixRequest("The gateway's authority is no certificate.") from error
    return hashlib.sha256(
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ).digest()


def _check(digits: list[int]) -> int:
    """Fold the digits in GF(32): any one wrong character and any two swapped ones show."""
    folded = 0
    for digit in digits:
        folded = _double(folded ^ digit)
    return folded


def _double(value: int) -> int:
    """Multiply by x modulo x^5 + x^2 + 1, which is primitive."""
    return value << 1 ^ (0b100101 if value & 16 else 0)
