"""Where the platform keeps a key for us, the cache's file is encrypted page by page.

The cache has a key of its own, which lies beside it, sealed by the platform's vault: enrolling
again leaves what is owed readable, and whoever destroys the key has destroyed the cache.

Source: SQLCipher 4, design ("Encryption of data pages": AES-256-CBC, HMAC-SHA512, raw keys).
"""

from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any, cast

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from offline_cache.errors import CacheError
from offline_cache.file.exchange import beside
from offline_cache.identity.vault import Vault, platform_vault
from validator.disk.private_files import put_in_place, write_private
from validator.keys import KEY_BYTES

KEY_FILE = ".key"
"""End of the name of the file that keeps the sealed key, beside the cache."""

RESERVED = 80
"""Bytes at a page's end that hold its vector (16) and its code (64)."""

CLEAR = b"SQLite format 3\0"
"""First bytes of a file that is not encrypted, and of its first page once that is opened."""

_LONGEST_KEY_FILE = 4_096


class Seal:
    """The key of one cache.

    Args:
        key: 32 secret bytes.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def of(cls, path: Path, vault: Vault | None = None) -> Seal | None:
        """Return a cache's seal, made the first time; None = the platform has no key.

        Args:
            path: The cache; the caller holds its lock.
            vault: Seals the key; None = the platform's, if it has one.

        Raises:
            EnrolAgain: The key was sealed by another machine, or is damaged.
            CacheError: The cache is sealed and the platform does not give its key, or the program
                that seals is not installed, or the folder can't be written.
        """
        kept = beside(path, KEY_FILE)
        vault = vault or platform_vault(os.environ)
        if vault is None:
            if kept.exists():
                raise CacheError(
                    "This device's cache is sealed and its machine does not give the key: start "
                    "it as its service does."
                )
            return None
        _engine()
        try:
            key = _read(kept, vault) if kept.exists() else _write(kept, vault)
        except OSError as error:
            raise CacheError(
                f"The key of the device's cache can't be kept ({error.strerror}): check its disk."
            ) from error
        return cls(key)

    def connect(self, place: str, uri: bool = False) -> sqlite3.Connection:
        """Open a sealed database, as `sqlite3.connect` does.

        Raises:
            CacheError: SQLCipher is not installed.
        """
        db = _connect(place, uri)
        db.execute(f"PRAGMA key = {self._raw}")
        return db

    def closes(self, path: Path) -> bool:
        """Tell whether a file may be sealed: one that begins as a clear one does is not.

        Raises:
            CacheError: It can't be read.
        """
        try:
            with path.open("rb") as file:
                return file.read(len(CLEAR)) != CLEAR
        except OSError as error:
            raise CacheError(f"The cache can't be read ({error.strerror}).") from error

    def enclose(self, path: Path) -> None:
        """Seal a cache that was written before the machine had a key; a crash leaves one of both.

        Args:
            path: The cache, sound; the caller holds its lock. A sealed one stays as it is.

        Raises:
            CacheError: SQLCipher is not installed, or the folder can't be written.
        """
        if self.closes(path):
            return
        draft = beside(path, ".sealing")
        try:
            draft.unlink(missing_ok=True)
            with closing(_connect(str(path))) as db:
                db.execute(f"ATTACH ? AS sealed KEY {self._raw}", (str(draft),))
                db.execute("SELECT sqlcipher_export('sealed')")
                for mark in ("application_id", "user_version"):
                    (value,) = db.execute(f"PRAGMA main.{mark}").fetchone()
                    db.execute(f"PRAGMA sealed.{mark} = {value}")
                db.execute("DETACH sealed")
                # Nothing may stay in the log of what is about to be replaced.
                db.execute("PRAGMA journal_mode = DELETE")
            draft.chmod(0o600)
            put_in_place(draft, path)
        except OSError as error:
            raise CacheError(
                f"The device's cache can't be sealed ({error.strerror}): check its disk."
            ) from error

    def opened(self, number: int, page: bytes) -> bytes:
        """Return what is in a page; a damaged one gives nonsense, its code is not looked at.

        Args:
            number: Of the page, from 1; the first begins with the file's salt.
            page: As it lies on disk.
        """
        vector, salt = page[-RESERVED : 16 - RESERVED], len(CLEAR) if number == 1 else 0
        if len(page) < RESERVED + salt or (len(page) - salt) % 16:
            return b""
        decryptor = Cipher(AES(self._key), CBC(vector)).decryptor()
        return CLEAR[:salt] + decryptor.update(page[salt:-RESERVED]) + decryptor.finalize()

    @property
    def _raw(self) -> str:
        return f"\"x'{self._key.hex()}'\""


def _connect(place: str, uri: bool = False) -> sqlite3.Connection:
    db = _engine().connect(place, isolation_level=None, check_same_thread=False, uri=uri)
    # It would write the cause of each failure to standard error; ours say what to do.
    db.execute("PRAGMA cipher_log_level = NONE")
    return cast(sqlite3.Connection, db)


def _engine() -> Any:
    try:
        from sqlcipher3 import dbapi2
    except ImportError as error:
        raise CacheError(
            "This machine has a key for the device's cache, but what seals it is not installed: "
            "python -m pip install sqlcipher3."
        ) from error
    return dbapi2


def database_errors() -> tuple[type[Exception], ...]:
    """Return what SQLite raises, sealed or not; for an `except`."""
    sealed = sys.modules.get("sqlcipher3.dbapi2")
    return (sqlite3.Error, sealed.Error) if sealed else (sqlite3.Error,)


def _read(kept: Path, vault: Vault) -> bytes:
    with kept.open("rb") as file:
        said = file.read(_LONGEST_KEY_FILE)
    key = vault.open(said)
    if len(key) != KEY_BYTES:
        raise CacheError("The key of the device's cache is none: restore it, or wipe the device.")
    return key


def _write(kept: Path, vault: Vault) -> bytes:
    key = os.urandom(KEY_BYTES)
    write_private(kept, vault.seal(key))
    return key
