"""The end of a revoked device: what it knew and could sign in with is overwritten and removed."""

from __future__ import annotations

import os
from pathlib import Path

from offline_cache.errors import CacheError
from offline_cache.file.encryption import KEY_FILE
from validator.disk.private_files import sync_folder, write_private

CACHE, IDENTITY = "cache.sqlite", "identity.json"

FAREWELL = "revoked.txt"
"""The one file that stays; it says what happened."""

_BLOCK = 1 << 20


def wipe(state: Path, line: str) -> None:
    """Overwrite and remove a device's cache and then its identity.

    The cache's key goes first: what can't be overwritten, as on flash, is sealed with it. The
    identity goes last: after a power cut in between, the next start comes here again. On
    flash the controller may keep old blocks that no program reaches; docs/threats.md says so.

    Args:
        state: The device's folder; nobody has the cache open.
        line: What `FAREWELL` is to say, without a name or code.

    Raises:
        CacheError: A file can't be overwritten or removed.
    """
    try:
        write_private(state / FAREWELL, f"{line}\n".encode())
        for name in (CACHE + KEY_FILE, CACHE, IDENTITY):
            for path in sorted(state.glob(name + "*")):
                _overwrite(path)
                path.unlink()
        sync_folder(state)
    except OSError as error:
        raise CacheError(
            f"This device was revoked but can't be wiped ({error.strerror}): lock it away and "
            "erase its disk."
        ) from error


def _overwrite(path: Path) -> None:
    left = path.stat().st_size
    with path.open("r+b", buffering=0) as file:
        while left > 0:
            left -= file.write(bytes(min(left, _BLOCK)))
        os.fsync(file.fileno())
