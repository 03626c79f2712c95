"""Whether a cache's file is sound, and what SQLite's errors mean for people."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from offline_cache.errors import CacheError, DamagedCache
from offline_cache.file.encryption import Seal, database_errors
from offline_cache.file.exchange import MARK, beside
from offline_cache.file.page_reader import records
from validator.wire.journal import row_hash

CHECKED = ("device", "journal", "own_uses", "streams")
"""Tables that are looked through at every start: small, and nobody else has what is in them."""

DAMAGES = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
HASH_TYPE = 2 * 32 + 12
"""Serial type of 32 bytes. Source: SQLite, Database File Format, section 2.1."""


def journal_row(types: Sequence[int]) -> bool:
    """Tell from the serial types of a row's values whether it may be one of the journal."""
    return tuple(types[:3]) == (0, HASH_TYPE, HASH_TYPE)


@contextmanager
def explained() -> Iterator[None]:
    """Say in a sentence for people what SQLite raises.

    Raises:
        DamagedCache: The file is damaged.
        CacheError: Something else is wrong.
    """
    try:
        yield
    except database_errors() as error:
        name = _name(error)
        if name == "ProgrammingError":
            raise CacheError("The cache is closed.") from error
        if name.startswith(DAMAGES):
            raise DamagedCache(
                "The device's cache is damaged: start the lane again, that mends it."
            ) from error
        if name == "SQLITE_FULL":
            message = (
                "The device's disk is full: free some space; nothing can be admitted until then."
            )
        else:
            message = f"The device's cache can't be used ({name}): check its disk."
        raise CacheError(message) from error


def _name(error: Exception) -> str:
    # What Python's own layer raises carries no name.
    return getattr(error, "sqlite_errorname", type(error).__name__)


def look_through(path: Path, seal: Seal | None) -> None:
    """Look through what is precious in a cache that nobody has open; nothing is changed.

    Args:
        path: The cache.
        seal: Its seal, if it has one.

    Raises:
        DamagedCache: It has to be mended first.
        CacheError: It can't be read.
    """
    seal = seal if seal and seal.closes(path) else None
    try:
        sound = path.stat().st_size > 0 and not beside(path, MARK).exists()
        in_log = set(_genuine(path, seal))
    except OSError as error:
        raise CacheError(f"The cache can't be read ({error.strerror}): check its disk.") from error
    with explained():
        if sound:
            # One that may write would play what is left of the log in and delete it.
            place = f"{path.resolve().as_uri()}?mode=ro"
            with closing((seal.connect if seal else sqlite3.connect)(place, uri=True)) as db:
                sound = _sound(db, in_log)
    if not sound:
        raise DamagedCache("The device's cache is damaged: open it again, that mends it.")


def _genuine(path: Path, seal: Seal | None) -> Iterator[int]:
    """Yield the numbers of the journal rows in the log."""
    for number, values in records(path, journal_row, seal, log_only=True):
        match values:
            case (None, bytes(previous), bytes(hash), bytes(body), *_):
                if row_hash(previous, body) == hash:
                    yield number


def _sound(db: sqlite3.Connection, in_log: set[int]) -> bool:
    names = {name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    for table in names.intersection(CHECKED):
        if db.execute(f"PRAGMA quick_check({table})").fetchone()[0] != "ok":
            return False
    if "journal" not in names:
        return True
    head: int = db.execute("SELECT coalesce(max(sequence), 0) FROM journal").fetchone()[0]
    # SQLite ends a log at its first bad frame. A power cut leaves one row behind that, which
    # nobody was shown; of two, the first had been synced.
    return sum(number > head for number in in_log) < 2
