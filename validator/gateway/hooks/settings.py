"""The `[[hooks]]` tables of the configuration."""

from __future__ import annotations

import base64
import binascii
import ipaddress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from validator.errors import FixConfig
from validator.upstreams.settings import Table, tables

TYPES = ("entry", "exit", "refusal", "undone", "cancelled")

_PREFIX = "whsec_"
_KEY_BYTES = range(24, 65)
"""Lengths of a key. Source: Standard Webhooks 1.0.0, "Signature scheme"."""


@dataclass(frozen=True, slots=True)
class HookSettings:
    """One receiver.

    Args:
        url: Where to, https; plain http only on this machine. It may hold no user or password.
        key: Signs what is sent: `whsec_` and base64 of 24 to 64 random bytes.
        events: What is told, of `TYPES`.
        numbers: Tell the printed ticket numbers too.
    """

    url: str
    key: str = field(repr=False)
    events: tuple[str, ...] = ("entry", "exit")
    numbers: bool = False

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            FixConfig: One is wrong.
        """
        _check_url(self.url)
        strange = [name for name in self.events if name not in TYPES]
        if strange or not self.events:
            raise FixConfig(f"`events` of a hook must be some of: {', '.join(TYPES)}.")
        _ = self.secret

    @property
    def secret(self) -> bytes:
        """The key's bytes.

        Raises:
            FixConfig: It is none.
        """
        try:
            secret = base64.b64decode(self.key.removeprefix(_PREFIX), validate=True)
        except (binascii.Error, ValueError):
            secret = b""
        if not self.key.startswith(_PREFIX) or len(secret) not in _KEY_BYTES:
            raise FixConfig(
                "A hook's key must be `whsec_` and base64 of 24 to 64 random bytes: make one with "
                'echo "whsec_$(head -c 32 /dev/urandom | base64)"'
            )
        return secret


@dataclass(frozen=True, slots=True)
class ConfiguredHook:
    """One `[[hooks]]` table.

    Args:
        table: Its keys.
    """

    table: Table

    @property
    def name(self) -> str:
        """Of the hook, unlike any other's."""
        return self.table.source

    def settings(self) -> HookSettings:
        """Read all, the key too.

        Raises:
            FixConfig: A value is wrong, or the key can't be read.
        """
        return self.table.settings(HookSettings)


def read(value: Any, folder: Path, credentials: Path | None) -> tuple[ConfiguredHook, ...]:
    """Read the `[[hooks]]` tables of a configuration.

    Args:
        value: As `tomllib` gives them.
        folder: Where relative paths count from.
        credentials: Folder of the service's credentials; None = it has none.

    Raises:
        FixConfig: A key is unknown, missing or has a wrong value.
    """
    hooks = tuple(map(ConfiguredHook, tables(value, "hooks", folder, credentials)))
    for hook in hooks:
        _check_url(hook.table.check(HookSettings)["url"])
    return hooks


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        parts, host = urlsplit(""), ""
    if not host or parts.username or parts.password or parts.fragment:
        raise FixConfig("`url` of a hook must be an address such as https://example.org/entries.")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_here(host)):
        raise FixConfig("`url` of a hook must begin with https://; http:// is for this machine.")


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
