"""Where the platform keeps a key for us, the device's secrets lie sealed with it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from offline_cache.errors import EnrolAgain
from validator.keys import KEY_BYTES

CREDENTIAL = "entrance-scanner.key"
"""Name of the systemd credential, 32 bytes. Source: systemd.exec(5), `LoadCredentialEncrypted=`."""

_NONCE = 12
_DOMAIN = b"entrance-control/identity/1"


class Vault(Protocol):
    """Seals what must not be read from a disk that was taken out."""

    def seal(self, plain: bytes) -> bytes:
        """Return bytes that only this device's platform opens."""
        ...

    def open(self, sealed: bytes) -> bytes:
        """Return what was sealed.

        Raises:
            EnrolAgain: It was sealed with another key, or altered.
        """
        ...


class KeyVault:
    """Seals with a key that the platform hands over at the start.

    Args:
        key: 32 secret bytes.

    Source: RFC 8439 (ChaCha20-Poly1305).
    """

    def __init__(self, key: bytes) -> None:
        self._cipher = ChaCha20Poly1305(key)

    def seal(self, plain: bytes) -> bytes:
        """Return bytes that only this device's platform opens."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, plain, _DOMAIN)

    def open(self, sealed: bytes) -> bytes:
        """Return what was sealed.

        Raises:
            EnrolAgain: It was sealed with another key, or altered.
        """
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], _DOMAIN)
        except (InvalidTag, ValueError) as error:
            raise EnrolAgain(
                "This device's identity was sealed with another key of its machine: enrol it again."
            ) from error


def platform_vault(environment: Mapping[str, str]) -> Vault | None:
    """Return the platform's vault; None = it has none, secrets are kept readable by their user.

    Args:
        environment: Variables of the process.

    Raises:
        EnrolAgain: The key is there but is none.
    """
    folder = environment.get("CREDENTIALS_DIRECTORY", "")
    path = Path(folder, CREDENTIAL)
    if not folder or not path.exists():
        return None
    try:
        with path.open("rb") as file:
            key = file.read(KEY_BYTES + 1)
    except OSError as error:
        raise EnrolAgain(f"The credential {CREDENTIAL} can't be read: {error.strerror}.") from error
    if len(key) != KEY_BYTES:
        raise EnrolAgain(f"The credential {CREDENTIAL} must have {KEY_BYTES} bytes.")
    return KeyVault(key)
