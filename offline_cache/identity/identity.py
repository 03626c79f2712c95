"""Who the device is and whom it trusts, in a file that only its user may read."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from offline_cache.errors import CacheError, EnrolAgain
from offline_cache.identity.vault import Vault, platform_vault
from validator.disk.private_files import write_private
from validator.keys import KEY_BYTES
from validator.model import DeviceId

LONGEST_FILE = 64 * 1024
"""Most bytes of an identity file that are read."""

SEALED = "sealed"
"""The only field of a file that a vault has sealed."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What enrolment gave the device.

    Args:
        device: Its id at the venue.
        token: Secret that it signs in with.
        gateway: Address, `HOST:PORT`.
        authority_pem: The venue's authority, one certificate; nobody else is trusted.
        feed_key: Public key of the gateway's seal, 32 bytes.
        code_key: Secret key of plain codes, 32 bytes.
        seed: Secret half of the key that signs the journal's heads, 32 bytes; empty = none.
    """

    device: DeviceId
    token: str = field(repr=False)
    gateway: str
    authority_pem: str = field(repr=False)
    feed_key: bytes
    code_key: bytes = field(repr=False)
    seed: bytes = field(default=b"", repr=False)

    @classmethod
    def of(cls, plain: Any) -> Identity:
        """Build an identity from the JSON object that it is kept as.

        Raises:
            ValueError: A field is missing or has another form.
        """
        if not isinstance(plain, dict):
            raise ValueError("no object")
        return cls(
            DeviceId(_text(plain, "device")),
            _text(plain, "token"),
            _text(plain, "gateway"),
            _text(plain, "authority_pem"),
            _key(plain, "feed_key"),
            _key(plain, "code_key"),
            _key(plain, "seed") if "seed" in plain else b"",
        )

    @classmethod
    def load(cls, path: Path, vault: Vault | None = None) -> Identity:
        """Read the file that `save` wrote; one of before the machine had a key is sealed now.

        Args:
            path: The file.
            vault: Opens it; None = the platform's, if it has one.

        Raises:
            EnrolAgain: There is none, or it is damaged.
            CacheError: It can't be sealed, the disk can't be written.
        """
        try:
            with path.open("rb") as file:
                plain = json.loads(file.read(LONGEST_FILE))
            if isinstance(plain, dict) and SEALED in plain:
                return cls.of(json.loads(_opened(_text(plain, SEALED), vault)))
            identity = cls.of(plain)
        except FileNotFoundError as error:
            raise EnrolAgain(
                "This device is not enrolled: ask the gateway for a code, then run "
                "entrance-scanner enrol CODE --gateway HOST."
            ) from error
        except (OSError, ValueError, RecursionError) as error:
            raise EnrolAgain(
                "This device's identity can't be read: enrol it again with a new code."
            ) from error
        if vault := vault or platform_vault(os.environ):
            identity.save(path, vault)
        return identity

    def save(self, path: Path, vault: Vault | None = None) -> None:
        """Write the file, readable by this user only; a crash leaves the old one or the new one.

        Args:
            path: The file.
            vault: Seals it; None = the platform's, if it has one, else it is not sealed.

        Raises:
            CacheError: The disk can't be written.
        """
        plain = {
            "device": self.device,
            "token": self.token,
            "gateway": self.gateway,
            "authority_pem": self.authority_pem,
            "feed_key": self.feed_key.hex(),
            "code_key": self.code_key.hex(),
        }
        if self.seed:
            plain["seed"] = self.seed.hex()
        if vault := vault or platform_vault(os.environ):
            plain = {SEALED: vault.seal(json.dumps(plain).encode()).hex()}
        try:
            write_private(path, json.dumps(plain).encode())
        except OSError as error:
            raise CacheError(
                f"The device's identity can't be written ({error.strerror}): check its disk."
            ) from error


def _opened(sealed: str, vault: Vault | None) -> bytes:
    vault = vault or platform_vault(os.environ)
    if vault is None:
        raise EnrolAgain(
            "This device's identity is sealed and its machine does not give the key: start it as "
            "its service does, or enrol it again."
        )
    return vault.open(bytes.fromhex(sealed))


def _text(plain: dict[str, Any], field: str) -> str:
    value = plain.get(field)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{field} is no text")
    return value


def _key(plain: dict[str, Any], field: str) -> bytes:
    key = bytes.fromhex(_text(plain, field))
    if len(key) != KEY_BYTES:
        raise ValueError(f"{field} is no key")
    return key
