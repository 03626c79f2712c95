"""The gateway's configuration: one TOML file, every key optional."""

from __future__ import annotations

import ipaddress
import os
import tomllib
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from validator.bounds import LONGEST_GATE
from validator.errors import FixConfig
from validator.gateway.hooks import settings as hooks
from validator.gateway.hooks.settings import ConfiguredHook
from validator.gateway.host.listeners import Address
from validator.model import SYMBOLOGIES, Gate
from validator.upstreams import kinds
from validator.upstreams.kinds import ConfiguredUpstream

_LARGEST_FILE = 1_000_000
_GATE_ID_CHARS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")


DEFAULT_PLAIN = Address("127.0.0.1", 8080)
DEFAULT_TLS = Address("0.0.0.0", 8443)


def _default_data() -> Path:
    root = os.environ.get("XDG_DATA_HOME")
    try:
        return (Path(root) if root else Path.home() / ".local" / "share") / "entrance-gateway"
    except RuntimeError:  # a user without a home, as systemd makes them
        return Path("/var/lib/entrance-gateway")


@dataclass(frozen=True, slots=True)
class Config:
    """What the gateway is told.

    Args:
        name: The venue, for people; 1 to 80 characters.
        data: Folder of the databases and keys. A relative path in a file counts from the file.
        plain: Listener without TLS, for pages and tools on this machine; loopback only.
        tls: Listener for devices.
        upstreams: Ticketing systems besides the embedded box office.
        poll_s: Seconds between two polls of each of them, 0.1 to 3,600.
        hooks: Receivers of webhooks.
        retention_days: Days after which names of staff and customers are erased, 1 to 3,650.
        gates: The lanes' places; none = one gate `main` for all performances.
    """

    name: str = "Venue"
    data: Path = field(default_factory=_default_data)
    plain: Address = DEFAULT_PLAIN
    tls: Address = DEFAULT_TLS
    upstreams: tuple[ConfiguredUpstream, ...] = ()
    poll_s: float = 2.0
    hooks: tuple[ConfiguredHook, ...] = ()
    retention_days: int = 30
    gates: tuple[Gate, ...] = ()


def load(path: Path | None = None, data: Path | None = None) -> Config:
    """Read the configuration.

    Args:
        path: TOML file; None = the defaults.
        data: Overrides the file's `data`.

    Raises:
        FixConfig: A key is unknown or has a wrong value; the message names it and what it takes.
    """
    config = _read_file(path) if path else Config()
    if data:
        config = replace(config, data=data.expanduser().absolute())
    return config


def _read_file(path: Path) -> Config:
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise FixConfig(f"Can't read {path}: {error.strerror}. Check --config.") from error
    if len(text) > _LARGEST_FILE:
        raise FixConfig(f"{path} is larger than {_LARGEST_FILE} bytes. Check --config.")
    try:
        return read(tomllib.loads(text.decode()), path.absolute().parent)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FixConfig(f"{path} is no TOML: {error}") from error
    except FixConfig as error:
        raise FixConfig(f"{path}: {error}") from error


def read(table: Mapping[str, Any], folder: Path) -> Config:
    """Check a parsed file.

    Args:
        table: As `tomllib` gives it.
        folder: Where a relative `data` counts from.

    Raises:
        FixConfig: A key is unknown or has a wrong value.
    """
    _known(table, [item.name for item in fields(Config)], "")
    known: dict[str, Any] = {}
    for key, value in table.items():
        match key:
            case "name":
                known[key] = _text(value, key, 80)
            case "data":
                known[key] = (folder / Path(_text(value, key, 4096)).expanduser()).absolute()
            case "plain" | "tls":
                known[key] = _address(value, key)
            case "upstreams":
                known[key] = kinds.read(value, folder, _credentials())
            case "hooks":
                known[key] = hooks.read(value, folder, _credentials())
            case "retention_days":
                if not _is_count(value) or not 1 <= value <= 3650:
                    raise FixConfig(f"`{key}` is {value!r}; allowed: whole days from 1 to 3650.")
                known[key] = value
            case "poll_s":
                known[key] = _seconds(value, key)
            case _:
                known[key] = _gates(value)
    config = Config(**known)
    if not _is_loopback(config.plain.host):
        raise FixConfig(
            f"`plain` is {config.plain}; it has no TLS, so it must be this machine only, such as "
            '"127.0.0.1:8080". Use `tls` for the network.'
        )
    return config


