"""Ed25519 keys: those that sign, and the ring of those that a gate trusts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b, sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from validator.errors import FixConfig, TokenError
from validator.model import Catalogue, CodeId, IssuerKey, Reason, SourceKey

KEY_BYTES = 32
"""Length of a seed, of a public key and of the key of plain codes. Source: RFC 8032, 5.1.5."""

SIGNATURE_BYTES = 64
"""Length of a signature. Source: RFC 8032, section 5.1.6."""

CODE_ID_BYTES = 16
"""Length of a `CodeId`."""

_OTHERS = b"entrance-control/signed-code/1\0"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """Private key of an issuer or of the gateway's feed; made by `from_seed`.

    Args:
        public: Its public half, 32 bytes.
    """

    public: bytes
    _private: Ed25519PrivateKey = field(repr=False, compare=False)

    @classmethod
    def from_seed(cls, seed: bytes) -> SigningKey:
        """Build the key from its secret.

        Args:
            seed: 32 random bytes.

        Raises:
            FixConfig: The seed has another length.
        """
        if len(seed) != KEY_BYTES:
            raise FixConfig(f"A signing key's seed has {KEY_BYTES} bytes, not {len(seed)}.")
        private = Ed25519PrivateKey.from_private_bytes(seed)
        return cls(private.public_key().public_bytes_raw(), private)

    @property
    def seed(self) -> bytes:
        """The secret, 32 bytes, for the owner's key file only."""
        return self._private.private_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature; the same message always gives the same one.

        Source: RFC 8032, Ed25519.
        """
        return self._private.sign(message)


def verify(public: bytes, signature: bytes, message: bytes) -> bool:
    """Tell whether a signature is genuine; a key or signature of a wrong length is not.

    Args:
        public: 32 bytes, raw.
        signature: 64 bytes.
        message: What was signed, with its domain in front.
    """
    if len(public) != KEY_BYTES:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The issuer keys that a gate knows, and the key that hides plain codes.

    Args:
        keys: By number.
        code_key: 32 secret bytes of the venue.
        others: Keys of other ticketing systems, whose tokens do not name theirs.

    Raises:
        FixConfig: The code key has another length.
    """

    keys: Mapping[int, IssuerKey]
    code_key: bytes = field(repr=False, compare=False)
    others: tuple[SourceKey, ...] = ()

    def __post_init__(self) -> None:
        if len(self.code_key) != KEY_BYTES:
            raise FixConfig(
                f"The key of plain codes has {KEY_BYTES} bytes; enrol this device anew."
            )

    @classmethod
    def of(cls, catalogue: Catalogue, code_key: bytes) -> KeyRing:
        """Take the keys of a catalogue."""
        return cls(catalogue.keys, code_key, tuple(catalogue.source_keys.values()))

    def check(self, kid: int, signature: bytes, message: bytes) -> IssuerKey:
        """Return the key that signed the message.

        Retired and compromised keys verify too: what they are still good for, the judge decides.

        Args:
            kid: Number of the key, as the token names it.
            signature: 64 bytes.
            message: What was signed, with its domain in front.

        Raises:
            TokenError: `unknown_key` or `bad_signature`.
        """
        key = self.keys.get(kid)
        if key is None:
            raise TokenError(
                Reason.UNKNOWN_KEY,
                f"This ticket is signed with key {kid}, which is not known here. "
                "It is from another organiser, or this gate has not caught up: ask the help desk.",
            )
        if not verify(key.public, signature, message):
            raise _forged()
        return key

    def signed_id(self, signature: bytes, payload: bytes) -> CodeId:
        """Return the identity of another system's token: a digest of key and payload.

        The key is a part of it, so that a token of one event is never one of another.

        Args:
            signature: 64 bytes.
            payload: What was signed.

        Raises:
            TokenError: `bad_signature`: none of `others` signed it.
        """
        for key in self.others:
            if verify(key.public, signature, payload):
                return CodeId(sha256(_OTHERS + key.public + payload).digest()[:CODE_ID_BYTES])
        raise _forged()

    def code_id(self, canonical_text: str) -> CodeId:
        """Return the identity of a plain code: its keyed BLAKE2b digest of 16 bytes.

        Args:
            canonical_text: As `validator.formats.plain.canonical` gives it.

        Source: RFC 7693, keyed BLAKE2b.
        """
        data = canonical_text.encode()
        return CodeId(blake2b(data, digest_size=CODE_ID_BYTES, key=self.code_key).digest())


def _forged() -> TokenError:
    return TokenError(
        Reason.BAD_SIGNATURE,
        "This ticket's signature is wrong: it was forged or changed. Do not let it in.",
    )
