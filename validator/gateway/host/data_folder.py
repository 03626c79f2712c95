"""The data folder: one gateway at a time works in it, and its secrets lie there."""

from __future__ import annotations

import fcntl
import hmac
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from validator.errors import FixConfig
from validator.gateway.host.feed_keys import FeedKeys
from validator.gateway.host.private_files import key_file, private_folder

STORE = "gateway.sqlite"
AUTHORITY = "authority"
METRICS_TOKEN = "metrics.token"

_LOCK = "gateway.lock"


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the folder keeps readable by its owner only.

    Args:
        feed: Seal the streams.
        code_key: Hides plain codes, 32 bytes.
        admin_token: Lets commands on this machine in, as a supervisor.
        boxoffice_key: Of the embedded box office's API; wake-up keys come from it.
        metrics_token: Lets Prometheus read the figures.
    """

    feed: FeedKeys = field(repr=False)
    code_key: bytes = field(repr=False)
    admin_token: str = field(repr=False)
    boxoffice_key: str = field(repr=False)
    metrics_token: str = field(repr=False)

    def wake_key(self, source: str) -> str:
        """Return the key by which a source may say that it has news."""
        key = bytes.fromhex(self.boxoffice_key)
        return hmac.digest(key, b"entrance-control/wake/1/" + source.encode(), "sha256").hex()


def open_secrets(
    folder: Path, entropy: Callable[[int], bytes], credentials: Path | None = None
) -> Secrets:
    """Read the secrets; they are made at the first start.

    Args:
        folder: The data folder.
        entropy: Random bytes.
        credentials: Folder of the secrets that systemd hands over; `metrics.token` there is taken
            instead of the data folder's.

    Raises:
        FixConfig: They can't be read or written.
    """
    private_folder(folder)
    metrics = folder / METRICS_TOKEN
    if credentials is not None and (credentials / METRICS_TOKEN).exists():
        metrics = credentials / METRICS_TOKEN
    return Secrets(
        FeedKeys.open(folder, entropy),
        key_file(folder / "code.key", entropy),
        key_file(folder / "admin.token", entropy).hex(),
        key_file(folder / "boxoffice.key", entropy).hex(),
        key_file(metrics, entropy).hex(),
    )


def refuse_to_replace(folder: Path) -> None:
    """Make sure that a store which is gone is not silently begun anew.

    The authority is made after the store: where it is, there was one.

    Args:
        folder: The data folder.

    Raises:
        FixConfig: The authority is there, but not the store.
    """
    if (folder / AUTHORITY).exists() and not (folder / STORE).exists():
        raise FixConfig(
            f"The gateway's store {STORE} is gone from {folder}, its authority is there. Put the "
            "last backup into an empty folder (entrance-gateway restore FILE --data DIR) and serve "
            "that; the lanes give back what the backup lacks. To begin anew on purpose, serve an "
            "empty folder: every device is enrolled again then."
        )


class InUse(FixConfig):
    """Another gateway, or a command, works in this folder.

    Args:
        folder: Which.
        plain: URL of the other's loopback listener; empty = it has none yet.
    """

    def __init__(self, folder: Path, plain: str) -> None:
        where = f" at {plain}" if plain else ""
        super().__init__(
            f"A gateway works in {folder} already{where}. Stop it first, or take another --data."
        )
        self.plain = plain


class Lock:
    """Holds the folder until `close`.

    Args:
        folder: Is made if it is not there.

    Raises:
        InUse: Somebody else holds it.
        FixConfig: The folder can't be written.
    """

    def __init__(self, folder: Path) -> None:
        private_folder(folder)
        try:
            self._file = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise FixConfig(
                f"Can't write in {folder}: {error.strerror}. Give the gateway's user the right "
                "to, or choose another --data."
            ) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            said = os.pread(self._file, 1000, 0)
            os.close(self._file)
            raise InUse(folder, _plain(said)) from error
        os.ftruncate(self._file, 0)

    def say(self, plain: str) -> None:
        """Write down where commands reach this gateway."""
        os.pwrite(self._file, json.dumps({"plain": plain, "pid": os.getpid()}).encode(), 0)

    def close(self) -> None:
        """Let go."""
        os.ftruncate(self._file, 0)
        os.close(self._file)


def _plain(said: bytes) -> str:
    try:
        found = json.loads(said)["plain"]
    except (ValueError, KeyError, TypeError):
        return ""
    return found if isinstance(found, str) else ""
