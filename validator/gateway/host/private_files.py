"""Files that hold a secret: readable by their owner only, whole or not there at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from validator.disk import private_files
from validator.errors import FixConfig

LONGEST_FILE = 256
"""Most bytes of a key file that are read; 64 are a key."""


def private_folder(path: Path) -> Path:
    """Make a folder that only its owner may enter, and return it.

    Raises:
        FixConfig: It can't be made.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise FixConfig(f"Can't make {path}: {error.strerror}. Choose another --data.") from error
    return path


def write_private(path: Path, content: bytes) -> None:
    """Write a file with mode 0600, so that a power cut leaves the old one or the new one.

    Raises:
        FixConfig: The folder can't be written.
    """
    try:
        private_files.write_private(path, content)
    except OSError as error:
        raise FixConfig(f"Can't write {path}: {error.strerror}.") from error


def key_file(path: Path, entropy: Callable[[int], bytes]) -> bytes:
    """Return a file's 32 secret bytes; they are made at the first call.

    Raises:
        FixConfig: The file can't be read or holds something else.
    """
    try:
        if not path.exists():
            write_private(path, entropy(32).hex().encode())
        with path.open("rb") as file:
            secret = bytes.fromhex(file.read(LONGEST_FILE).decode("ascii"))
    except OSError as error:
        raise FixConfig(f"Can't read {path}: {error.strerror}.") from error
    except ValueError as error:
        raise FixConfig(f"{path} holds no key. Put the right file back from the backup.") from error
    if len(secret) != 32:
        raise FixConfig(f"{path} holds no key. Put the right file back from the backup.")
    return secret
