"""What a backup holds of the data folder: databases, the authority and the keys."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from validator.errors import FixConfig, RetryLater
from validator.gateway.host.data_folder import AUTHORITY, METRICS_TOKEN, STORE
from validator.upstreams.kinds import FOLDER

BOXOFFICE = "boxoffice.sqlite"
DATABASES = (STORE, BOXOFFICE)
"""In this order: the gateway's cursor must not lie ahead of its box office."""

SECRETS = (
    "feed.key",
    "code.key",
    "admin.token",
    "boxoffice.key",
    f"{AUTHORITY}/ca.pem",
    f"{AUTHORITY}/ca.key",
)
MAYBE = (f"{AUTHORITY}/crossed.pem", "feed.ring")
"""Of these there may be none."""

CONFIG = "gateway.toml"
MANIFEST = "manifest.json"

_ISSUER = re.compile(r"issuer-[0-9]{1,5}\.key")
_MEMORY = re.compile(rf"{FOLDER}/[a-z0-9_-]{{1,32}}\.sqlite")


def is_member(name: str) -> bool:
    """Tell whether a file of this name belongs in a backup."""
    known = (*DATABASES, *SECRETS, *MAYBE, METRICS_TOKEN, CONFIG, MANIFEST)
    return name in known or is_database(name) or _ISSUER.fullmatch(name) is not None


def is_database(name: str) -> bool:
    """Tell whether a file of this name is a database: of the gateway, or an upstream's memory."""
    return name in DATABASES or _MEMORY.fullmatch(name) is not None


def databases(folder: Path) -> Iterator[str]:
    """Yield the names of the databases: the gateway's cursors first, then what they lead to."""
    yield from DATABASES
    for path in sorted((folder / FOLDER).glob("*.sqlite")):
        name = f"{FOLDER}/{path.name}"
        if is_database(name):
            yield name


def key_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the names and places of everything that is no database.

    Raises:
        FixConfig: A key is missing.
    """
    for name in SECRETS:
        path = folder / name
        if not path.is_file():
            raise FixConfig(f"{path} is missing: this data folder can't be backed up.")
        yield name, path
    for name in MAYBE:
        if (folder / name).is_file():
            yield name, folder / name
    if (folder / METRICS_TOKEN).is_file():
        # Elsewhere it is a credential of the service.
        yield METRICS_TOKEN, folder / METRICS_TOKEN
    for path in sorted(folder.glob("issuer-*.key")):
        if _ISSUER.fullmatch(path.name):
            yield path.name, path


def copy_database(source: Path, target: Path) -> None:
    """Copy a database while others write to it; the copy is one state of it, and sound.

    Raises:
        RetryLater: The disk can't be read or written.
        FixConfig: The database is damaged.

    Source: SQLite, Online Backup API.
    """
    try:
        target.touch(mode=0o600)
        reading = sqlite3.connect(f"file:{source}?mode=rw", uri=True, timeout=10.0)
        writing = sqlite3.connect(target)
        try:
            reading.backup(writing)
            writing.execute("PRAGMA journal_mode = DELETE")
            state = writing.execute("PRAGMA quick_check(1)").fetchone()[0]
        finally:
            writing.close()
            reading.close()
    except (OSError, sqlite3.Error) as error:
        raise RetryLater(
            f"{source.name} can't be copied ({type(error).__name__}): check the disk's free space "
            "and health."
        ) from error
    if state != "ok":
        raise FixConfig(f"{source.name} is damaged: keep the backups that you have.")
