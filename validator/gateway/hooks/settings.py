"""The `[[hooks]]` tables of the configuration."""

from __future__ import annotations

import base64
import binascii
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from validator.errors import FixConfig
from validator.upstreams.settings import Table

TYPES = ("entry", "exit", "refusal", "undone", "cancelled")

_PREFIX = "whsec_"
_KEY_BYTES = range(24, 65)
"""Lengths of a key. Source: Standard Webhooks 1.0.0, "Signature scheme"."""

_ID_CHARS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")
_MOST = 16


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
class NamedHook:
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


def read(value: Any, folder: Path, credentials: Path | None) -> tuple[NamedHook, ...]:
    """Read the `[[hooks]]` tables of a configuration.

    Args:
        value: As `tomllib` gives them.
        folder: Where relative paths count from.
        credentials: Folder of the service's credentials; None = it has none.

    Raises:
        FixConfig: A key is unknown, missing or has a wrong value.
    """
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise FixConfig("`hooks` must be tables: write [[hooks]] above the keys of each one.")
    if len(value) > _MOST:
        raise FixConfig(f"`hooks` may have {_MOST} tables at most.")
    hooks = tuple(_read(table, n, folder, credentials) for n, table in enumerate(value))
    names = [hook.name for hook in hooks]
    if len(set(names)) < len(names):
        raise FixConfig("Two of `hooks` have the same name; names must differ.")
    return hooks


def _read(
    table: Mapping[str, Any], number: int, folder: Path, credentials: Path | None
) -> NamedHook:
    place, name = f"hooks[{number}].", table.get("name")
    good = isinstance(name, str) and 1 <= len(name) <= 32 and set(name) <= _ID_CHARS
    if not isinstance(name, str) or not good:
        raise FixConfig(f"`{place}name` must be 1 to 32 of a-z, 0-9, - and _.")
    own = {key: item for key, item in table.items() if key != "name"}
    hook = NamedHook(Table(name, place, own, folder, credentials))
    known = hook.table.check(HookSettings)
    _check_url(known["url"])
    return hook


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
