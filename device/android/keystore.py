"""A key that Android keeps where no app, and no copy of the disk, can read it."""

from __future__ import annotations

from typing import Any

from device.android.java import java_cast, java_class, told

STORE = "AndroidKeyStore"
CIPHER = "AES/GCM/NoPadding"
BITS = 256
TAG_BITS = 128
NONCE = 12
BOTH_WAYS = 3
"""Source: Android `KeyProperties.PURPOSE_ENCRYPT | PURPOSE_DECRYPT`; NIST SP 800-38D for GCM."""

ENCRYPT, DECRYPT = 1, 2
"""Source: Java `Cipher.ENCRYPT_MODE`, `DECRYPT_MODE`."""


class Keystore:
    """Seals bytes with a key in Android's keystore; the key is made the first time.

    Args:
        alias: Name of the key, of this app only.

    Raises:
        PartMissing: This is no Android, or its keystore gives no key.
    """

    def __init__(self, alias: str) -> None:
        self._cipher = java_class("javax.crypto.Cipher")
        self._parameters = java_class("javax.crypto.spec.GCMParameterSpec")
        with told("Android's keystore gives no key: restart the phone, then enrol it again."):
            store = java_class("java.security.KeyStore").getInstance(STORE)
            store.load(None)
            key = store.getKey(alias, None)
            self._key = java_cast("java.security.Key", key or self._made(alias))

    def seal(self, plain: bytes) -> bytes:
        """Return nonce and sealed bytes.

        Raises:
            PartMissing: The keystore refuses.
        """
        with told("Android's keystore does not seal: restart the phone."):
            cipher = self._cipher.getInstance(CIPHER)
            cipher.init(ENCRYPT, self._key)
            sealed: bytes = cipher.doFinal(plain).tostring()
            nonce: bytes = cipher.getIV().tostring()
        return nonce + sealed

    def open(self, sealed: bytes) -> bytes:
        """Return what was sealed.

        Raises:
            PartMissing: It was sealed with another key, or altered.
        """
        with told("This was sealed with another key of its phone."):
            cipher = self._cipher.getInstance(CIPHER)
            nonce = self._parameters(TAG_BITS, sealed[:NONCE])
            specification = java_cast("java.security.spec.AlgorithmParameterSpec", nonce)
            cipher.init(DECRYPT, self._key, specification)
            plain: bytes = cipher.doFinal(sealed[NONCE:]).tostring()
        return plain

    def _made(self, alias: str) -> Any:
        builder = java_class("android.security.keystore.KeyGenParameterSpec$Builder")
        wanted = (
            builder(alias, BOTH_WAYS)
            .setKeySize(BITS)
            .setBlockModes("GCM")
            .setEncryptionPaddings("NoPadding")
            .build()
        )
        maker = java_class("javax.crypto.KeyGenerator").getInstance("AES", STORE)
        maker.init(java_cast("java.security.spec.AlgorithmParameterSpec", wanted))
        return maker.generateKey()
