"""What lies on the disk: rights, space, certificates, the store's file, backups."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from validator.clock import Clock
from validator.gateway.doctor.finding import Finding, Level
from validator.gateway.host.data_folder import AUTHORITY
from validator.gateway.trust.authority import constraints_of

LEAST_MB, LITTLE_MB = 100, 1000
"""Free space below which it fails, and below which it warns."""

_MOST_NAMES = 20

SOON_DAYS = 60
"""A certificate that ends earlier is told of."""

OLD_BACKUP_S = 2 * 3600.0
"""The timer makes one each hour."""

BACKUPS = "entrance-backups"
"""Beside the data folder, where entrance-backup.service puts its copies."""


def data_folder(data: Path) -> Iterator[Finding]:
    """Look at the data folder's rights and space."""
    if not data.is_dir():
        return
    if not os.access(data, os.R_OK | os.W_OK | os.X_OK):
        yield Finding(
            "data", Level.FAIL, f"{data} can't be used by this user: run as its owner, or as root."
        )
    elif data.stat().st_mode & 0o077:
        yield Finding(
            "data", Level.WARN, f"{data} holds every key and is open to others: chmod 700 it."
        )
    else:
        yield Finding("data", Level.OK, f"{data} is its owner's alone.")
    free_mb = shutil.disk_usage(data).free // 1_000_000
    level = Level.FAIL if free_mb < LEAST_MB else Level.WARN if free_mb < LITTLE_MB else Level.OK
    todo = "." if level is Level.OK else ": free some. A full disk takes no check-in."
    yield Finding("space", level, f"{free_mb} MB are free{todo}")


def secrets(data: Path, named: Iterable[Path]) -> Finding:
    """Look for files with secrets that others may read.

    Args:
        data: The data folder: all in it but certificates is for the gateway only.
        named: By the configuration.
    """
    found = [path for path in sorted(data.rglob("*")) if path.suffix != ".pem"]
    found += [path for path in named if not path.is_relative_to(data)]
    seen = [str(path) for path in found if path.is_file() and path.stat().st_mode & 0o077]
    if not seen:
        return Finding("secrets", Level.OK, "No file that holds a secret is open to others.")
    names = ", ".join(seen[:_MOST_NAMES]) + (" …" if len(seen) > _MOST_NAMES else "")
    text = (
        f"Other users of this machine may read {names}: chmod 600 each. What they may have read "
        "is a secret no more."
    )
    return Finding("secrets", Level.WARN, text)


def certificates(folder: Path, clock: Clock) -> Iterator[Finding]:
    """Look at how long devices will still trust the gateway."""
    todos = {
        "ca.pem": "renew it with entrance-gateway authority renew",
        "leaf.pem": "start the gateway again, which renews it",
    }
    for name, todo in todos.items():
        try:
            certificate = x509.load_pem_x509_certificate((folder / name).read_bytes())
        except (OSError, ValueError):
            text = f"{AUTHORITY}/{name} can't be read: put it back from the backup."
            yield Finding("authority", Level.FAIL, text)
            continue
        ends = certificate.not_valid_after_utc
        days = (ends - datetime.fromtimestamp(clock.now() / 1000, UTC)).days
        level = Level.FAIL if days < 0 else Level.WARN if days < SOON_DAYS else Level.OK
        more = "." if level is Level.OK else f": {todo}."
        yield Finding("authority", level, f"{name} is good for {days} days{more}")
        if name == "ca.pem" and not constraints_of(certificate):
            text = (
                "ca.pem permits every name: whoever has its key can pose as any web site to the "
                "browsers that trust it. Renew it with entrance-gateway authority renew."
            )
            yield Finding("authority", Level.WARN, text)


def integrity(path: Path) -> Finding:
    """Look through the store's file without changing it."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as file:
            said = file.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        said = type(error).__name__
    if said == "ok":
        return Finding("store", Level.OK, f"{path.name} is sound.")
    text = (
        f"{path.name} is damaged: keep the folder as it is, restore the last backup into an empty "
        "one and serve that."
    )
    return Finding("store", Level.FAIL, text)


def backup(folder: Path) -> Finding:
    """Look for the last backup."""
    try:
        last_s = max((file.stat().st_mtime for file in folder.glob("*.backup")), default=None)
    except OSError:
        last_s = None
    if last_s is None:
        text = f"No backup is known in {folder}: enable entrance-backup.timer, or keep your own."
        return Finding("backup", Level.WARN, text)
    hours = max(0.0, time.time() - last_s) / 3600
    if hours * 3600 > OLD_BACKUP_S:
        text = f"The last backup is {hours:.0f} h old: see journalctl -u entrance-backup."
        return Finding("backup", Level.WARN, text)
    return Finding("backup", Level.OK, f"The last backup is {hours * 60:.0f} min old.")
