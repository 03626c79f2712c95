"""Everything that is looked at, in order."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from validator.clock import Clock
from validator.errors import FixConfig, ValidatorError
from validator.gateway.config import Config
from validator.gateway.doctor.files import (
    BACKUPS,
    backup,
    certificates,
    data_folder,
    integrity,
    secrets,
)
from validator.gateway.doctor.finding import Finding, Level, clock_finding
from validator.gateway.doctor.store import known
from validator.gateway.host.data_folder import AUTHORITY, STORE, InUse, Lock
from validator.gateway.host.listeners import Address, bind
from validator.gateway.local_client import ask

_PATIENCE_S = 5.0
_LONGEST_ANSWER = 1_000_000


def examine(config: Config, clock: Clock) -> Iterator[Finding]:
    """Look at everything; nothing is changed.

    Args:
        config: Names the data folder and the ports.
        clock: Of this machine.

    Yields:
        One finding after the other.
    """
    yield from data_folder(config.data)
    tables = [each.table for each in config.upstreams] + [each.table for each in config.hooks]
    with suppress(OSError):
        yield secrets(config.data, [path for table in tables for path in table.secret_files])
    if not (config.data / STORE).exists():
        lost = (config.data / AUTHORITY).exists()
        todo = "restore the last backup into an empty folder" if lost else "check --data, or serve"
        yield Finding("store", Level.FAIL, f"There is no store in {config.data}: {todo}.")
        return
    try:
        plain = running_at(config.data)
    except ValidatorError as error:
        yield Finding("gateway", Level.FAIL, str(error))
        return
    yield from _asked(config, plain) if plain else _stopped(config)
    yield from certificates(config.data / AUTHORITY, clock)
    yield integrity(config.data / STORE)
    try:
        yield from known(config, clock, bool(plain))
    except ValidatorError as error:
        yield Finding("store", Level.FAIL, str(error))
    yield backup(config.data.parent / BACKUPS)


def running_at(data: Path) -> str:
    """Return the URL of the gateway that works in a folder; empty = none does.

    Raises:
        FixConfig: One is just starting or stopping, or the folder can't be used.
    """
    try:
        Lock(data).close()
    except InUse as running:
        if not running.plain:
            raise FixConfig(
                "The gateway is just starting or stopping. Ask again; if it stays, see its log."
            ) from running
        return running.plain
    return ""


def _asked(config: Config, plain: str) -> Iterator[Finding]:
    """Ask the running gateway."""
    try:
        ready = _readiness(plain)
        devices = ask(config, "GET", "devices")["devices"]
        waits_for, clock = dict(ready["waits_for"]), dict(ready["clock"])
    except (ValidatorError, OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        text = f"It holds its folder, but does not answer at {plain}: see its log, restart it."
        yield Finding("gateway", Level.FAIL, text)
        return
    if waits_for:
        yield Finding("gateway", Level.FAIL, " ".join(map(str, waits_for.values())))
    else:
        yield Finding("gateway", Level.OK, f"It runs at {plain} and is ready.")
    yield _lanes_port(config.tls)
    yield clock_finding(str(clock["why"]))
    there = [device["id"] for device in devices if device["connected"]]
    silent = [
        device["id"] for device in devices if not device["connected"] and not device["revoked"]
    ]
    text = f"{len(there)} connected"
    if silent:
        names = ", ".join(silent[:20]) + (" …" if len(silent) > 20 else "")
        text += f", {len(silent)} silent: {names}. Are they on, and on this network"
        yield Finding("lanes", Level.WARN, f"{text}?")
    else:
        yield Finding("lanes", Level.OK, f"{text}, none is silent.")


def _readiness(plain: str) -> Any:
    place = urlsplit(plain)
    link = http.client.HTTPConnection(place.hostname or "", place.port, timeout=_PATIENCE_S)
    with closing(link):
        link.request("GET", "/readyz")
        return json.loads(link.getresponse().read(_LONGEST_ANSWER))


def _lanes_port(tls: Address) -> Finding:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(tls.host, tls.host)
    if not tls.port:
        return Finding("ports", Level.WARN, "`tls` is any free port: give it one that lanes know.")
    try:
        with socket.create_connection((host, tls.port), _PATIENCE_S):
            return Finding("ports", Level.OK, f"Lanes are heard at {tls}.")
    except OSError as error:
        text = f"Nobody hears lanes at {tls} ({error.strerror}): is this its configuration?"
        return Finding("ports", Level.FAIL, text)


def _stopped(config: Config) -> Iterator[Finding]:
    """Look at what can be seen of a gateway that does not run."""
    text = "It does not run: systemctl start entrance-gateway, or entrance-gateway serve."
    yield Finding("gateway", Level.WARN, text)
    for key, address in (("plain", config.plain), ("tls", config.tls)):
        try:
            bind(address, key).close()
            yield Finding("ports", Level.OK, f"`{key}`: {address} is free.")
        except FixConfig as error:
            text = f"{error} (If entrance-gateway.socket holds it, all is well.)"
            yield Finding("ports", Level.FAIL, text)
