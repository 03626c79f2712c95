"""The vault of a device whose platform keeps the key to itself."""

from __future__ import annotations

from typing import Protocol

from device.errors import DeviceError
from offline_cache.errors import EnrolAgain


class Sealer(Protocol):
    """A platform's keystore, such as `device.android.keystore.Keystore`."""

    def seal(self, plain: bytes) -> bytes:
        """Return sealed bytes, or raise a DeviceError."""
        ...

    def open(self, sealed: bytes) -> bytes:
        """Return what was sealed, or raise a DeviceError."""
        ...


class KeystoreVault:
    """Seals the device's identity through a platform's keystore; see `identity.vault.Vault`.

    Args:
        keystore: The platform's.
    """

    def __init__(self, keystore: Sealer) -> None:
        self._keystore = keystore

    def seal(self, plain: bytes) -> bytes:
        """Return bytes that only this device's platform opens.

        Raises:
            EnrolAgain: The platform gives no key.
        """
        try:
            return self._keystore.seal(plain)
        except DeviceError as error:
            raise EnrolAgain(f"The identity can't be sealed. {error}") from error

    def open(self, sealed: bytes) -> bytes:
        """Return what was sealed.

        Raises:
            EnrolAgain: It was sealed with another key, or altered.
        """
        try:
            return self._keystore.open(sealed)
        except DeviceError as error:
            raise EnrolAgain(
                "This device's identity was sealed with another key of its machine: enrol it again."
            ) from error