def _credentials() -> Path | None:
    handed = os.environ.get("CREDENTIALS_DIRECTORY")
    return Path(handed) if handed else None


def _known(table: Mapping[str, Any], allowed: list[str], place: str) -> None:
    for key in table:
        if key not in allowed:
            raise FixConfig(f"Unknown key `{place}{key[:40]}`; allowed: {', '.join(allowed)}.")


def _text(value: Any, key: str, longest: int) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= longest:
        raise FixConfig(f"`{key}` must be a text of 1 to {longest} characters.")
    return value


def _seconds(value: Any, key: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.1 <= value <= 3600:
        raise FixConfig(f"`{key}` is {value!r}; allowed: a number of seconds from 0.1 to 3600.")
    return float(value)


def _address(value: Any, key: str) -> Address:
    host, colon, port = value.rpartition(":") if isinstance(value, str) else ("", "", "")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isdecimal() or int(port) > 65535:
        raise FixConfig(f'`{key}` must be an address and a port, such as "127.0.0.1:8080".')
    return Address(host, int(port))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _gates(value: Any) -> tuple[Gate, ...]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise FixConfig("`gates` must be tables: write [[gates]] above the keys of each gate.")
    gates = tuple(_gate(item, f"gates[{place}].") for place, item in enumerate(value))
    ids = [gate.id for gate in gates]
    twice = {id for id in ids if ids.count(id) > 1}
    if twice:
        raise FixConfig(f"`gates` has the id {', '.join(sorted(twice))} twice; ids must differ.")
    return gates


def _gate(table: Mapping[str, Any], place: str) -> Gate:
    _known(table, [item.name for item in fields(Gate)], place)
    for item in fields(Gate):
        if item.default is MISSING and item.name not in table:
            raise FixConfig(f"`{place}{item.name}` is missing; every gate needs it.")
    hints = typing.get_type_hints(Gate)
    gate = Gate(
        **{key: _gate_value(value, hints[key], place + key) for key, value in table.items()}
    )
    if not set(gate.id) <= _GATE_ID_CHARS or len(gate.id) > LONGEST_GATE:
        raise FixConfig(
            f"`{place}id` must be 1 to {LONGEST_GATE} of a-z, 0-9, - and _; it stands in URLs."
        )
    return gate


def _gate_value(value: Any, kind: Any, key: str) -> Any:
    if kind == tuple[str, ...]:
        if not isinstance(value, list) or not set(map(str, value)) <= SYMBOLOGIES:
            known = ", ".join(f'"{name}"' for name in sorted(SYMBOLOGIES))
            raise FixConfig(f"`{key}` must be a list of kinds of codes, of {known}.")
        return tuple(value)
    if isinstance(kind, types.GenericAlias):
        if not isinstance(value, list) or not all(_is_count(item) for item in value):
            raise FixConfig(f"`{key}` must be a list of numbers, such as [1, 2].")
        return tuple(value)
    if kind is int:
        if not _is_count(value):
            raise FixConfig(f"`{key}` is {value!r}; allowed: a whole number from 0 to 4294967295.")
        return value
    if issubclass(kind, StrEnum):
        if value not in list(kind):
            choices = ", ".join(f'"{choice}"' for choice in kind)
            raise FixConfig(f"`{key}` is {value!r}; allowed: {choices}.")
        return kind(value)
    return _text(value, key, 80)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 32
